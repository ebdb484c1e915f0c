import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunOptions } from './run.ts';
import { run } from './testing.ts';

/** The tests' global setup has built it. */
const worker = join(import.meta.dirname, '..', 'dist', 'scenario-worker.cjs');
const inJson = async (scenario: object, options: RunOptions) =>
  JSON.stringify(await run(scenario, { worker, ...options }));

const NAMES = ['p1', 'p2', 'p3', 'p4'];
const POOLS = NAMES.map((name, n) => ({ name, cpus: `${2 * n + 2}-${2 * n + 3}` }));
const DOMAINS = NAMES.flatMap((pool, n) => [
  { name: `hog${n}`, pool, vcpus: 3, weight: 100 * (n + 1) },
  { name: `web${n}`, pool, vcpus: 2, workload: { kind: 'bursty', runMs: 1, sleepMs: 3 } },
]);
const SCENARIO = { pools: POOLS, domains: DOMAINS, settleS: 0.2, seconds: 1.5 };

const command = fc.oneof(
  fc.tuple(fc.nat(3), fc.constantFrom(...NAMES, 'pool0')).map(([n, pool]) => `pool-migrate web${n} ${pool}`),
  fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 999 })).map(([n, w]) => `sched-credit -d hog${n} -w ${w}`),
  fc.nat(3).map((n) => `pause web${n}`),
  fc.nat(3).map((n) => `pool-modify p${n + 1} ncpu=1`),
  fc.nat(3).map((n) => `vcpu-pin hog${n} 1 all`),
);

test('however a run is shared out, its result is the same to the byte', { timeout: 600_000 }, async () => {
  const actions = fc
    .array(command, { maxLength: 4 })
    .map((all) => all.map((words, n) => ({ atS: 0.4 + 0.3 * n, do: words })));
  const repeats = fc.integer({ min: 1, max: 3 });
  const seed = fc.nat();
  await fc.assert(
    fc.asyncProperty(
      actions,
      repeats,
      seed,
      fc.integer({ min: 2, max: 5 }),
      async (actions, repeats, seed, jobs) => {
        const scenario = { ...SCENARIO, actions, repeats, seed };
        expect(await inJson(scenario, { jobs })).toBe(await inJson(scenario, { jobs: 1 }));
      },
    ),
    { numRuns: 12 },
  );
});

test('parts are heard of while they are played, each for its share of the whole', async () => {
  const parts = new Map<number, number>();
  await run(
    { ...SCENARIO, seconds: 20 },
    { worker, jobs: 2, progress: (part, seconds) => parts.set(part, seconds) },
  );
  expect([...parts.keys()].sort()).toEqual([0, 1]);
  expect(parts.get(0)).toBeCloseTo(10.1, 5);
  expect(parts.get(1)).toBeLessThanOrEqual(10.1);
});

test.each([1, 2])('a run of %d threads that is ended says what it has until then', async (jobs) => {
  const abort = new AbortController();
  const begun = new Set<number>();
  const long = {
    ...SCENARIO,
    seconds: 800_000,
    actions: [{ atS: 1, do: 'pause web0' }],
    // Long enough that each thread has something to say.
  };
  const result = await run(long, {
    worker,
    jobs,
    signal: abort.signal,
    progress: (part, seconds) => {
      if (seconds > 2) begun.add(part);
      if (begun.size === jobs) abort.abort();
    },
  });
  expect(result.cut).toBe(true);
  expect(result.windows.length).toBe(1 + jobs);
  const [whole, ...cut] = result.windows;
  expect(whole).toMatchObject({ repeat: 1, fromS: 0.2, toS: 1 });
  expect(whole).not.toHaveProperty('cut');
  expect(Object.keys(whole!.domains)).toEqual(DOMAINS.map(({ name }) => name));
  for (const window of cut) {
    expect(window).toMatchObject({ fromS: 1.2, cut: true });
    expect(window.toS).toBeGreaterThan(1.2);
    expect(window.toS).toBeLessThan(800_000);
  }
  const cutNames = cut.flatMap(({ domains }) => Object.keys(domains));
  expect(cutNames.sort()).toEqual(DOMAINS.map(({ name }) => name).sort());
  expect(result.events).toHaveLength(1);
});

test('a run that is ended before it begins has nothing to say', async () => {
  const signal = AbortSignal.abort();
  expect(await run(SCENARIO, { worker, jobs: 2, signal })).toEqual({
    seed: 1,
    cut: true,
    windows: [],
    events: [],
  });
});

test('what one thread refuses ends the others', async () => {
  const lost = join(import.meta.dirname, 'no-such-worker.cjs');
  await expect(run(SCENARIO, { worker: lost, jobs: 2 })).rejects.toThrow();
});
