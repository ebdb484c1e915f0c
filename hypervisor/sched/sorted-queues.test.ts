import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NONE } from '../cpus.ts';
import { SortedQueues } from './sorted-queues.ts';

const VCPUS = 40;
const MS = 1_000_000;

function inOrder(queues: SortedQueues, queue: number): number[] {
  const found: number[] = [];
  for (let vcpu = queues.head[queue]!; vcpu !== NONE; vcpu = queues.next[vcpu]!) found.push(vcpu);
  return found;
}

function twoQueues(): SortedQueues {
  const queues = new SortedQueues();
  queues.grow(VCPUS);
  queues.clear(2);
  return queues;
}

test('keeps what a plain list keeps, sorted by credit and by arrival where credits agree', () => {
  const credit = fc.oneof(
    fc.constantFrom(-10 * MS, 0, 10.5 * MS, 2 ** 30),
    fc.integer({ min: -10 * MS, max: 12 * MS }),
  );
  const step = fc.record({ vcpu: fc.nat(VCPUS - 1), queue: fc.nat(1), credit, resets: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queues = twoQueues();
      const plain: number[][] = [[], []];
      for (const { vcpu, queue, credit, resets } of steps) {
        if (queues.has(vcpu)) {
          queues.drop(vcpu);
          for (const list of plain) if (list.includes(vcpu)) list.splice(list.indexOf(vcpu), 1);
        } else {
          queues.credit[vcpu] = credit;
          queues.insert(queue, vcpu);
          const at = plain[queue]!.findIndex((other) => queues.credit[other]! < credit);
          plain[queue]!.splice(at < 0 ? plain[queue]!.length : at, 0, vcpu);
        }
        if (resets) {
          for (const one of plain[queue]!)
            queues.credit[one] = Math.min(10.5 * MS, queues.credit[one]! + 10 * MS);
          queues.resort(queue);
        }
        queues.assertSorted();
        expect([inOrder(queues, 0), inOrder(queues, 1)]).toEqual(plain);
      }
    }),
  );
});

test('a credit that changes behind its back is noticed', () => {
  const queues = twoQueues();
  for (const vcpu of [1, 2, 3]) {
    queues.credit[vcpu] = vcpu * MS;
    queues.insert(0, vcpu);
  }
  queues.credit[1] = 9 * MS;
  expect(() => queues.assertSorted()).toThrow('more credit');
});
