import {
  type Cpu,
  type DomainId,
  type DomainSpec,
  type DomainState,
  type HostDescription,
  type HostState,
  type MemoryShare,
  ns,
  type Plan,
  POOL0,
  type PoolState,
  SCHEDULERS,
  type Step,
  type Topology,
} from '../../interface/index.ts';
import { defaultParams } from './scheduler-params.ts';

/**
 * The smallest host there is: a step changes the state as the contract of `Host` says, and nothing runs. What plans
 * are tried on where a real host would be too much. It believes the plan, and checks nothing.
 */
export function applyToModel(state: HostState, step: Step): HostState {
  switch (step.do) {
    case 'createPool': {
      const { pool: name, scheduler } = step;
      const pool = { name, scheduler, params: defaultParams(scheduler), cpus: [], nodes: null };
      return { ...state, pools: [...state.pools, pool] };
    }
    case 'destroyPool':
      return { ...state, pools: state.pools.filter(({ name }) => name !== step.pool) };
    case 'renamePool':
      return inPool(renamedIn(state, step.pool, step.to), step.pool, { name: step.to });
    case 'moveCpu':
      return { ...state, pools: withCpuIn(state.pools, step.cpu, step.to) };
    case 'setCpuOnline':
      return {
        ...state,
        online: step.online
          ? ascending([...state.online, step.cpu])
          : state.online.filter((cpu) => cpu !== step.cpu),
        pools: withCpuIn(state.pools, step.cpu, step.online ? POOL0 : null),
      };
    case 'setPoolNodes':
      return inPool(state, step.pool, { nodes: step.nodes });
    case 'setPoolParams':
      return inPool(state, step.pool, { params: { ...paramsOf(state, step.pool), ...step.params } });
    case 'setPoolScheduler':
      return inPool(state, step.pool, {
        scheduler: step.scheduler,
        params: { ...defaultParams(step.scheduler), ...step.params },
      });
    case 'createDomain':
      return created(state, step.spec);
    case 'shutdownDomain':
    case 'releaseDomain':
    case 'destroyDomain':
      return destroyed(state, step.domain);
    case 'renameDomain':
      return inDomain(state, step.domain, { name: step.to });
    case 'moveDomain':
      return inDomain(state, step.domain, { pool: step.to, scheduling: step.scheduling });
    case 'setScheduling':
      return inDomain(state, step.domain, { scheduling: step.scheduling });
    case 'setPaused':
      return inDomain(state, step.domain, { paused: step.paused });
  }
}

/** A plan carried out whole. */
export const applyPlanToModel = (state: HostState, plan: Plan): HostState =>
  plan.steps.reduce((now, { step }) => applyToModel(now, step), state);

/** What the model says of itself: it has every scheduler, for none of them runs. */
export const describeModel = (topology: Topology): HostDescription => ({
  driver: 'model',
  version: 'model',
  topology,
  schedulers: SCHEDULERS,
  keepsDomains: true,
  changesScheduler: true,
  movesMemory: false,
  executes: false,
  runsGuests: false,
});

/** A host as it is at its start: every cpu in pool0, Domain-0 idle there on one vcpu. */
export function modelOf(topology: Topology): HostState {
  const cpus = topology.cpus.map(({ cpu }) => cpu);
  const domain0: DomainSpec = {
    id: 0 as DomainId,
    name: 'Domain-0',
    pool: POOL0,
    vcpus: 1,
    scheduling: { weight: 256, cap: 0, affinity: [{ hard: null, soft: null }] },
    memory: [],
    paused: false,
    workload: { kind: 'idle' },
  };
  const bare: HostState = {
    nowNs: ns(0),
    online: cpus,
    pools: [{ name: POOL0, scheduler: 'credit', params: defaultParams('credit'), cpus, nodes: null }],
    domains: [],
    memory: topology.nodes.map(({ node, memoryMib }) => ({ node, totalMib: memoryMib, freeMib: memoryMib })),
  };
  return created(bare, domain0);
}

function inPool(state: HostState, name: string, change: Partial<PoolState>): HostState {
  return { ...state, pools: state.pools.map((pool) => (pool.name === name ? { ...pool, ...change } : pool)) };
}

function inDomain(state: HostState, id: DomainId, change: Partial<DomainSpec>): HostState {
  const changed = (domain: DomainState) => (domain.id === id ? { ...domain, ...change } : domain);
  return { ...state, domains: state.domains.map(changed) };
}

function renamedIn(state: HostState, pool: string, to: string): HostState {
  const moved = (domain: DomainState) => (domain.pool === pool ? { ...domain, pool: to } : domain);
  return { ...state, domains: state.domains.map(moved) };
}

const paramsOf = (state: HostState, name: string) => state.pools.find((pool) => pool.name === name)!.params;

function withCpuIn(pools: readonly PoolState[], cpu: Cpu, to: string | null): PoolState[] {
  return pools.map((pool) => {
    if (pool.name === to) return { ...pool, cpus: ascending([...pool.cpus, cpu]) };
    return pool.cpus.includes(cpu) ? { ...pool, cpus: pool.cpus.filter((one) => one !== cpu) } : pool;
  });
}

function created(state: HostState, spec: DomainSpec): HostState {
  const domains = [...state.domains, spec].sort((a, b) => a.id - b.id);
  return { ...state, domains, memory: withMemory(state, spec.memory, -1) };
}

function destroyed(state: HostState, id: DomainId): HostState {
  const memory = state.domains.find((domain) => domain.id === id)!.memory;
  return {
    ...state,
    domains: state.domains.filter((domain) => domain.id !== id),
    memory: withMemory(state, memory, 1),
  };
}

function withMemory(state: HostState, shares: readonly MemoryShare[], sign: 1 | -1): HostState['memory'] {
  return state.memory.map((row) => {
    const mib = shares.find(({ node }) => node === row.node)?.mib ?? 0;
    return { ...row, freeMib: row.freeMib + sign * mib };
  });
}

const ascending = (cpus: Cpu[]) => cpus.sort((a, b) => a - b);
