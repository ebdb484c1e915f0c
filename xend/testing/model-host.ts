import {
  applyStep,
  type Cpu,
  type DomainId,
  type DomainSpec,
  demandPercent,
  done,
  type Host,
  type HostDescription,
  type HostState,
  type NodeId,
  ns,
  type Outcome,
  POOL0,
  refuse,
  SCHEDULERS,
  type SchedulerName,
  type SchedulerParams,
  type Scheduling,
  type Step,
  type Topology,
  type Usage,
} from '../../interface/index.ts';
import { applyToModel, modelOf } from '../planning/model.ts';

/** What befalls a step: `crash` never answers, before or after its effect; `refuse` and `throw` have no effect. */
export type Fate = 'crash-before' | 'crash-after' | 'refuse' | 'throw' | null;

/** A host for tests: the planner's model, with faults to order, and a usage that grows with `nowNs`. */
export class ModelHost implements Host {
  state: HostState;
  nowNs = 0;
  /** Decides each step's fate; replaced by tests. */
  fate: (step: Step) => Fate = () => null;
  /** Every step that had its effect. */
  readonly taken: Step[] = [];
  readonly #description: HostDescription;

  constructor(topology: Topology, keepsDomains = true) {
    this.state = modelOf(topology);
    const schedulers = SCHEDULERS;
    this.#description = {
      driver: 'model',
      version: 'model',
      topology,
      schedulers,
      keepsDomains,
      changesScheduler: true,
      movesMemory: false,
      executes: false,
      runsGuests: false,
    };
  }

  async describe(): Promise<HostDescription> {
    return this.#description;
  }

  async read(): Promise<HostState> {
    return this.state;
  }

  async usage(pools?: readonly string[]): Promise<Usage> {
    const wanted = this.state.domains.filter(({ pool }) => pools === undefined || pools.includes(pool));
    return {
      nowNs: ns(this.nowNs),
      domains: wanted.map(({ id, vcpus, workload, paused }) => ({
        id,
        vcpuNs: Array.from({ length: vcpus }, () => ns(workload.kind === 'idle' ? 0 : this.nowNs / 2)),
        vcpuStates: Array.from({ length: vcpus }, () => ({
          cpu: 0 as Cpu,
          state: paused ? ('paused' as const) : ('running' as const),
        })),
        demandPercent: demandPercent(workload),
      })),
    };
  }

  createPool = (pool: string, scheduler: SchedulerName) => this.#take({ do: 'createPool', pool, scheduler });
  destroyPool = (pool: string) => this.#take({ do: 'destroyPool', pool });
  renamePool = (pool: string, to: string) => this.#take({ do: 'renamePool', pool, to });
  moveCpu = (cpu: Cpu, to: string) => this.#take({ do: 'moveCpu', cpu, to });
  setCpuOnline = (cpu: Cpu, online: boolean) => this.#take({ do: 'setCpuOnline', cpu, online });
  setPoolNodes = (pool: string, nodes: readonly NodeId[] | null) =>
    this.#take({ do: 'setPoolNodes', pool, nodes });
  setPoolParams = (pool: string, params: SchedulerParams) =>
    this.#take({ do: 'setPoolParams', pool, params });
  setPoolScheduler = (pool: string, scheduler: SchedulerName, params: SchedulerParams) =>
    this.#take({ do: 'setPoolScheduler', pool, scheduler, params });
  createDomain = (spec: DomainSpec) => this.#take({ do: 'createDomain', spec });
  destroyDomain = (domain: DomainId) => this.#take({ do: 'destroyDomain', domain });
  renameDomain = (domain: DomainId, to: string) => this.#take({ do: 'renameDomain', domain, to });
  moveDomain = (domain: DomainId, to: string, scheduling: Scheduling) =>
    this.#take({ do: 'moveDomain', domain, to, scheduling });
  setScheduling = (domain: DomainId, scheduling: Scheduling) =>
    this.#take({ do: 'setScheduling', domain, scheduling });
  setPaused = (domain: DomainId, paused: boolean) => this.#take({ do: 'setPaused', domain, paused });
  shutdownDomain = (domain: DomainId) => this.#take({ do: 'shutdownDomain', domain });

  async close(): Promise<void> {}

  async #take(step: Step): Promise<Outcome<void>> {
    const fate = this.fate(step);
    if (fate === 'crash-before') return new Promise(() => {});
    if (fate === 'throw') throw new Error('the driver broke');
    if (fate === 'refuse' || !isPossible(this.state, step))
      return refuse({ code: 'host-failed', step: step.do, why: 'it did not like to', undone: false });
    this.state = applyToModel(this.state, step);
    this.taken.push(step);
    return fate === 'crash-after' ? new Promise(() => {}) : done(undefined);
  }
}

/** What any host insists on: the objects are there, and nothing is left without a place. */
function isPossible(state: HostState, step: Step): boolean {
  const pool = (name: string) => state.pools.find((one) => one.name === name);
  const hasMembers = (name: string) => state.domains.some((domain) => domain.pool === name);
  const hasRoom = (name: string) => (pool(name)?.cpus.length ?? 0) > 0;
  switch (step.do) {
    case 'createPool':
      return pool(step.pool) === undefined;
    case 'destroyPool':
      return pool(step.pool)?.cpus.length === 0 && !hasMembers(step.pool) && step.pool !== POOL0;
    case 'renamePool':
      return pool(step.pool) !== undefined && pool(step.to) === undefined;
    case 'setPoolNodes':
    case 'setPoolParams':
    case 'setPoolScheduler':
      return pool(step.pool) !== undefined;
    case 'moveCpu': {
      const from = state.pools.find(({ cpus }) => cpus.includes(step.cpu));
      if (from === undefined || pool(step.to) === undefined) return false;
      return from.cpus.length > 1 || !hasMembers(from.name);
    }
    case 'setCpuOnline':
      return state.online.includes(step.cpu) !== step.online;
    case 'createDomain':
      return hasRoom(step.spec.pool) && state.domains.every(({ id }) => id !== step.spec.id);
    case 'moveDomain':
      return hasRoom(step.to) && state.domains.some(({ id }) => id === step.domain);
    default:
      return state.domains.some(({ id }) => id === step.domain);
  }
}

/** A host in the state that these steps lead to. */
export async function hostAfter(host: ModelHost, steps: readonly Step[]): Promise<ModelHost> {
  for (const step of steps) {
    const result = await applyStep(host, step);
    if (!result.ok) throw new Error(`not possible here: ${JSON.stringify(step)}`);
  }
  return host;
}
