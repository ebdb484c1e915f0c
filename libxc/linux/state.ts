import type { DomainState, HostState, NodeId, NodeMemory, Ns, PoolState } from '../../interface/index.ts';
import type { DomainLook, Ground, Look, PoolLook } from './look.ts';
import { claimOf, isFrozen } from './members.ts';
import { allNodes, nodesOf } from './nodes.ts';
import { membersIn } from './schedulers/settle.ts';
import { domainTroubles, poolTroubles } from './troubles.ts';
import { weightErrorPercent } from './weights.ts';

/** A look in the words of the contract. */
export function stateOf(ground: Ground, seen: Look, nowNs: Ns): HostState {
  const { groups } = ground;
  const nodes = allNodes(groups);
  return {
    nowNs,
    online: seen.online,
    pools: seen.pools.map((pool) => ({
      name: pool.name,
      scheduler: pool.scheduler,
      params: {},
      cpus: pool.cpus,
      nodes: nodesOf(groups, pool, nodes),
      ...roundingOf(seen, pool),
    })),
    domains: seen.domains.map((domain) => domainState(domain, isFrozen(groups, domain.directory))),
    memory: memoryOf(ground, seen),
    troubles: [...poolTroubles(ground, seen), ...domainTroubles(ground, seen)],
  };
}

/** Schedulers that share by weight write it into cgroups, whose weights are coarser. */
function roundingOf(seen: Look, pool: PoolLook): Pick<PoolState, 'weightErrorPercent'> {
  if (pool.scheduler !== 'credit' && pool.scheduler !== 'credit2') return {};
  const percent = weightErrorPercent(membersIn(seen, pool).map((domain) => claimOf(domain).claim));
  return percent < 0.001 ? {} : { weightErrorPercent: percent };
}

function domainState(domain: DomainLook, paused: boolean): DomainState {
  const { id, name, pool, vcpus, scheduling, memory, workload, exec, guest, adopted } = domain;
  const spec = { id, name, pool: pool.name, vcpus, scheduling, memory, paused, workload };
  return { ...spec, ...(exec && { exec }), ...(guest && { guest }), ...(adopted && { adopted }) };
}

/** Linux sets nothing aside: what is free here is what no domain was promised. */
export function memoryOf({ topology }: Ground, { domains }: Look): NodeMemory[] {
  const promised = new Map<NodeId, number>();
  for (const { memory } of domains)
    for (const { node, mib } of memory) promised.set(node, (promised.get(node) ?? 0) + mib);
  return topology.nodes.map(({ node, memoryMib }) => ({
    node,
    totalMib: memoryMib,
    freeMib: Math.max(0, memoryMib - (promised.get(node) ?? 0)),
  }));
}
