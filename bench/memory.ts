// Bytes a vcpu, everything included: its arrays, its domain's record and what the machine was told about it. What a
// domain's description takes while somebody keeps the answer of `read` is the reader's.
import { Machine } from '../hypervisor/index.ts';
import { cpu, type DomainSpec, domainId, node, regularTopology } from '../interface/index.ts';
import { print } from './peers/job.ts';

const VCPUS = 10_000;
const CPUS = 100;
const BOUND = 256;
const ROUNDS = 4;

const kept: Machine[] = [];

for (const [pools, vcpusPerDomain] of [
  [10, 1],
  [1, 1],
  [10, 4],
] as const) {
  const bytes = await bytesPerVcpu(pools, vcpusPerDomain);
  const what = `${pools} pool${pools === 1 ? '' : 's'}, ${vcpusPerDomain} vcpu${vcpusPerDomain === 1 ? '' : 's'} a domain`;
  print({
    what,
    measured: `${bytes.toFixed(0)} B a vcpu`,
    bound: `<= ${BOUND} B`,
    value: bytes,
    limit: BOUND,
  });
}

/** The least of a few: compiled code counts in the heap too. All machines are kept, so that nothing is freed meanwhile. */
async function bytesPerVcpu(pools: number, vcpusPerDomain: number): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const made = machine(pools);
    const before = await used();
    fill(made, pools, vcpusPerDomain);
    least = Math.min(least, (await used()) - before);
    kept.push(made);
  }
  return least / VCPUS;
}

function machine(pools: number): Machine {
  const made = new Machine(regularTopology({ cpus: CPUS, memoryMib: VCPUS }), 1);
  for (let p = 1; p < pools; p++) {
    made.createPool(`pool${p}`, 'credit', 0);
    for (let i = 0; i < CPUS / pools; i++) made.moveCpu(cpu((p * CPUS) / pools + i), `pool${p}`, 0);
  }
  return made;
}

function fill(machine: Machine, pools: number, vcpusPerDomain: number): void {
  for (let d = 0; d < VCPUS / vcpusPerDomain; d++) {
    const outcome = machine.createDomain(spec(d, `pool${d % pools}`, vcpusPerDomain), 0);
    if (!outcome.ok) throw new Error(outcome.refusal.code);
  }
}

/** Every object its own, as if each had come from a file. */
function spec(d: number, pool: string, vcpus: number): DomainSpec {
  return {
    id: domainId(d + 1),
    name: `domain-${d + 1}`,
    pool,
    vcpus,
    scheduling: {
      weight: 256,
      cap: 0,
      affinity: Array.from({ length: vcpus }, () => ({ hard: null, soft: null })),
    },
    memory: [{ node: node(0), mib: vcpus }],
    paused: false,
    workload: d % 2 === 0 ? { kind: 'cpu' } : { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 },
  };
}

/** Array buffers are freed behind the collector's back: give it a moment. */
async function used(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc!();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
