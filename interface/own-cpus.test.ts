import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownCpus } from './own-cpus.ts';
import type { Cpu } from './words.ts';

const cpus = (...list: number[]) => list as Cpu[];

test('each vcpu gets a cpu of its own, the lowest that is free', () => {
  expect(ownCpus(cpus(4, 5, 6), [{ wants: [null, null] }, { wants: [null] }])).toEqual([[4, 5], [6]]);
  expect(ownCpus(cpus(4, 5), [{ wants: [null, null] }, { wants: [null] }])).toBeNull();
});

test('who has one keeps it, also when others come and go', () => {
  const sitters = [{ wants: [null], has: cpus(6) }, { wants: [null, null] }];
  expect(ownCpus(cpus(4, 5, 6), sitters)).toEqual([[6], [4, 5]]);
  expect(ownCpus(cpus(4, 5), [{ wants: [null], has: cpus(6) }])).toEqual([[4]]);
});

test('pins are kept, and move those that may be elsewhere', () => {
  expect(ownCpus(cpus(4, 5), [{ wants: [null], has: cpus(4) }, { wants: [cpus(4)] }])).toEqual([[5], [4]]);
  expect(ownCpus(cpus(4, 5, 6), [{ wants: [cpus(4, 5), cpus(4, 5)] }, { wants: [cpus(5)] }])).toBeNull();
});

test('where there is a way to give each one, it is found', () => {
  const pins = fc.array(fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1 })), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(pins, (wants) => {
      const all = cpus(0, 1, 2, 3, 4, 5);
      const found = ownCpus(all, [{ wants: wants as (Cpu[] | null)[] }]);
      expect(found !== null).toBe(isPossible(wants, 0));
      const [each] = found ?? [[]];
      for (const [vcpu, cpu] of each!.entries()) expect(wants[vcpu] ?? all).toContain(cpu);
      expect(new Set(each).size).toBe(each!.length);
    }),
  );
});

/** By trying every way. */
function isPossible([first, ...rest]: readonly (number[] | null | undefined)[], taken: number): boolean {
  if (first === undefined) return true;
  const may = (first ?? [0, 1, 2, 3, 4, 5]).filter((cpu) => (taken & (1 << cpu)) === 0);
  return may.some((cpu) => isPossible(rest, taken | (1 << cpu)));
}
