import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exponential, nextRandom, seedFor } from './random.ts';

const state = fc.integer({ min: 1, max: 2 ** 32 - 1 });

test('exponential draws agree with Math.log to 1e-14', () => {
  fc.assert(
    fc.property(state, (drawn) => {
      const exact = -Math.log(drawn / 2 ** 32);
      expect(Math.abs(exponential(drawn) - exact)).toBeLessThanOrEqual(1e-14 * Math.max(1, exact));
    }),
    { numRuns: 5000, examples: [[1], [2 ** 31], [2 ** 32 - 1]] },
  );
});

test('exponential draws have mean 1 and are never negative', () => {
  const draws = 200_000;
  let drawn = seedFor(1, 0, 0);
  let sum = 0;
  for (let i = 0; i < draws; i++) {
    drawn = nextRandom(drawn);
    const value = exponential(drawn);
    expect(value >= 0).toBe(true);
    sum += value;
  }
  // The mean of n draws of variance 1 is off by 1/sqrt(n); five of those are never seen by chance.
  expect(Math.abs(sum / draws - 1)).toBeLessThan(5 / Math.sqrt(draws));
});

test('a state that is not 0 never becomes 0 and stays 32 bits', () => {
  fc.assert(
    fc.property(state, (from) => {
      const to = nextRandom(from);
      expect(to).toBeGreaterThan(0);
      expect(to).toBeLessThan(2 ** 32);
      expect(Number.isInteger(to)).toBe(true);
    }),
  );
});

test('each vcpu of each domain of each seed begins elsewhere, never at 0', () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 10; seed++)
    for (let domain = 0; domain < 100; domain++)
      for (let vcpu = 0; vcpu < 8; vcpu++) seen.add(seedFor(seed, domain, vcpu));
  expect(seen.has(0)).toBe(false);
  expect(seen.size).toBe(10 * 100 * 8);
});
