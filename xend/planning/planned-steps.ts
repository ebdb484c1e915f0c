import type {
  Cpu,
  DomainSpec,
  DomainState,
  Plan,
  PlannedStep,
  PoolState,
  SchedulerParams,
  Scheduling,
} from '../../interface/index.ts';
import { type NodeId, POOL0, type SchedulerName } from '../../interface/index.ts';

/** Each step beside the one that takes it back: read a pair, and see that it does. */

export const NOTHING: Plan = { steps: [], notes: [] };

export const createPool = (pool: string, scheduler: SchedulerName): PlannedStep => ({
  step: { do: 'createPool', pool, scheduler },
  undo: { do: 'destroyPool', pool },
});

/** Takes back whole only for a pool without cpus, with default parameters and no nodes of its own. */
export const destroyPool = (pool: PoolState): PlannedStep => ({
  step: { do: 'destroyPool', pool: pool.name },
  undo: { do: 'createPool', pool: pool.name, scheduler: pool.scheduler },
});

export const renamePool = (pool: string, to: string): PlannedStep => ({
  step: { do: 'renamePool', pool, to },
  undo: { do: 'renamePool', pool: to, to: pool },
});

export const moveCpu = (cpu: Cpu, from: string, to: string): PlannedStep => ({
  step: { do: 'moveCpu', cpu, to },
  undo: { do: 'moveCpu', cpu, to: from },
});

/** Only for a cpu of pool0 or an offline one: what comes online joins pool0. */
export const setCpuOnline = (cpu: Cpu, online: boolean): PlannedStep => ({
  step: { do: 'setCpuOnline', cpu, online },
  undo: { do: 'setCpuOnline', cpu, online: !online },
});

export const setPoolNodes = (pool: PoolState, nodes: readonly NodeId[] | null): PlannedStep => ({
  step: { do: 'setPoolNodes', pool: pool.name, nodes },
  undo: { do: 'setPoolNodes', pool: pool.name, nodes: pool.nodes },
});

export const setPoolParams = (pool: PoolState, params: SchedulerParams): PlannedStep => ({
  step: { do: 'setPoolParams', pool: pool.name, params },
  undo: { do: 'setPoolParams', pool: pool.name, params: pool.params },
});

export const setPoolScheduler = (
  pool: PoolState,
  scheduler: SchedulerName,
  params: SchedulerParams,
): PlannedStep => ({
  step: { do: 'setPoolScheduler', pool: pool.name, scheduler, params },
  undo: { do: 'setPoolScheduler', pool: pool.name, scheduler: pool.scheduler, params: pool.params },
});

/** What was adopted is given back, not ended. */
export const createDomain = (spec: DomainSpec): PlannedStep => ({
  step: { do: 'createDomain', spec },
  undo: { do: spec.adopted === undefined ? 'destroyDomain' : 'releaseDomain', domain: spec.id },
});

export const releaseDomain = (domain: DomainState): PlannedStep => ({
  step: { do: 'releaseDomain', domain: domain.id },
  undo: { do: 'createDomain', spec: domain },
});

export const destroyDomain = (domain: DomainState): PlannedStep => ({
  step: { do: 'destroyDomain', domain: domain.id },
  undo: { do: 'createDomain', spec: domain },
});

export const renameDomain = (domain: DomainState, to: string): PlannedStep => ({
  step: { do: 'renameDomain', domain: domain.id, to },
  undo: { do: 'renameDomain', domain: domain.id, to: domain.name },
});

export const moveDomain = (domain: DomainState, to: string, scheduling: Scheduling): PlannedStep => ({
  step: { do: 'moveDomain', domain: domain.id, to, scheduling },
  undo: { do: 'moveDomain', domain: domain.id, to: domain.pool, scheduling: domain.scheduling },
});

export const setScheduling = (domain: DomainState, scheduling: Scheduling): PlannedStep => ({
  step: { do: 'setScheduling', domain: domain.id, scheduling },
  undo: { do: 'setScheduling', domain: domain.id, scheduling: domain.scheduling },
});

export const setPaused = (domain: DomainState, paused: boolean): PlannedStep => ({
  step: { do: 'setPaused', domain: domain.id, paused },
  undo: { do: 'setPaused', domain: domain.id, paused: !paused },
});

/** What was asked of a domain cannot be unasked: to let it run changes nothing, for it was not paused. */
export const shutdownDomain = (domain: DomainState): PlannedStep => ({
  step: { do: 'shutdownDomain', domain: domain.id },
  undo: { do: 'setPaused', domain: domain.id, paused: false },
});

/** Highest first: pool0 keeps a low, contiguous rest all the way. */
export const takeFromPool0 = (cpus: readonly Cpu[], to: string): PlannedStep[] =>
  [...cpus].sort((a, b) => b - a).map((cpu) => moveCpu(cpu, POOL0, to));

/** Lowest first, for the same reason. */
export const giveToPool0 = (cpus: readonly Cpu[], from: string): PlannedStep[] =>
  [...cpus].sort((a, b) => a - b).map((cpu) => moveCpu(cpu, from, POOL0));
