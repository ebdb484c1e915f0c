import { expect, test } from 'vitest';
import { DOMAIN0, DOMAIN0_NAME, NS_PER_MS, NS_PER_S, regularTopology } from '../../interface/index.ts';
import { describeHost } from '../conformance.ts';
import { openEmbedded } from './host.ts';

/** The test's own clock: time passes when it says so. */
let nowNs = 12_345;
const clock = () => nowNs;
const pass = async (ms: number) => {
  nowNs += ms * NS_PER_MS;
};

for (const [name, shape] of [
  ['embedded, flat', { cpus: 4 }],
  ['embedded, two nodes of threads', { cpus: 16, nodes: 2, threadsPerCore: 2 }],
] as const) {
  describeHost(name, () => openEmbedded({ topology: regularTopology(shape), clock }), pass);
}

test('Domain-0 is there from the start: one idle vcpu in pool0, with the memory the first node has', async () => {
  for (const [memoryMib, mib] of [
    [8192, 1024],
    [512, 256],
  ] as const) {
    const topology = regularTopology({ cpus: 4, nodes: 2, memoryMib });
    const { domains } = await (await openEmbedded({ topology, clock })).read();
    expect(domains).toMatchObject([
      { id: DOMAIN0, name: DOMAIN0_NAME, pool: 'pool0', vcpus: 1, workload: { kind: 'idle' } },
    ]);
    expect(domains[0]!.memory).toEqual([{ node: 0, mib }]);
  }
});

test('its clock starts at 0 and follows the one it was given, in whole nanoseconds', async () => {
  const topology = regularTopology({ cpus: 4 });
  let now = 1e9 + 0.25;
  const host = await openEmbedded({ topology, clock: () => now });
  expect((await host.read()).nowNs).toBe(0);
  now += NS_PER_S + 0.4;
  expect((await host.usage()).nowNs).toBe(NS_PER_S);
});
