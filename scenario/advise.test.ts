import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OFFERED } from '../hypervisor/sched/create.ts';
import { explain } from '../interface/index.ts';
import type { Advice } from './advice.ts';
import { advise } from './advise-cli.ts';

const EXAMPLES = join(import.meta.dirname, 'examples');
const DEFAULTS = { seconds: undefined, seed: undefined };

async function adviceOn(file: string, cwd = EXAMPLES, options = DEFAULTS): Promise<Advice> {
  const advice = await advise({ file, cwd }, options);
  if (!advice.ok) throw new Error(explain(advice.refusal).sentence);
  return advice.value;
}

/** Advice on a host of eight cpus with these pools and domains. */
function adviceFor(
  domains: readonly object[],
  pools: readonly object[] = [],
  more: object = {},
): Promise<Advice> {
  const folder = mkdtempSync(join(tmpdir(), 'advise-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const scenario = { host: { cpus: 8 }, pools, domains, seconds: 20, ...more };
  writeFileSync(join(folder, 's.json'), JSON.stringify(scenario));
  return adviceOn('s.json', folder);
}

const commands = ({ findings }: Advice) =>
  findings.flatMap(({ remedy }) => remedy?.changes.map(({ command }) => command) ?? []);

const P1 = { name: 'p1', cpus: '4-7' };
/** The pitfall on one cpu: 50 to 50 where 67 to 33 is promised. */
const TWINS = (cpu: number, pool = 'pool0') => [
  { name: `A${cpu}`, pool, pin: `${cpu}`, weight: 512 },
  { name: `B${cpu}`, pool, pin: `${cpu}` },
];

test("the proposal's pitfall is found, and mended by two pools", async () => {
  const advice = await adviceOn('pitfall.json');
  expect(advice).toMatchObject({ seconds: 20, seed: 1, fine: [], notes: [] });
  expect(commands(advice)).toEqual([
    'xm pool-modify p1 cpu=6-7',
    'xm pool-create pool1 cpu=4-5',
    'xm pool-migrate A pool1',
    'xm pool-migrate B pool1',
  ]);
  const [finding] = advice.findings;
  expect(finding).toMatchObject({
    pool: 'p1',
    scheduler: 'credit',
    pins: [{ cpus: [4, 5], domains: ['A', 'B'] }],
    bend: { domains: ['A', 'B'], earnedPercent: 240, usablePercent: 200 },
    inTheWay: null,
  });
  expect(finding!.missPercent).toBeGreaterThan(30);
  expect(finding!.remedy!.missPercent).toBeLessThan(1);
  const [, b] = finding!.domains;
  expect(b).toMatchObject({ name: 'B', pool: 'pool1', promisedPercent: 133.333 });
  expect(b!.beforePercent).toBeLessThan(110);
  expect(b!.afterPercent).toBeCloseTo(133.3, 0);
});

test('two pools instead of one are fine, and so is a host without pins', async () => {
  expect(await adviceOn('pools.json')).toMatchObject({ findings: [], fine: [] });
});

test('pins that bend nothing are fine', async () => {
  const equals = [
    { name: 'A', pin: '1' },
    { name: 'B', pin: '1' },
    { name: 'C', pin: '2-3', vcpus: 2 },
  ];
  const { findings, fine } = await adviceFor(equals);
  expect(findings).toEqual([]);
  expect(fine).toEqual([{ pool: 'pool0', missPercent: expect.any(Number), keepsPromises: true }]);
  expect(fine[0]!.missPercent).toBeLessThan(1);
});

test('who gets less than promised because of what it does, and not of its pins, is not sent into a pool', async () => {
  // Who is preempted does less: no pool could help.
  const workload = { kind: 'duty', burstMs: 60, sleepMs: 40 };
  const { findings, fine } = await adviceFor([
    { name: 'A', pin: '1', workload },
    { name: 'B', pin: '1', workload },
  ]);
  expect(findings).toEqual([]);
  expect(fine).toMatchObject([{ keepsPromises: false }]);
});

test('pinned to cpu 0: that stays in pool0 with them, the others leave', async () => {
  const advice = await adviceFor([...TWINS(0), { name: 'C', pin: '1' }, { name: 'D' }]);
  expect(commands(advice)).toEqual([
    'xm pool-create pool1 cpu=1-7',
    'xm pool-migrate C pool1',
    'xm vcpu-pin C all 1',
    'xm pool-migrate D pool1',
    'xm vcpu-pin A0 all all',
    'xm vcpu-pin B0 all all',
  ]);
  expect(advice.findings[0]!.remedy!.missPercent).toBeLessThan(1);
});

test('several pools are looked at each by itself, under their own settings, and new names are not given twice', async () => {
  const pools = [
    { name: 'pool1', cpus: '4-5', params: { timesliceMs: 20 } },
    { name: 'quiet', cpus: '6-7' },
  ];
  const quiet = { name: 'Q', pool: 'quiet', vcpus: 2 };
  const beside = [
    { name: 'C', pin: '1' },
    { name: 'D', pool: 'pool1', pin: '5' },
  ];
  const advice = await adviceFor([...TWINS(3), ...TWINS(4, 'pool1'), ...beside, quiet], pools);
  expect(advice.findings.map(({ pool }) => pool)).toEqual(['pool0', 'pool1']);
  expect(commands(advice)).toEqual([
    'xm pool-create pool2 cpu=3',
    'xm pool-migrate A3 pool2',
    'xm pool-migrate B3 pool2',
    'xm pool-modify pool1 cpu=4',
    'xm pool-create pool3 cpu=5 tslice_ms=20',
    'xm pool-migrate D pool3',
    'xm vcpu-pin A4 all all',
    'xm vcpu-pin B4 all all',
  ]);
});

test('pins that overlap: the one that is in the way is named, and what it would bring to lift it', async () => {
  const { findings } = await adviceFor(
    [
      { name: 'A', pool: 'p1', pin: '4-5', weight: 1024, vcpus: 2 },
      { name: 'B', pool: 'p1', pin: '5-7', vcpus: 2 },
      { name: 'C', pool: 'p1', pin: '4-5', vcpus: 2 },
    ],
    [P1],
  );
  expect(findings).toMatchObject([
    {
      remedy: null,
      inTheWay: {
        domain: 'B',
        pins: [{ cpus: [5, 6, 7], domains: ['B'] }],
        overlaps: [{ cpus: [4, 5], domains: ['A', 'C'] }],
      },
    },
  ]);
  expect(findings[0]!.inTheWay!.missPercent).toBeLessThan(findings[0]!.missPercent / 2);
});

test('pins that overlap in a ring leave nothing to advise but to lift them', async () => {
  const ring = ['4-5', '5-6', '6-7', '4,7'];
  const domains = ring.map((pin, n) => ({
    name: `D${n}`,
    pool: 'p1',
    pin,
    vcpus: 2,
    weight: [1024, 256, 512, 256][n],
  }));
  const { findings } = await adviceFor(domains, [P1]);
  expect(findings).toMatchObject([{ remedy: null, inTheWay: { domain: null } }]);
  expect(findings[0]!.inTheWay!.pins).toHaveLength(4);
});

test.runIf(OFFERED.includes('credit2'))('credit2 bends weights too, and the new pool has it', async () => {
  const heavy = [1, 2, 3, 4].map((n) => ({ name: `H${n}`, pool: 'p1', pin: '5', weight: 1024 }));
  const domains = [...TWINS(4, 'p1'), ...heavy];
  const advice = await adviceFor(domains, [{ name: 'p1', cpus: '4-5', sched: 'credit2' }]);
  expect(commands(advice)[1]).toMatch(/^xm pool-create pool1 cpu=\d sched=credit2/);
});

test.runIf(OFFERED.includes('rtds'))('where there are no weights, none can bend', async () => {
  const advice = await adviceFor(TWINS(4, 'p1'), [{ name: 'p1', cpus: '4-5', sched: 'rtds' }]);
  expect(advice).toMatchObject({ findings: [], fine: [] });
});

test('advice is the same each time, and the actions of a scenario are not played', async () => {
  const [first, second] = [await adviceOn('pitfall.json'), await adviceOn('pitfall.json')];
  expect(second).toEqual(first);
  const { notes } = await adviceOn('move.json');
  expect(notes).toEqual([expect.stringContaining('actions are left out')]);
});

test('--seconds and --seed stand in for those of the scenario', async () => {
  const advice = await adviceOn('pitfall.json', EXAMPLES, { seconds: '5', seed: '7' } as never);
  expect(advice).toMatchObject({ settleS: 4, seconds: 5, seed: 7 });
});

test.each([
  ['none.json', {}, 'cannot read none.json: ENOENT'],
  ['../cli.ts', {}, '../cli.ts, line 1: JSON: a value is missing'],
  ['pitfall.json', { seconds: 'x' }, '--seconds cannot be "x"'],
  ['pitfall.json', { seed: '-1' }, '--seed cannot be -1'],
])('%s %j is refused', async (file, options, sentence) => {
  const advice = await advise({ file, cwd: EXAMPLES }, { ...DEFAULTS, ...options });
  expect(advice.ok ? '' : explain(advice.refusal).sentence).toBe(sentence);
});
