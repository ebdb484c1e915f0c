import { expect, test } from 'vitest';
import { partsOf } from './parts.ts';
import { rehearse } from './rehearse.ts';
import { scenarioOf } from './testing.ts';

const groups = [5, 1, 1, 1, 2].map((effort, n) => ({ pools: [`p${n}`, `q${n}`], effort }));
const pools = (...all: Parameters<typeof partsOf>) => partsOf(...all).map((part) => part.pools);

test('one thread plays one repeat after the other', () => {
  expect(pools(groups, 3, 1, false)).toEqual([null, null, null]);
});

test('two threads play two repeats, or half a host each, of about the same effort', () => {
  expect(pools(groups, 2, 2, false)).toEqual([null, null]);
  expect(pools(groups, 1, 2, false)).toEqual([
    ['p0', 'q0'],
    ['p4', 'q4', 'p1', 'q1', 'p2', 'q2', 'p3', 'q3'],
  ]);
  expect(partsOf(groups, 3, 2, false).map(({ repeat, of }) => [repeat, of])).toEqual(
    [1, 1, 2, 2, 3, 3].map((repeat) => [repeat, 2]),
  );
});

test('no part is empty, however many threads there are', () => {
  expect(pools(groups, 1, 8, false)).toHaveLength(5);
  expect(pools(groups.slice(0, 1), 1, 8, false)).toEqual([null]);
  expect(pools([], 1, 8, false)).toEqual([null]);
});

test('a repeat that is followed stays whole', () => {
  const parts = partsOf(groups, 3, 2, true);
  expect(parts[0]).toEqual({ repeat: 1, pools: null, of: 1 });
  expect(parts.map(({ repeat }) => repeat)).toEqual([1, 2, 2, 3, 3]);
});

const SIX = {
  host: { cpus: 20 },
  pools: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, ncpu: 2 })),
  domains: [
    { name: 'A', pool: 'a', vcpus: 2 },
    { name: 'B', pool: 'b' },
  ],
};

async function grouped(...commands: string[]): Promise<string[]> {
  const actions = commands.map((words, n) => ({ atS: n + 1, do: words }));
  const found = await rehearse(scenarioOf({ ...SIX, actions }), () => true);
  return found.ok ? found.value.map(({ pools }) => pools.toSorted().join(' ')).sort() : [];
}

test.each([
  [[], ['a', 'b', 'c', 'd', 'e', 'f', 'pool0']],
  [
    ['sched-credit -d A -w 9', 'pause B', 'vcpu-pin A 0 19'],
    ['a', 'b', 'c', 'd', 'e', 'f', 'pool0'],
  ],
  [['pool-migrate A b'], ['a b', 'c', 'd', 'e', 'f', 'pool0']],
  [
    ['pool-migrate A b', 'pool-migrate A c'],
    ['a b c', 'd', 'e', 'f', 'pool0'],
  ],
  [
    ['pool-modify a ncpu=1', 'pool-modify b ncpu=3'],
    ['a b pool0', 'c', 'd', 'e', 'f'],
  ],
  [['pool-destroy f'], ['a', 'b', 'c', 'd', 'e', 'f pool0']],
  [
    ['pool-rename f g', 'pool-migrate A g'],
    ['a f g', 'b', 'c', 'd', 'e', 'pool0'],
  ],
  [
    ['pool-create g ncpu=1', 'pool-migrate A g'],
    ['a g pool0', 'b', 'c', 'd', 'e', 'f'],
  ],
  [['cpu-offline 19'], ['a pool0', 'b', 'c', 'd', 'e', 'f']],
  [['create name=N pool=c'], ['a', 'b', 'c', 'd', 'e', 'f', 'pool0']],
])('after %j these have to do with each other: %j', async (commands, expected) => {
  expect(await grouped(...commands)).toEqual(expected);
});

test('effort is what costs time: cpus that are busy, and sleepers that are woken', async () => {
  const workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 0 };
  const domains = [...SIX.domains, { name: 'C', pool: 'c', vcpus: 30, workload }];
  const found = await rehearse(scenarioOf({ ...SIX, domains }), () => true);
  const efforts = new Map((found.ok ? found.value : []).map(({ pools, effort }) => [pools[0], effort]));
  expect(efforts.get('d')).toBe(0);
  expect(efforts.get('a')).toBeGreaterThan(efforts.get('b')!);
  expect(efforts.get('c')).toBeGreaterThan(10 * efforts.get('a')!);
});
