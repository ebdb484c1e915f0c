import { expect, test } from 'vitest';
import { explain, type NodeId, type PoolState, regularTopology } from '../../interface/index.ts';
import { modelOf } from './model.ts';
import { placeMemory } from './place-memory.ts';

/** Four nodes of two cpus and 1000 MiB each; `free` is what is left of it. */
const topology = regularTopology({ cpus: 8, nodes: 4, memoryMib: 4000 });
const stateWith = (free: readonly number[]) => ({
  ...modelOf(topology),
  memory: free.map((freeMib, node) => ({ node: node as NodeId, totalMib: 1000, freeMib })),
});

const poolOn = (cpus: number[], nodes: number[] | null = null) =>
  ({ name: 'p', scheduler: 'credit', params: {}, cpus, nodes }) as unknown as PoolState;

test.each([
  ['the node of its cpus', poolOn([2, 3]), [9, 100, 100, 100], 100, { 1: 100 }],
  ['the first of its nodes that holds all', poolOn([2, 4, 6]), [900, 50, 100, 100], 100, { 2: 100 }],
  ['all of its nodes before a foreign one', poolOn([2, 4]), [900, 50, 60, 900], 100, { 1: 50, 2: 50 }],
  ['one foreign node where its own have too little', poolOn([2]), [90, 50, 60, 100], 100, { 3: 100 }],
  ['its own first where no node holds it', poolOn([4]), [40, 0, 60, 30], 120, { 2: 60, 0: 40, 3: 20 }],
  [
    'the nodes it is tied to, wherever its cpus are',
    poolOn([0], [2, 3]),
    [900, 900, 10, 100],
    100,
    { 3: 100 },
  ],
])('a domain gets memory from %s', (_, pool, free, wantedMib, wanted) => {
  const placed = placeMemory(topology, stateWith(free), pool, wantedMib);
  if (!placed.ok) throw new Error(placed.refusal.code);
  expect(Object.fromEntries(placed.value.map(({ node, mib }) => [node, mib]))).toEqual(wanted);
});

test('a tied pool does not spill over, and says how much there is where', () => {
  const placed = placeMemory(topology, stateWith([900, 30, 20, 900]), poolOn([0], [1, 2]), 51);
  expect(placed.ok || explain(placed.refusal).sentence).toBe(
    'not enough memory for p: 51 MiB wanted, 50 MiB free on node 1-2',
  );
});
