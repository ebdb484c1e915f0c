/** What the contract's tests say again and again. */
import { expect } from 'vitest';
import {
  CPU_HOG,
  type DomainId,
  type DomainSpec,
  type HostState,
  POOL0,
  type Scheduling,
} from '../interface/index.ts';

/** Laws 1 and 2, lists in order. */
export function expectLaw({ pools, online, domains }: HostState): void {
  const ascending = (list: readonly number[]) => [...list].sort((a, b) => a - b);
  expect(ascending(pools.flatMap(({ cpus }) => cpus))).toEqual(online);
  for (const { cpus } of pools) expect(cpus).toEqual(ascending(cpus));
  expect(pools[0]).toMatchObject({ name: POOL0 });
  expect(pools[0]!.cpus).toContain(0);
  expect(domains.map(({ id }) => id)).toEqual(ascending(domains.map(({ id }) => id)));
}

export function scheduling(vcpus: number, weight = 256, cap = 0): Scheduling {
  return { weight, cap, affinity: Array.from({ length: vcpus }, () => ({ hard: null, soft: null })) };
}

/** A hog in pool0 with a little memory, where nothing else is said. */
export function specOf(state: HostState, id: DomainId, change: Partial<DomainSpec>): DomainSpec {
  const vcpus = change.vcpus ?? 1;
  return {
    id,
    name: `conformance-${id}`,
    pool: POOL0,
    vcpus,
    scheduling: scheduling(vcpus),
    memory: [{ node: state.memory[0]!.node, mib: 16 }],
    paused: false,
    workload: CPU_HOG,
    ...change,
  };
}
