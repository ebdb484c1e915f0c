import {
  type Cpu,
  type DomainId,
  type DomainSpec,
  done,
  type Host,
  type HostDescription,
  type HostState,
  type NodeId,
  type Ns,
  type Outcome,
  refuse,
  type SchedulerName,
  type SchedulerParams,
  type Scheduling,
  type Usage,
} from '../../interface/index.ts';
import { readSysTopology } from '../topology/sys.ts';
import { release, startAdopted } from './adopt.ts';
import { keepPins } from './bystanders.ts';
import { CgroupFiles } from './cgroup-files.ts';
import { noParams, noRoom, notOffered } from './checks.ts';
import { chooseCarrier } from './choose-carrier.ts';
import { contentionOf } from './contention.ts';
import { moveCpus, switchCpu } from './cpus.ts';
import { end, move, schedule, setPaused, settle, shutDown, start, withDomain } from './domains.ts';
import { giveBack } from './give-back.ts';
import { wakeGuest } from './guest/guest.ts';
import { Intruders } from './intruders.ts';
import { type DomainLook, type Ground, type Look, look, type PoolLook } from './look.ts';
import { removeFinder } from './lost.ts';
import { mendPool } from './mend-pool.ts';
import { createPool, destroyPool, renamePool, setPoolNodes } from './pools.ts';
import { details, gatherFacts, judge, kernelVersion } from './probe.ts';
import { RecentLook } from './recent-look.ts';
import { readBounds } from './schedulers/bounds.ts';
import { changeScheduler } from './schedulers/change.ts';
import { FIDELITY, OFFERED, schedulerOf } from './schedulers/offered.ts';
import { membersIn, settleAll } from './schedulers/settle.ts';
import { stateOf } from './state.ts';
import { nothingKnown, Store } from './state-file.ts';
import { Strays } from './strays.ts';
import { Turns } from './turns.ts';
import { usageOf } from './usage.ts';
import { Watch } from './watch.ts';

const STATE_FILE = '/run/cpu-pools/linux.json';
const CPUS = '/sys/devices/system/cpu';
/** How long a thread may be where nobody has put it. */
const NEWCOMERS_MS = 2_000;

/** The driver of this machine. `clock`: nanoseconds, never backwards. */
export async function openLinux(clock: () => number): Promise<Outcome<LinuxHost>> {
  const root = judge(gatherFacts());
  if (!root.ok) return root;
  const topology = readSysTopology();
  if (!topology.ok) return topology;
  const groups = new CgroupFiles(root.value);
  const carrier = await chooseCarrier(groups);
  if (!carrier.ok) return carrier;
  const tidied = await removeFinder(groups);
  if (!tidied.ok) return tidied;
  const ground: Ground = {
    groups,
    carrier: carrier.value,
    cpuFiles: new CgroupFiles(CPUS),
    topology: topology.value,
    store: new Store(STATE_FILE, nothingKnown(carrier.value.names.pool0)),
    strays: new Strays(),
    intruders: new Intruders(),
    suspects: new Set(),
  };
  return done(new LinuxHost(ground, clock));
}

/**
 * Pools as cpuset partitions directly below the root cgroup, domains as cgroups in them. The tree is the truth; every
 * step begins with a look at it, and every look and step takes its turn.
 */
export class LinuxHost implements Host {
  readonly #ground: Ground;
  readonly #clock: () => number;
  readonly #turns = new Turns();
  readonly #recent = new RecentLook();
  #watch: Watch | null = null;

  constructor(ground: Ground, clock: () => number) {
    this.#ground = ground;
    this.#clock = clock;
  }

  async describe(): Promise<HostDescription> {
    const { groups, carrier, topology } = this.#ground;
    const example = groups.children('').find((directory) => groups.has(directory, 'cpuset.cpus.partition'));
    return {
      driver: 'linux',
      version: kernelVersion(),
      topology,
      schedulers: OFFERED,
      keepsDomains: true,
      changesScheduler: true,
      movesMemory: true,
      executes: true,
      runsGuests: true,
      fidelity: FIDELITY,
      bounds: readBounds(),
      adopts: carrier.units === null ? ['pid', 'libvirt'] : ['pid', 'unit', 'libvirt'],
      lacksParams: ['timesliceMs', 'ratelimitUs', 'migrationDelayUs'],
      details: details(groups, carrier.words, example ?? null),
    };
  }

  read(): Promise<HostState> {
    return this.#look(async (seen) => stateOf(this.#ground, seen, this.#now()));
  }

  usage(pools?: readonly string[]): Promise<Usage> {
    return this.#look(async (seen) => {
      const { groups } = this.#ground;
      const isWanted = ({ name }: PoolLook) => pools === undefined || pools.includes(name);
      return {
        nowNs: this.#now(),
        domains: seen.domains.filter(({ pool }) => isWanted(pool)).map((domain) => usageOf(groups, domain)),
        // What waits in pool0 is anything on this host.
        pools: seen.pools
          .slice(1)
          .filter(isWanted)
          .map(({ name, directory }) => ({ name, ...contentionOf(groups, directory) })),
      };
    });
  }

  createPool(name: string, scheduler: SchedulerName): Promise<Outcome<void>> {
    return this.#change(async (seen) => {
      const created = await createPool(this.#ground, seen, name, scheduler);
      if (created.ok) this.#keep(created.value);
      return created.ok ? done(undefined) : created;
    });
  }

  destroyPool(name: string): Promise<Outcome<void>> {
    return this.#withPool(name, (pool, seen) =>
      keepPins(this.#ground, () => destroyPool(this.#ground, seen, pool)),
    );
  }

  renamePool(name: string, to: string): Promise<Outcome<void>> {
    return this.#withPool(name, (pool, seen) => renamePool(this.#ground, seen, pool, to));
  }

  moveCpu(cpu: Cpu, to: string): Promise<Outcome<void>> {
    return this.moveCpus([cpu], to);
  }

  moveCpus(cpus: readonly Cpu[], to: string): Promise<Outcome<void>> {
    return this.#withPool(to, async (pool, seen) => {
      const moved = await keepPins(this.#ground, () => moveCpus(this.#ground, seen, cpus, pool));
      const settled = moved.ok ? await settleAll(this.#ground, moved.value) : moved;
      if (moved.ok && settled.ok) this.#keep(moved.value);
      return settled;
    });
  }

  setCpuOnline(cpu: Cpu, online: boolean): Promise<Outcome<void>> {
    return this.#change(async (seen) => {
      const switched = await keepPins(this.#ground, () => switchCpu(this.#ground, seen, cpu, online));
      return switched.ok ? settleAll(this.#ground, await look(this.#ground)) : switched;
    });
  }

  setPoolNodes(name: string, nodes: readonly NodeId[] | null): Promise<Outcome<void>> {
    return this.#withPool(name, (pool) => setPoolNodes(this.#ground, pool, nodes));
  }

  setPoolParams(name: string, params: SchedulerParams): Promise<Outcome<void>> {
    return this.#withPool(name, async () => noParams(params) ?? done(undefined));
  }

  setPoolScheduler(name: string, scheduler: SchedulerName, params: SchedulerParams): Promise<Outcome<void>> {
    return this.#withPool(
      name,
      async (pool, seen) =>
        notOffered(scheduler) ??
        noParams(params) ??
        keepPins(this.#ground, () => changeScheduler(this.#ground, seen, pool, scheduler)),
    );
  }

  createDomain(spec: DomainSpec): Promise<Outcome<void>> {
    return this.#withPool(spec.pool, async (pool, seen) => {
      const { id, name } = spec;
      if (pool.cpus.length === 0) return refuse({ code: 'pool-needs-a-cpu', pool: pool.name });
      if (seen.domains.some((domain) => domain.id === id))
        return refuse({ code: 'domain-exists', domain: name, id });
      const { adopted } = spec;
      if (adopted !== undefined)
        return keepPins(this.#ground, () => startAdopted(this.#ground, seen, pool, { ...spec, adopted }));
      return noRoom(this.#ground, seen, spec) ?? start(this.#ground, seen, pool, spec);
    });
  }

  destroyDomain(id: DomainId): Promise<Outcome<void>> {
    return this.#withDomain(id, (domain, seen) => end(this.#ground, seen, domain));
  }

  releaseDomain(id: DomainId): Promise<Outcome<void>> {
    return this.#withDomain(id, (domain, seen) =>
      keepPins(this.#ground, () => release(this.#ground, seen, domain)),
    );
  }

  renameDomain(id: DomainId, to: string): Promise<Outcome<void>> {
    return this.#withDomain(id, (domain) =>
      this.#ground.store.save(withDomain(this.#ground, domain, { name: to })),
    );
  }

  moveDomain(id: DomainId, to: string, scheduling: Scheduling): Promise<Outcome<void>> {
    return this.#withDomain(id, async (domain, seen) => {
      const target = seen.pools.find(({ name }) => name === to);
      if (target === undefined) return refuse({ code: 'unknown-pool', pool: to });
      if (target.cpus.length === 0) return refuse({ code: 'pool-needs-a-cpu', pool: to });
      return target === domain.pool
        ? settle(this.#ground, seen, domain, scheduling)
        : move(this.#ground, seen, domain, target, scheduling);
    });
  }

  setScheduling(id: DomainId, scheduling: Scheduling): Promise<Outcome<void>> {
    return this.#withDomain(id, (domain, seen) => schedule(this.#ground, seen, domain, scheduling));
  }

  setPaused(id: DomainId, paused: boolean): Promise<Outcome<void>> {
    return this.#withDomain(id, (domain, seen) => setPaused(this.#ground, seen, domain, paused));
  }

  shutdownDomain(id: DomainId): Promise<Outcome<void>> {
    return this.#withDomain(id, (domain) => shutDown(this.#ground, domain));
  }

  watch(notice: () => void): () => void {
    const watch = new Watch(this.#ground, () => {
      this.#recent.forget();
      notice();
    });
    this.#watch = watch;
    void this.#change(async (seen) => {
      for (const domain of seen.domains) await wakeGuest(this.#ground, domain, membersIn(seen, domain.pool));
    });
    const timer = setInterval(() => this.#settleNewcomers(), NEWCOMERS_MS).unref();
    return () => {
      clearInterval(timer);
      watch.close();
      this.#watch = null;
    };
  }

  mendPool(name: string, cpus: readonly Cpu[]): Promise<Outcome<readonly string[]>> {
    return this.#withPool(name, (pool, seen) =>
      keepPins(this.#ground, () => mendPool(this.#ground, seen, pool, cpus)),
    );
  }

  async close(): Promise<void> {
    this.#watch?.close();
    await this.#turns.take(async () => {});
  }

  release(): Promise<Outcome<void>> {
    return this.#change((seen) => giveBack(this.#ground, seen));
  }

  /** Threads begin when they like, and where their parents are. What cannot be done now is tried again. */
  #settleNewcomers(): void {
    const { pools, domains } = this.#ground.store.records;
    const watched = pools.filter(({ scheduler }) => schedulerOf(scheduler).seesNewcomers);
    if (!domains.some(({ home }) => watched.some(({ directory }) => directory === home))) return;
    void this.#turns.take(async () => settleAll(this.#ground, await look(this.#ground)));
  }

  #look<T>(work: (seen: Look) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => work(await this.#see()));
  }

  #change<T>(work: (seen: Look) => Promise<T>): Promise<T> {
    return this.#look((seen) => {
      this.#recent.forget();
      return work(seen);
    });
  }

  async #see(): Promise<Look> {
    const { store } = this.#ground;
    // Only who listens hears what others have changed since.
    const recent = this.#watch === null ? null : this.#recent.get(store.records);
    return recent ?? this.#keep(await look(this.#ground));
  }

  #keep(seen: Look): Look {
    this.#watch?.follow(seen);
    this.#recent.keep(seen);
    return seen;
  }

  #withPool<T>(name: string, work: (pool: PoolLook, seen: Look) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    return this.#change(async (seen) => {
      const pool = seen.pools.find((one) => one.name === name);
      return pool === undefined ? refuse({ code: 'unknown-pool', pool: name }) : work(pool, seen);
    });
  }

  #withDomain(
    id: DomainId,
    work: (domain: DomainLook, seen: Look) => Promise<Outcome<void>>,
  ): Promise<Outcome<void>> {
    return this.#change(async (seen) => {
      const domain = seen.domains.find((one) => one.id === id);
      return domain === undefined ? refuse({ code: 'unknown-domain', domain: `${id}` }) : work(domain, seen);
    });
  }

  #now(): Ns {
    return Math.round(this.#clock()) as Ns;
  }
}
