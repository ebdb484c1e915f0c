import { expect, test } from 'vitest';
import { cgroupMax, cgroupWeights, weightErrorPercent } from './weights.ts';

test.each([
  ['nobody', [], []],
  ['the default is Linux’s own default', [256], [100]],
  ['twice and half', [512, 128], [200, 50]],
  ['two vcpus claim twice', [2 * 256, 256], [200, 100]],
  ['rounded to the nearest', [1, 2, 3, 4, 300], [1, 1, 1, 2, 117]],
  ['the largest that fits unscaled', [25_600, 256], [10_000, 100]],
  ['a larger one shrinks all alike', [51_200, 512, 256], [10_000, 100, 50]],
  ['Xen’s highest beside the default', [65_535, 256], [10_000, 39]],
  ['a small one is never below 1', [65_535, 1], [10_000, 1]],
  ['the highest claim there is', [65_535 * 512, 256], [10_000, 1]],
])('weights: %s', (_, claims, weights) => {
  expect(cgroupWeights(claims)).toEqual(weights);
});

test('the rounding is known: none for round claims, much where a ratio cannot be kept', () => {
  expect(weightErrorPercent([])).toBe(0);
  expect(weightErrorPercent([256, 512])).toBe(0);
  expect(weightErrorPercent([300, 256])).toBeLessThan(0.2);
  expect(weightErrorPercent([65_535, 1])).toBeGreaterThan(500);
});

test.each([
  ['no cap, fewer vcpus than cpus: that many cpus', 0, 2, 8, '200000 100000'],
  ['no cap, as many vcpus as cpus: no quota', 0, 8, 8, 'max 100000'],
  ['no cap, more vcpus than cpus', 0, 9, 8, 'max 100000'],
  ['a cap has a short period', 40, 1, 8, '4000 10000'],
  ['a cap over several vcpus', 150, 2, 8, '15000 10000'],
  ['the smallest cap in a short period', 10, 1, 8, '1000 10000'],
  ['a smaller one needs the long period', 9, 1, 8, '9000 100000'],
  ['one percent', 1, 1, 8, '1000 100000'],
  ['a cap counts however few cpus there are', 100, 1, 1, '10000 10000'],
])('cpu.max: %s', (_, cap, vcpus, cpus, written) => {
  expect(cgroupMax(cap, vcpus, cpus)).toBe(written);
});
