import { Machine, type View } from '../../hypervisor/index.ts';
import { OFFERED } from '../../hypervisor/sched/create.ts';
import type {
  DomainSpec,
  DomainUsage,
  Host,
  HostDescription,
  HostState,
  SchedulerParams,
  Scheduling,
  Usage,
} from '../../interface/host.ts';
import type { Outcome } from '../../interface/outcome.ts';
import type { Topology } from '../../interface/topology.ts';
import {
  type Cpu,
  DOMAIN0,
  DOMAIN0_NAME,
  type DomainId,
  LIMITS,
  type NodeId,
  type Ns,
  POOL0,
  type SchedulerName,
} from '../../interface/words.ts';
import { demandPercent, IDLE } from '../../interface/workload.ts';

export interface EmbeddedOptions {
  readonly topology: Topology;
  /** Nanoseconds, never backwards: the wall clock for a live host, a variable for a scenario. */
  readonly clock: () => number;
  readonly seed?: number;
  /** About how many events may be spent on catching up after a long rest; `null` (the default): all of them. */
  readonly catchUpEvents?: number | null;
  readonly view?: View;
}

/** About 0.05 s of one core: what an answer after a long rest may cost. */
export const LIVE_CATCH_UP_EVENTS = 300_000;

/** What Domain-0 takes of the first node, and the most: a quarter of it. */
const DOMAIN0_MEMORY_MIB = 1024;
const DOMAIN0_PART = 4;

/** The driver of the embedded hypervisor. The machine follows the clock lazily: pool by pool, when asked. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedHost> {
  return new EmbeddedHost(options);
}

export class EmbeddedHost implements Host {
  readonly machine: Machine;
  readonly #clock: () => number;
  readonly #startNs: number;

  constructor({ topology, clock, seed = 1, catchUpEvents = null, view = {} }: EmbeddedOptions) {
    this.machine = new Machine(topology, seed, catchUpEvents ?? Infinity, view);
    this.#clock = clock;
    this.#startNs = clock();
    this.machine.createDomain(domain0(topology), 0);
    for (const cpu of topology.offline ?? []) this.machine.setCpuOnline(cpu, false, 0);
  }

  #now(): number {
    return Math.round(this.#clock() - this.#startNs);
  }

  async describe(): Promise<HostDescription> {
    return {
      driver: 'embedded',
      version: 'embedded hypervisor',
      topology: this.machine.topology,
      schedulers: OFFERED,
      keepsDomains: false,
      changesScheduler: true,
      movesMemory: false,
      executes: false,
      runsGuests: false,
    };
  }

  async read(): Promise<HostState> {
    const { machine } = this;
    return {
      nowNs: this.#now() as Ns,
      online: machine.online(),
      pools: machine.pools(),
      domains: machine.specs(),
      memory: machine.memory(),
    };
  }

  async usage(pools?: readonly string[]): Promise<Usage> {
    const { machine } = this;
    const nowNs = this.#now();
    const wanted = pools === undefined ? null : new Set(pools);
    const domains = machine
      .domains()
      .filter(({ home }) => wanted === null || wanted.has(home.name))
      .map(
        (domain): DomainUsage => ({
          id: domain.id,
          vcpuNs: machine.cpuTimes(domain, nowNs) as Ns[],
          vcpuStates: machine.vcpuStates(domain, nowNs),
          demandPercent: demandPercent(domain.home.pool.workload(domain.slot)),
        }),
      );
    return { nowNs: nowNs as Ns, domains };
  }

  async createPool(name: string, scheduler: SchedulerName): Promise<Outcome<void>> {
    return this.machine.createPool(name, scheduler, this.#now());
  }

  async destroyPool(name: string): Promise<Outcome<void>> {
    return this.machine.destroyPool(name);
  }

  async renamePool(name: string, to: string): Promise<Outcome<void>> {
    return this.machine.renamePool(name, to);
  }

  async moveCpu(cpu: Cpu, to: string): Promise<Outcome<void>> {
    return this.machine.moveCpu(cpu, to, this.#now());
  }

  async setCpuOnline(cpu: Cpu, online: boolean): Promise<Outcome<void>> {
    return this.machine.setCpuOnline(cpu, online, this.#now());
  }

  async setPoolNodes(name: string, nodes: readonly NodeId[] | null): Promise<Outcome<void>> {
    return this.machine.setPoolNodes(name, nodes);
  }

  async setPoolParams(name: string, params: SchedulerParams): Promise<Outcome<void>> {
    return this.machine.setPoolParams(name, params, this.#now());
  }

  async setPoolScheduler(
    name: string,
    scheduler: SchedulerName,
    params: SchedulerParams,
  ): Promise<Outcome<void>> {
    return this.machine.setPoolScheduler(name, scheduler, params, this.#now());
  }

  async createDomain(spec: DomainSpec): Promise<Outcome<void>> {
    return this.machine.createDomain(spec, this.#now());
  }

  async destroyDomain(id: DomainId): Promise<Outcome<void>> {
    return this.machine.destroyDomain(id, this.#now());
  }

  async renameDomain(id: DomainId, to: string): Promise<Outcome<void>> {
    return this.machine.renameDomain(id, to);
  }

  async moveDomain(id: DomainId, pool: string, scheduling: Scheduling): Promise<Outcome<void>> {
    return this.machine.moveDomain(id, pool, scheduling, this.#now());
  }

  async setScheduling(id: DomainId, scheduling: Scheduling): Promise<Outcome<void>> {
    return this.machine.setScheduling(id, scheduling, this.#now());
  }

  async setPaused(id: DomainId, paused: boolean): Promise<Outcome<void>> {
    return this.machine.setPaused(id, paused, this.#now());
  }

  /** No workload has anything to finish. */
  async shutdownDomain(id: DomainId): Promise<Outcome<void>> {
    return this.machine.destroyDomain(id, this.#now());
  }

  async close(): Promise<void> {}
}

function domain0(topology: Topology): DomainSpec {
  const home = topology.nodes[0]!;
  const mib = Math.min(DOMAIN0_MEMORY_MIB, Math.floor(home.memoryMib / DOMAIN0_PART));
  return {
    id: DOMAIN0,
    name: DOMAIN0_NAME,
    pool: POOL0,
    vcpus: 1,
    scheduling: { weight: LIMITS.weight.default, cap: 0, affinity: [{ hard: null, soft: null }] },
    memory: [{ node: home.node, mib }],
    paused: false,
    workload: IDLE,
  };
}
