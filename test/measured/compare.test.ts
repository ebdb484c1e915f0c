import { expect, test } from 'vitest';
import { BOUNDS, type Comparison, compareFile, FILES, summarize } from './compare.ts';

const compared = new Map<string, readonly Comparison[]>();
for (const [scheduler, file] of Object.entries(FILES))
  compared.set(scheduler, await compareFile(import.meta.dirname, file));

const ours = (scheduler: string, name: string) => {
  const found = compared.get(scheduler)!.filter(({ row }) => row.case === name);
  expect(found.length).toBeGreaterThan(0);
  return (domain: string) => found.find((comparison) => comparison.domain === domain)!.oursPercent;
};

test.each([
  ...compared.keys(),
])('%s gives what a real Xen gave, within the bounds of the measurement', (scheduler) => {
  const comparisons = compared.get(scheduler)!;
  expect(comparisons.length).toBeGreaterThan(100);
  const { median, perCpu95 } = summarize(comparisons);
  expect(median).toBeLessThanOrEqual(BOUNDS.median);
  expect(perCpu95).toBeLessThanOrEqual(BOUNDS.perCpu95);
});

test.each([
  'c1',
  'c4',
])('pinned in one pool, twice the weight counts for next to nothing under credit, as on Xen (case %s)', (name) => {
  const share = ours('credit', name);
  expect(share('B') / share('A')).toBeGreaterThan(0.95);
  expect(share('B') / share('A')).toBeLessThan(1.25);
});

test.each([
  'c1',
  'c4',
])('pinned in one pool, twice the weight is not quite twice the share under credit2, as on Xen (case %s)', (name) => {
  const share = ours('credit2', name);
  expect(share('B') / share('A')).toBeGreaterThan(1.7);
  expect(share('B') / share('A')).toBeLessThan(1.95);
});

test.each([
  ...compared.keys(),
])('in two pools twice the weight is twice the share under %s, as on Xen (case c2)', (scheduler) => {
  const share = ours(scheduler, 'c2');
  expect(share('B') / share('A')).toBeCloseTo(2, 1);
  expect(share('C')).toBeCloseTo(200, 0);
});

test('a change while the guests run is carried out on the way to the later rows of its case', () => {
  const steps: readonly [string, string, string, number][] = [
    ['e1', 'before the move', 'B', 66.7],
    ['e1', 'after xl cpupool-migrate B p2', 'B', 50],
    ['e1', 'after setting weight 512 again', 'B', 66.7],
    ['e2', 'before', 'A', 100],
    ['e2', 'after cpu 5 moved from p1 to p2 (C has one vcpu)', 'A', 50],
    ['e3', 'then cap 40 on B', 'B', 40],
  ];
  for (const [name, note, domain, percent] of steps) {
    const found = compared
      .get('credit2')!
      .find((one) => one.row.case === name && one.row.note === note && one.domain === domain);
    expect(found!.oursPercent).toBeCloseTo(percent, 0);
  }
});
