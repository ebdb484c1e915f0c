import { expect, test } from 'vitest';
import type { TopologyShape } from '../../interface/topology.ts';
import { Cpus, NONE } from '../cpus.ts';
import { places } from '../testing.ts';
import { layOut } from './run-queue-layout.ts';

/** The host's cpus of each queue. */
function queues(host: number | TopologyShape, among: (cpu: number) => boolean = () => true): number[][] {
  const cpus = new Cpus();
  const own = places(host).filter(({ cpu }) => among(cpu));
  cpus.rebuild(own, new Int32Array(own.length).fill(NONE));
  const found: number[][] = [];
  for (const [at, queue] of layOut(cpus).entries()) {
    found[queue] ??= [];
    found[queue].push(cpus.ids[at]!);
  }
  return found;
}

const sizes = (...args: Parameters<typeof queues>) => queues(...args).map((cpus) => cpus.length);

test('the cpus of a socket share a queue, those of two do not', () => {
  expect(queues({ cpus: 8, nodes: 2, threadsPerCore: 2 })).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
  expect(queues({ cpus: 8, nodes: 2 }, (cpu) => cpu > 2)).toEqual([[3], [4, 5, 6, 7]]);
});

test('no queue has more than 16, and they are of equal size as far as that goes', () => {
  expect(sizes(16)).toEqual([16]);
  expect(sizes(32)).toEqual([16, 16]);
  expect(sizes(20)).toEqual([10, 10]);
  // 100 by 7 is 14: two are left, as in Xen.
  expect(sizes(100)).toEqual([14, 14, 14, 14, 14, 14, 14, 2]);
  expect(sizes(17)).toEqual([8, 8, 1]);
});

test('siblings are never apart', () => {
  expect(sizes({ cpus: 18, threadsPerCore: 2 })).toEqual([8, 8, 2]);
  expect(sizes({ cpus: 24, threadsPerCore: 8 })).toEqual([8, 8, 8]);
  expect(sizes({ cpus: 40, threadsPerCore: 20 })).toEqual([20, 20]);
});

test('a core of more threads than a set has room for is divided', () => {
  expect(sizes({ cpus: 80, threadsPerCore: 40 }).every((size) => size <= 32)).toBe(true);
});
