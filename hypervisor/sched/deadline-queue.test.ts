import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadlineQueue } from './deadline-queue.ts';

const VCPUS = 24;
const NONE = -1;
const vcpu = fc.nat(VCPUS - 1);
/** Few different keys, so that many are equal; levels beyond the number of chains. */
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ vcpu, level: fc.nat(9), deadlineNs: fc.nat(3).map((n) => n * 1e10) }),
  },
  { weight: 1, arbitrary: fc.record({ drop: vcpu }) },
  { weight: 1, arbitrary: fc.constant('shift' as const) },
);

interface Waiting {
  readonly vcpu: number;
  readonly level: number;
  readonly deadlineNs: number;
}

test('is in the order of a list that is sorted by level and deadline, and keeps who came first in front', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const level = new Int32Array(VCPUS);
      const deadlineNs = new Float64Array(VCPUS);
      const queue = new DeadlineQueue();
      queue.grow(VCPUS, level, deadlineNs);
      let list: Waiting[] = [];
      const drop = (one: number) => {
        queue.drop(one);
        list = list.filter((waiting) => waiting.vcpu !== one);
      };
      for (const one of steps) {
        if (one === 'shift') {
          if (list.length > 0) drop(list[0]!.vcpu);
        } else if ('drop' in one) {
          drop(one.drop);
        } else {
          drop(one.vcpu);
          level[one.vcpu] = one.level;
          deadlineNs[one.vcpu] = one.deadlineNs;
          queue.insert(one.vcpu);
          list = insertedInto(list, one);
        }
        expect(queue.first()).toBe(list[0]?.vcpu ?? NONE);
        expect(sorted(queue)).toEqual(list.map((waiting) => waiting.vcpu));
        for (let v = 0; v < VCPUS; v++) expect(queue.has(v)).toBe(list.some((waiting) => waiting.vcpu === v));
      }
    }),
    { numRuns: 500 },
  );
});

/** As Xen does it: before the first that is worse. */
function insertedInto(list: readonly Waiting[], one: Waiting): Waiting[] {
  const isWorse = ({ level, deadlineNs }: Waiting) =>
    level > one.level || (level === one.level && deadlineNs > one.deadlineNs);
  const at = list.findIndex(isWorse);
  return at < 0 ? [...list, one] : [...list.slice(0, at), one, ...list.slice(at)];
}

/** Everybody in the queue, found as the scheduler looks for one who may be on its cpu. */
function sorted(queue: DeadlineQueue): number[] {
  const all: number[] = [];
  for (let chain = 0; chain < queue.chains; chain++)
    for (let v = queue.head(chain); v !== NONE; v = queue.next[v]!) all.push(v);
  return all.sort((a, b) => (queue.precedes(a, b) ? -1 : 1));
}
