import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BOUNDS, compareRow, readRows, summarize } from './compare.ts';

const rows = readRows(join(import.meta.dirname, 'xen-4.17-credit.jsonl'));
const comparisons = (await Promise.all(rows.map(compareRow))).flat();
const ours = (name: string) => {
  const found = comparisons.filter(({ row }) => row.case === name);
  expect(found.length).toBeGreaterThan(0);
  return (domain: string) => found.find((comparison) => comparison.domain === domain)!.oursPercent;
};

test('the credit scheduler gives what a real Xen gave, within the bounds of the measurement', () => {
  expect(comparisons.length).toBeGreaterThan(100);
  const { median, perCpu95 } = summarize(comparisons);
  expect(median).toBeLessThanOrEqual(BOUNDS.median);
  expect(perCpu95).toBeLessThanOrEqual(BOUNDS.perCpu95);
});

test.each([
  'c1',
  'c4',
])('pinned in one pool, twice the weight counts for next to nothing, as on Xen (case %s)', (name) => {
  const share = ours(name);
  expect(share('B') / share('A')).toBeGreaterThan(0.95);
  expect(share('B') / share('A')).toBeLessThan(1.25);
});

test('in two pools twice the weight is twice the share, as on Xen (case c2)', () => {
  const share = ours('c2');
  expect(share('B') / share('A')).toBeCloseTo(2, 1);
  expect(share('C')).toBeCloseTo(200, 0);
});
