import { expect, test } from 'vitest';
import { cpu, DOMAIN0, DOMAIN0_NAME, NS_PER_MS, NS_PER_S, regularTopology } from '../../interface/index.ts';
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

test('Domain-0 is there from the start: one idle vcpu in pool0, with at most a quarter of the first node', async () => {
  for (const [memoryMib, mib] of [
    [8192, 1024],
    [512, 64],
  ] as const) {
    const topology = regularTopology({ cpus: 4, nodes: 2, memoryMib });
    const { domains } = await (await openEmbedded({ topology, clock })).read();
    expect(domains).toMatchObject([
      { id: DOMAIN0, name: DOMAIN0_NAME, pool: 'pool0', vcpus: 1, workload: { kind: 'idle' } },
    ]);
    expect(domains[0]!.memory).toEqual([{ node: 0, mib }]);
  }
});

test('a cpu that the topology has offline is in no pool until it is taken online', async () => {
  const host = await openEmbedded({
    topology: { ...regularTopology({ cpus: 4 }), offline: [cpu(2)] },
    clock,
  });
  expect((await host.read()).online).toEqual([0, 1, 3]);
  await host.setCpuOnline(cpu(2), true);
  expect((await host.read()).pools[0]!.cpus).toEqual([0, 1, 2, 3]);
});

test('its clock starts at 0 and follows the one it was given, in whole nanoseconds', async () => {
  const topology = regularTopology({ cpus: 4 });
  let now = 1e9 + 0.25;
  const host = await openEmbedded({ topology, clock: () => now });
  expect((await host.read()).nowNs).toBe(0);
  now += NS_PER_S + 0.4;
  expect((await host.usage()).nowNs).toBe(NS_PER_S);
});
