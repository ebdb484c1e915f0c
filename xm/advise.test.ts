import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { cpu } from '../interface/words.ts';
import { FakeXend, typed } from './testing/fake-xend.ts';
import { DOMAIN0, domain, HOST, pool } from './testing/views.ts';

const pinned = (id: number, name: string, weight: number, on: number | null) =>
  domain(id, name, {
    pool: 'pool0',
    weight,
    vcpuList: [
      {
        vcpu: 0 as never,
        cpu: cpu(on ?? 3),
        state: 'running',
        cpuSeconds: 1,
        sharePercent: 50,
        hard: on === null ? null : [cpu(on)],
        soft: null,
      },
    ],
  });

let domains = [DOMAIN0];
const xend = new FakeXend(({ url }) => {
  if (url === '/v1/host') return [200, HOST];
  if (url === '/v1/pools') return [200, { pools: [pool('pool0', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [])] }];
  return [200, { domains }];
});
const xm = (...words: string[]) => typed(words, { env: { XM_CONNECT: xend.socket }, cwd: xend.directory });

beforeAll(() => xend.listen());
afterAll(() => xend.close());

const TWINS = [pinned(1, 'A', 512, 5), pinned(2, 'B', 256, 5), pinned(3, 'C', 256, null)];

test('what pins bend is said, why, what to type, and what comes of it', async () => {
  domains = [DOMAIN0, ...TWINS];
  const { status, out, err } = await xm('advise');
  expect({ status, err }).toEqual({ status: 0, err: '' });
  // The tenths of a simulated share are the scheduler's affair.
  expect(out.replace(/\.\d\b/g, '.x')).toBe(
    [
      'pool0, cpus 0-9',
      'A is promised 66.x and gets 50.x. A and B are pinned to cpu 5. Credit is given',
      'out by weight over all of pool0, whatever the pins: A and B together earn 200',
      'where cpu 5 can give 100, never run out of it, and take turns as if they',
      'weighed the same. Give A and B a pool of their own:',
      '',
      '    xm pool-create pool1 cpu=5',
      '    xm pool-migrate A pool1',
      '    xm pool-migrate B pool1',
      '',
      'domain  weight  vcpus  promised  before  after  pool',
      'A          512      1      66.x    50.x   66.x  pool1 (new)',
      'B          256      1      33.x    50.x   33.x  pool1 (new)',
      'C          256      1     100.x   100.x  100.x  pool0',
      '',
      'Percent of one cpu, simulated: 20 s after 4 s of settling, seed 1. Nothing has',
      'been changed.',
      '',
    ].join('\n'),
  );
  expect(xend.asked.every(({ method }) => method === 'GET')).toBe(true);
});

test('when everything is fine one line says so', async () => {
  domains = [DOMAIN0, pinned(1, 'A', 256, null)];
  expect(await xm('advise')).toEqual({
    status: 0,
    out: 'nothing to advise: no pool with weights has pins inside\n',
    err: '',
  });
  domains = [DOMAIN0, pinned(1, 'A', 256, 1), pinned(2, 'B', 256, 2)];
  expect((await xm('advise')).out).toMatch(
    /^nothing to advise: the pins in pool0 bend no weights \(\d\.\d points of a cpu at most\)\n$/,
  );
});

test('names that mean something to a shell are quoted', async () => {
  domains = [DOMAIN0, pinned(1, "it's", 512, 5), pinned(2, '$B', 256, 5)];
  const { out } = await xm('advise');
  expect(out).toContain("    xm pool-migrate 'it'\\''s' pool1\n    xm pool-migrate '$B' pool1\n");
});

test('--json has stable names', async () => {
  domains = [DOMAIN0, ...TWINS];
  const { out, err } = await xm('advise', '--json', '--seconds', '5', '--seed=3');
  expect(err).toBe('');
  expect(JSON.parse(out)).toMatchObject({
    seconds: 5,
    seed: 3,
    findings: [
      {
        pool: 'pool0',
        remedy: {
          changes: [
            { command: 'xm pool-create pool1 cpu=5', request: { kind: 'pool-create', cpus: { list: [5] } } },
            { request: { kind: 'domain-modify', domain: 'A', pool: 'pool1' } },
            {},
          ],
        },
        domains: [{ name: 'A', promisedPercent: 66.667 }, {}, { pool: 'pool0' }],
      },
    ],
    fine: [],
    notes: [],
  });
});

test('what stands against pools is said, with what to do about it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'advise-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const guest = (name: string, pin: string, weight = 256) => ({ name, pin, weight, vcpus: 2, pool: 'p1' });
  const all = [guest('A', '4-5', 1024), guest('B', '5-7'), guest('C', '4-5')];
  const scenario = { host: { cpus: 8 }, pools: [{ name: 'p1', cpus: '4-7' }], domains: all, seconds: 20 };
  writeFileSync(join(folder, 's.json'), JSON.stringify(scenario));
  const { status, out } = await typed(['advise', 's.json'], { cwd: folder });
  expect(status).toBe(0);
  expect(out.replaceAll('\n', ' ')).toContain(
    'No pools mend this while B is pinned to cpus 5-7: that overlaps the pin of A and C to cpus 4-5. Lift it (xm vcpu-pin B all all) and ask again; shares then come within ',
  );
  expect(out).toMatch(/^domain {2}weight {2}vcpus {2}promised {2}before$/m);
});

test('a xend that does not answer is a sentence', async () => {
  const { status, out, err } = await typed(['advise', '--connect', '/nowhere/xend.sock']);
  expect({ status, out }).toEqual({ status: 1, out: '' });
  expect(err).toMatch(/^xm: no xend answers at \/nowhere\/xend\.sock: .*\n {4}start it .*\n$/);
});
