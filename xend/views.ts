import {
  type DomainSetup,
  type DomainState,
  type DomainUsage,
  type DomainView,
  EXACT,
  formatCpuList,
  type HostDescription,
  type HostState,
  type NodeId,
  NS_PER_S,
  type PoolHealth,
  type PoolMemory,
  type PoolState,
  type PoolView,
  type Topology,
  type VcpuView,
} from '../interface/index.ts';
import type { OtherKeys } from './definitions.ts';
import { nodesOf } from './planning/place-memory.ts';
import type { Share } from './shares.ts';

/** The state of the host as clients see it. Pure; what is not in the state comes as an argument. */

export function poolView(
  { topology, fidelity = {} }: HostDescription,
  state: HostState,
  pool: PoolState,
  members: readonly DomainState[],
  { health, generation }: { readonly health: PoolHealth; readonly generation: number },
): PoolView {
  return {
    name: pool.name,
    cpus: pool.cpus,
    cpuList: formatCpuList(pool.cpus),
    scheduler: pool.scheduler,
    fidelity: fidelity[pool.scheduler] ?? EXACT,
    params: pool.params,
    ...(pool.weightErrorPercent !== undefined && { weightErrorPercent: rounded(pool.weightErrorPercent) }),
    domains: members.map(({ id }) => id),
    memory: poolMemory(topology, state, pool, members),
    state: health,
    generation,
  };
}

/** The members of each pool, all pools in one pass. */
export function membersByPool(domains: readonly DomainState[]): Map<string, DomainState[]> {
  const members = new Map<string, DomainState[]>();
  for (const domain of domains) {
    const others = members.get(domain.pool);
    if (others === undefined) members.set(domain.pool, [domain]);
    else others.push(domain);
  }
  return members;
}

function poolMemory(
  topology: Topology,
  state: HostState,
  pool: PoolState,
  members: readonly DomainState[],
): PoolMemory {
  const usedMib = new Map<NodeId, number>();
  for (const { memory } of members)
    for (const { node, mib } of memory) usedMib.set(node, (usedMib.get(node) ?? 0) + mib);
  const nodes = nodesOf(topology, pool);
  const shown = new Set([...nodes, ...usedMib.keys()]);
  const perNode = state.memory
    .filter(({ node }) => shown.has(node))
    .map((row) => ({ ...row, usedMib: usedMib.get(row.node) ?? 0 }));
  return { tied: pool.nodes !== null, nodes, perNode };
}

export function domainSetup(domain: DomainState, otherKeys: OtherKeys | undefined): DomainSetup {
  const { id, name, pool, vcpus, scheduling, memory, paused, workload, exec, guest, adopted } = domain;
  const { weight, cap, reservations, affinity } = scheduling;
  return {
    id,
    name,
    pool,
    vcpus,
    weight,
    cap,
    ...(reservations && { reservations }),
    memoryMib: memory.reduce((sum, { mib }) => sum + mib, 0),
    memory,
    paused,
    workload,
    ...(exec && { exec }),
    ...(guest && { guest }),
    vcpuList: affinity.map((each, vcpu) => ({ vcpu, ...each })),
    ...(adopted && { adopted }),
    ...(otherKeys && { otherKeys }),
  };
}

/** What a domain's view needs beside its state. */
export interface DomainMeasures {
  readonly usage: DomainUsage | undefined;
  readonly share: Share | null;
  readonly entitledPercent: number;
  readonly otherKeys: OtherKeys | undefined;
}

export function domainView(domain: DomainState, measures: DomainMeasures): DomainView {
  const { usage, share, entitledPercent, otherKeys } = measures;
  const vcpuNs = usage?.vcpuNs ?? [];
  const setup = domainSetup(domain, otherKeys);
  return {
    ...setup,
    state: stateOf(domain, usage),
    cpuSeconds: vcpuNs.reduce((sum, ns) => sum + ns, usage?.otherNs ?? 0) / NS_PER_S,
    sharePercent: share === null ? null : rounded(share.sharePercent),
    shareWindowS: share === null ? null : rounded(share.windowS),
    ...(share !== null &&
      share.throttledPercent !== null && { throttledPercent: rounded(share.throttledPercent) }),
    ...(usage?.pressurePercent !== undefined && { pressurePercent: usage.pressurePercent }),
    entitledPercent: rounded(entitledPercent),
    vcpuList: (usage?.vcpuStates ?? []).map(
      (state, vcpu): VcpuView => ({
        ...setup.vcpuList[vcpu]!,
        ...state,
        cpuSeconds: (vcpuNs[vcpu] ?? 0) / NS_PER_S,
        sharePercent: share === null ? null : rounded(share.vcpuSharePercent[vcpu]!),
      }),
    ),
  };
}

/** As `xm list` has it: a domain runs if one of its vcpus has a cpu or waits for one. */
function stateOf(domain: DomainState, usage: DomainUsage | undefined): DomainView['state'] {
  if (domain.paused) return 'paused';
  const isRunning = usage?.vcpuStates.some(({ state }) => state === 'running' || state === 'runnable');
  return isRunning ? 'running' : 'blocked';
}

/** Three decimals: a thousandth of a percent is below what any host measures. */
const rounded = (value: number) => Math.round(value * 1000) / 1000;
