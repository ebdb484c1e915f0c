import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CpuSet } from './cpu-set.ts';

/** Beyond two words, and not a whole number of them. */
const CAPACITY = 70;
const members = fc.uniqueArray(fc.nat(CAPACITY - 1));

function setOf(cpus: Iterable<number>): CpuSet {
  const set = new CpuSet(CAPACITY);
  for (const cpu of cpus) set.add(cpu);
  return set;
}

function listed(set: CpuSet): number[] {
  return Array.from({ length: CAPACITY }, (_, cpu) => cpu).filter((cpu) => set.has(cpu));
}

const sorted = (cpus: Iterable<number>) => [...cpus].sort((a, b) => a - b);

test('has what was added and not deleted since, like a Set', () => {
  const step = fc.tuple(
    fc.constantFrom('add' as const, 'delete' as const, 'clear' as const),
    fc.nat(CAPACITY - 1),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const set = new CpuSet(CAPACITY);
      const model = new Set<number>();
      for (const [act, cpu] of steps) {
        set[act](cpu);
        model[act](cpu);
        expect(set.size).toBe(model.size);
        expect(listed(set)).toEqual(sorted(model));
      }
    }),
  );
});

test('an intersection has the members of both, and says how many', () => {
  fc.assert(
    fc.property(members, members, members, (a, b, old) => {
      const result = setOf(old);
      const both = a.filter((cpu) => b.includes(cpu));
      result.setToIntersection(setOf(a), setOf(b));
      expect(listed(result)).toEqual(sorted(both));
      expect(result.size).toBe(both.length);
      result.setToIntersection(setOf(a), null);
      expect(listed(result)).toEqual(sorted(a));
      expect(setOf(a).intersects(setOf(b))).toBe(both.length > 0);
      expect(setOf(a).containsAllOf(setOf(b))).toBe(both.length === b.length);
    }),
  );
});

test('cycling goes to the next member above, then round to the first', () => {
  fc.assert(
    fc.property(members, fc.integer({ min: -1, max: CAPACITY - 1 }), (cpus, after) => {
      const set = setOf(cpus);
      const order = sorted(cpus);
      expect(set.first()).toBe(order[0] ?? -1);
      expect(set.cycle(after)).toBe(order.find((cpu) => cpu > after) ?? order[0] ?? -1);
    }),
  );
});
