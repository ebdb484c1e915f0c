import { expect, test } from 'vitest';
import { explain } from '../interface/index.ts';
import { parseScenario } from './parse.ts';
import { runScenario, type ScenarioResult } from './run.ts';

async function run(scenario: object): Promise<ScenarioResult> {
  const parsed = parseScenario(JSON.stringify(scenario), 's.json');
  const result = parsed.ok ? await runScenario(parsed.value) : parsed;
  if (!result.ok) throw new Error(explain(result.refusal).sentence);
  return result.value;
}

const TWO = {
  pools: [
    { name: 'p1', cpus: '4' },
    { name: 'p2', cpus: '5' },
  ],
  domains: [
    { name: 'A', pool: 'p1' },
    { name: 'B', pool: 'p1', weight: 512 },
  ],
};

test('a scenario without actions is one window after the settling', async () => {
  const { windows, events, seed } = await run({ ...TWO, seconds: 20, seed: 3 });
  expect(seed).toBe(3);
  expect(events).toEqual([]);
  expect(windows).toHaveLength(1);
  expect(windows[0]).toMatchObject({ repeat: 1, fromS: 4, toS: 24 });
  const { A, B } = windows[0]!.domains;
  expect(A).toMatchObject({ pool: 'p1', vcpus: 1, weight: 256, cap: 0 });
  expect(A!.entitledPercent).toBeCloseTo(33.333, 2);
  expect(A!.sharePercent).toBeGreaterThan(31);
  expect(A!.sharePercent + B!.sharePercent).toBeCloseTo(100, 1);
  expect(A!.cpuSeconds + B!.cpuSeconds).toBeCloseTo(20, 2);
  expect(B!.vcpuSharePercent).toEqual([B!.sharePercent]);
});

test('each action ends a window, the next begins when the host has settled', async () => {
  const actions = [
    { atS: 10, do: 'pool-migrate B p2' },
    { atS: 11, do: 'pause A' },
    { atS: 12, do: 'sched-credit -d B -w 100' },
  ];
  const { windows, events } = await run({ ...TWO, actions, settleS: 2, seconds: 20 });
  expect(windows.map(({ fromS, toS }) => [fromS, toS])).toEqual([
    [2, 10],
    [14, 22],
  ]);
  expect(events.map(({ atS, do: words }) => [atS, words])).toEqual(
    actions.map(({ atS, do: words }) => [atS, words]),
  );
  expect(windows[1]!.domains.A).toMatchObject({ sharePercent: 0, entitledPercent: 0 });
  expect(windows[1]!.domains.B).toMatchObject({
    pool: 'p2',
    weight: 100,
    sharePercent: 100,
    entitledPercent: 100,
  });
});

test('repeats run under seeds of their own', async () => {
  const bursty = { name: 'C', pool: 'p1', workload: { kind: 'bursty', runMs: 3, sleepMs: 7 } };
  const { windows } = await run({ ...TWO, domains: [...TWO.domains, bursty], seconds: 5, repeats: 2 });
  expect(windows.map(({ repeat }) => repeat)).toEqual([1, 2]);
  expect(windows[0]!.domains.C!.cpuSeconds).not.toBe(windows[1]!.domains.C!.cpuSeconds);
  const second = await run({ ...TWO, domains: [...TWO.domains, bursty], seconds: 5, seed: 2 });
  expect(second.windows[0]!.domains).toEqual(windows[1]!.domains);
});

test('a domain that is destroyed while the scenario runs leaves its share to the others', async () => {
  const { windows } = await run({ ...TWO, actions: [{ atS: 8, do: 'destroy A' }], seconds: 20 });
  expect(windows[1]!.domains).toEqual({ B: expect.objectContaining({ sharePercent: 100 }) });
});

test('a time that only rounding separates from the next makes no window', async () => {
  const actions = [
    { atS: 0.3, do: 'pause A' },
    { atS: 0.1 + 0.2 + 1, do: 'unpause A' },
  ];
  const { windows } = await run({ ...TWO, actions, settleS: 1, seconds: 2 });
  expect(windows.map(({ fromS, toS }) => [fromS, toS])).toEqual([[2.3, 3]]);
});

test('domains start apart, so that no pool stays in step: 128 against 1024 get what they get on Xen', async () => {
  const domains = [
    { name: 'A', pool: 'p1', weight: 128 },
    { name: 'B', pool: 'p1', weight: 1024 },
  ];
  const { windows } = await run({ ...TWO, domains, seconds: 20 });
  expect(windows[0]!.domains.A!.sharePercent).toBeCloseTo(11.3, 1);
});
