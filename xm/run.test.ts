import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { explain, type Refusal } from '../interface/refusals.ts';
import { httpStatus } from '../interface/statuses.ts';
import { COMMANDS } from './grammar/commands.ts';
import { FakeXend, type Reply, typed } from './testing/fake-xend.ts';
import { changed, DOMAIN0, domain, HOST, PROPOSAL_POOLS, pool } from './testing/views.ts';

/** What the fake answers to `METHOD path`; set by a test. */
let replies: Record<string, Reply> = {};
const xend = new FakeXend(
  ({ method, url }) => replies[`${method} ${url}`] ?? [404, problem({ code: 'no-such-page', page: url })],
);
const xm = (line: string, given: Parameters<typeof typed>[1] = {}) =>
  typed(line.split(' '), { env: { XM_CONNECT: xend.socket }, cwd: xend.directory, ...given });

beforeAll(() => xend.listen());
afterAll(() => xend.close());
beforeEach(() => {
  xend.asked.length = 0;
  replies = {
    'GET /v1/pools': [200, { pools: PROPOSAL_POOLS }],
    'GET /v1/pools/pool1': [200, PROPOSAL_POOLS[1]],
    'GET /v1/host': [200, HOST],
  };
});

function problem(refusal: Refusal) {
  const { code, ...rest } = refusal;
  const { sentence, remedy } = explain(refusal);
  return {
    type: `urn:x:${code}`,
    code,
    title: sentence,
    detail: remedy,
    status: httpStatus(code),
    with: rest,
  };
}

test('pool-list prints the table of the proposal', async () => {
  expect(await xm('pool-list')).toEqual({
    status: 0,
    out: [
      'pool   cpus   sched   domains',
      'pool0  0,2,4  credit  0',
      'pool1  6-9    credit  1,7',
      'pool2  1,3,5  credit  2,3',
      '',
    ].join('\n'),
    err: '',
  });
});

test('pool-list shows one pool, and empty places as a dash', async () => {
  replies['GET /v1/pools/p%C3%B6l'] = [200, pool('pöl', [], [])];
  expect((await xm('cpupool-list pöl')).out).toBe('pool  cpus  sched   domains\npöl   -     credit  -\n');
});

test('pool-list -l says how far rounded weights take shares, where that is worth a word', async () => {
  const shown = async (weightErrorPercent: number) => {
    replies['GET /v1/pools/pool1'] = [200, { ...pool('pool1', [6], [1]), weightErrorPercent }];
    return (await xm('pool-list pool1 -l')).out;
  };
  expect(await shown(12.34)).toContain('  weights    rounded: shares are up to 12.3% off\n');
  expect(await shown(0.04)).not.toContain('rounded');
});

test('pool-list -l shows memory and parameters', async () => {
  expect((await xm('pool-list pool1 -l')).out).toBe(
    [
      'pool1',
      '  cpus       6-9',
      '  scheduler  credit tslice=30ms ratelimit=1000us migration-delay=0us',
      '  fidelity   close: weights and caps count',
      '  domains    1,7',
      '  state      healthy',
      '  memory     from node 0 first',
      '  node 0     1024 MiB used here, 19456 of 20480 MiB free',
      '',
    ].join('\n'),
  );
});

test('pool-list says how pools are only where one is not healthy', async () => {
  expect((await xm('pool-list')).out).not.toContain('state');
  const ill = { ...PROPOSAL_POOLS[1], state: 'broken', cpus: [], cpuList: '' };
  replies['GET /v1/pools'] = [200, { pools: [ill] }];
  expect((await xm('pool-list')).out).toBe(
    'pool   cpus  sched   domains  state\npool1  -     credit  1,7      broken\n',
  );
});

test('list shows share and entitlement, and lines up names of any script', async () => {
  replies['GET /v1/domains'] = [200, { domains: [DOMAIN0, domain(7, '仮想機'), domain(12, 'vm5')] }];
  expect((await xm('list')).out).toBe(
    [
      'Name      ID   Mem  VCPUs  State    Time(s)  Pool   Share  Entitled',
      'Domain-0   0  1024      1  blocked      0.0  pool0      -      0.0%',
      '仮想機     7   512      1  running     12.3  pool1  66.7%     66.7%',
      'vm5       12   512      1  running     12.3  pool1  66.7%     66.7%',
      '',
    ].join('\n'),
  );
});

test('list asks for the domains that are named, by name or id', async () => {
  replies['GET /v1/domains/vm5'] = [200, domain(12, 'vm5')];
  replies['GET /v1/domains/7'] = [404, problem({ code: 'unknown-domain', domain: '7' })];
  expect((await xm('list vm5 -l')).out).toContain('entitled  66.7% of a cpu');
  expect(await xm('list vm5 7')).toEqual({
    status: 1,
    out: '',
    err: 'xm: there is no domain "7"\n    xm list shows the domains\n',
  });
});

test('vcpu-list has a line a vcpu', async () => {
  replies['GET /v1/domains'] = [200, { domains: [domain(12, 'vm5')] }];
  expect((await xm('vcpu-list')).out).toBe(
    [
      'Name  ID  VCPU  CPU  State    Time(s)  Share  Affinity (Hard / Soft)',
      'vm5   12     0    6  running     12.3  66.7%  all / 6-7',
      '',
    ].join('\n'),
  );
});

test('info shows the host', async () => {
  replies['GET /v1/host'] = [200, { ...HOST, problems: ['pool9 could not be restored'] }];
  expect((await xm('info')).out).toBe(
    [
      'host           embedded hypervisor',
      'driver         embedded',
      'uri            embedded:',
      `xend           0.1.0 at ${xend.socket}`,
      'cpus           10, online 0-9',
      'topology       1 node, 1 socket, 10 cores, 10 threads',
      'memory node 0  19456 of 20480 MiB free',
      'schedulers     credit',
      'fidelity       credit, close: weights and caps count',
      'pools          3',
      'domains        5',
      'problem        pool9 could not be restored',
      '',
    ].join('\n'),
  );
});

test('sched-credit without a setting lists as xl does', async () => {
  replies['GET /v1/domains'] = [200, { domains: [domain(7, 'vm7', { weight: 512, cap: 50 })] }];
  expect((await xm('sched-credit -p pool1')).out).toBe(
    [
      'Cpupool pool1: tslice=30ms ratelimit=1000us migration-delay=0us',
      'Name  ID  Weight  Cap',
      'vm7    7     512   50',
      '',
    ].join('\n'),
  );
});

test('every listing prints the view of the API with --json, and nothing else', async () => {
  replies['GET /v1/domains'] = [200, { domains: [DOMAIN0] }];
  expect(JSON.parse((await xm('pool-list --json')).out)).toEqual({ pools: PROPOSAL_POOLS });
  expect(JSON.parse((await xm('--json pool-list pool1')).out)).toEqual({ pools: [PROPOSAL_POOLS[1]] });
  expect(JSON.parse((await xm('list --json')).out)).toEqual({ domains: [DOMAIN0] });
  expect(JSON.parse((await xm('vcpu-list --json')).out)).toEqual({ domains: [DOMAIN0] });
  expect(JSON.parse((await xm('info --json')).out)).toEqual(HOST);
});

test.each([
  ['pool-create pool1 ncpu=4', 'POST /v1/pools', { name: 'pool1', cpus: { count: 4 } }],
  ['pool-modify pool1 ncpu=3', 'PATCH /v1/pools/pool1', { cpus: { count: 3 } }],
  ['pool-destroy pool1', 'DELETE /v1/pools/pool1', undefined],
  ['create name=vm5 pool=pool1', 'POST /v1/domains', { name: 'vm5', pool: 'pool1' }],
  ['pool-migrate a+b pool1', 'PATCH /v1/domains/a%2Bb', { pool: 'pool1' }],
  ['destroy 7', 'DELETE /v1/domains/7', undefined],
  ['cpu-offline 9', 'PATCH /v1/cpus/9', { online: false }],
])('%s asks for %s', async (line, asked, body) => {
  replies[asked] = [200, changed()];
  expect((await xm(line)).status).toBe(0);
  expect(xend.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([asked]);
  expect(xend.asked[0]!.body).toEqual(body);
});

test.each([
  ['pool-create pool1 ncpu=4', 'POST /v1/pools', { pool: PROPOSAL_POOLS[1] }, 'pool1 has cpus 6-9'],
  ['pool-modify pool1 ncpu=4', 'PATCH /v1/pools/pool1', { pool: PROPOSAL_POOLS[1] }, 'pool1 has cpus 6-9'],
  ['pool-modify pool1 cpu=5', 'PATCH /v1/pools/pool1', { pool: pool('pool1', [5], []) }, 'pool1 has cpu 5'],
  ['pool-rename pool1 web', 'PATCH /v1/pools/pool1', { pool: pool('web', [5], []) }, 'pool1 is called web'],
  ['pool-destroy pool1', 'DELETE /v1/pools/pool1', {}, 'pool1 is destroyed'],
  ['create name=vm5', 'POST /v1/domains', { domain: domain(8, 'vm5') }, 'vm5 is domain 8 in pool1'],
  ['pool-migrate 8 pool1', 'PATCH /v1/domains/8', { domain: domain(8, 'vm5') }, 'vm5 is in pool1'],
  ['rename vm5 web', 'PATCH /v1/domains/vm5', { domain: domain(8, 'web') }, 'vm5 is called web'],
  ['pause vm5', 'PATCH /v1/domains/vm5', { domain: domain(8, 'vm5') }, 'vm5 is paused'],
  [
    'vcpu-pin vm5 0 - 6-7',
    'PATCH /v1/domains/vm5',
    { domain: domain(8, 'vm5') },
    'vm5 vcpu 0: hard all, soft 6-7',
  ],
  [
    'sched-credit -d vm5 -w 256 -c 0',
    'PATCH /v1/domains/vm5',
    { domain: domain(8, 'vm5') },
    'vm5 has weight 256, has no cap',
  ],
  ['cpu-offline 9', 'PATCH /v1/cpus/9', {}, 'cpu 9 is offline'],
])('%s says what came of it', async (line, asked, view, text) => {
  replies[asked] = [200, changed(view)];
  expect(await xm(line)).toEqual({ status: 0, out: `${text}\n`, err: '' });
  expect(await xm(`${line} --quiet`)).toEqual({ status: 0, out: '', err: '' });
  replies[asked] = [200, changed({ ...view, changed: false, notes: ['memory stays'] })];
  expect(await xm(line)).toEqual({
    status: 0,
    out: `nothing to do: ${text}\n`,
    err: 'xm: note: memory stays\n',
  });
});

test('--dry-run prints the plan, a step a line, then what is to be known', async () => {
  const plan = changed({ dryRun: true, steps: ['create pool p', 'move cpu 9 to p'], notes: ['slow'] });
  replies['POST /v1/pools?dryRun=true'] = [200, plan];
  expect(await xm('pool-create p ncpu=1 --dry-run')).toEqual({
    status: 0,
    out: 'create pool p\nmove cpu 9 to p\nnote: slow\n',
    err: '',
  });
  expect(JSON.parse((await xm('pool-create p ncpu=1 --dry-run --json')).out)).toEqual(plan);
  replies['POST /v1/pools?dryRun=true'] = [200, { ...plan, steps: [], notes: [] }];
  expect((await xm('pool-create p ncpu=1 --dry-run')).out).toBe('nothing to do\n');
});

test('a refusal is printed in the words of xend, which may know more than this xm', async () => {
  replies['POST /v1/pools'] = [
    409,
    { code: 'moon-phase', title: 'the moon is wrong', detail: 'wait a week', status: 409, with: {} },
  ];
  expect(await xm('pool-create p ncpu=1')).toEqual({
    status: 1,
    out: '',
    err: 'xm: the moon is wrong\n    wait a week\n',
  });
});

test('wrong usage is status 2 and never reaches xend', async () => {
  expect(await xm('pool-create p ncpu=0')).toMatchObject({ status: 2, out: '' });
  expect(await xm('pol-list')).toEqual({
    status: 2,
    out: '',
    err: 'xm: there is no command "pol-list"\n    did you mean xm pool-list? xm help shows the commands\n',
  });
  expect(xend.asked).toEqual([]);
});

test('an answer that is no JSON is refused', async () => {
  replies['GET /v1/pools'] = [200, '<html>'];
  expect((await xm('pool-list')).err).toMatch(/what it answers is not JSON/);
});

test("xl's cpu-add and cpu-remove send the new list, if nobody was faster", async () => {
  replies['PATCH /v1/pools/pool1'] = [200, changed({ pool: pool('pool1', [5, 6, 7], []) })];
  expect((await xm('cpupool-cpu-add pool1 5')).out).toBe('pool1 has cpus 5-7\n');
  expect((await xm('cpupool-cpu-remove pool1 8,9')).status).toBe(0);
  const changes = xend.asked.filter(({ method }) => method === 'PATCH');
  expect(changes.map(({ body }) => body)).toEqual([
    { cpus: { list: [5, 6, 7, 8, 9] } },
    { cpus: { list: [6, 7] } },
  ]);
  expect(changes.map(({ headers }) => headers['if-match'])).toEqual(['"3"', '"3"']);
  expect((await xm('cpupool-cpu-remove pool1 5')).err).toBe(
    'xm: pool1 does not have cpu 5\n    it has 6-9\n',
  );
});

test('create reads the file as it is named, or finds it by the name of the domain', async () => {
  replies['POST /v1/domains'] = [
    201,
    changed({ domain: domain(8, 'vm5'), notes: ['vm5: not used here: disk, vif'] }),
  ];
  const etc = join(xend.directory, 'etc');
  mkdirSync(etc, { recursive: true });
  writeFileSync(join(xend.directory, 'vm5.cfg'), 'memory = 512\ndisk = ["a"]\nvif = []\n');
  writeFileSync(join(etc, 'vm6'), 'name = "six"\n');
  const env = { XM_CONNECT: xend.socket, XM_CONFIG_DIR: etc };

  expect(await xm('create vm5 pool=pool1 vcpus=2', { env })).toEqual({
    status: 0,
    out: 'vm5 is domain 8 in pool1\n',
    err: 'xm: note: vm5: not used here: disk, vif\n',
  });
  expect(xend.asked[0]!.body).toEqual({
    name: 'vm5',
    memoryMib: 512,
    pool: 'pool1',
    vcpus: 2,
    guest: { disks: ['a'] },
    otherKeys: { disk: ['a'], vif: [] },
  });
  for (const word of ['vm5.cfg', './vm5.cfg', join(xend.directory, 'vm5.cfg'), 'vm6'])
    expect((await xm(`create ${word}`, { env })).status, word).toBe(0);
  const pipe = join(xend.directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  spawn('sh', ['-c', `echo 'name = "piped"' > ${pipe}`]);
  expect((await xm(`create ${pipe}`, { env })).status).toBe(0);
  expect(xend.asked.at(-1)!.body).toEqual({ name: 'piped' });
  const missing = await xm('create vm9', { env });
  expect(missing.status).toBe(1);
  expect(missing.err).toContain(
    `cannot read vm9: there is no vm9 and no vm9.cfg in ${xend.directory}, ${etc}, /etc/xen`,
  );
});

test.each([
  '/etc/passwd/x',
  '/',
  `/${'x'.repeat(5000)}`,
  '/none',
])('create %.20s finds nothing there', async (word) => {
  expect((await xm(`create ${word}`)).err).toContain(': there is no such file\n');
  expect((await xm('create ')).status).toBe(2);
});

test('colours are for terminals, and for those who want them', async () => {
  const terminal = { stdout: { write: () => true, isTTY: true } };
  const bold = '\u001b[1m';
  expect((await xm('pool-list', terminal)).out).toContain(bold);
  expect((await xm('pool-list')).out).not.toContain(bold);
  const plain = { XM_CONNECT: xend.socket, NO_COLOR: '1' };
  expect((await xm('pool-list', { ...terminal, env: plain })).out).not.toContain(bold);
  expect((await xm('pool-list --json', terminal)).out).not.toContain(bold);
});

test.each(
  COMMANDS.map(({ name }) => [name]),
)('%s --help shows an example and fits a terminal', async (name) => {
  const { status, out, err } = await xm(`${name} --help`);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  expect(out).toMatch(/\nexamples?\n {2}(xm|source) /);
  expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
});

test('help, version and no words at all', async () => {
  expect((await xm('help')).out).toContain('  pool-create ');
  expect((await xm('--help')).out).toBe((await xm('help')).out);
  expect((await xm('help pool-list')).out).toBe((await xm('pool-list -h')).out);
  expect((await xm('help nope')).status).toBe(2);
  expect((await xm('--version')).out).toBe('xm 0.0.0-dev\n');
  expect((await typed([])).status).toBe(2);
});
