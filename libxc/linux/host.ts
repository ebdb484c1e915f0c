import {
  BOOT_CPU,
  type Cpu,
  type DomainId,
  type DomainSpec,
  type DomainState,
  done,
  type Host,
  type HostDescription,
  type HostState,
  type NodeId,
  type NodeMemory,
  type Ns,
  type Outcome,
  POOL0,
  type Refused,
  refuse,
  SCHEDULERS,
  type SchedulerName,
  type SchedulerParams,
  type Scheduling,
  type Usage,
} from '../../interface/index.ts';
import { readSysTopology } from '../topology/sys.ts';
import { CgroupFiles } from './cgroup-files.ts';
import { type CpuChange, changeCpus, holderOf } from './cpus.ts';
import { end, move, preparePool, schedule, start, withDomain } from './domains.ts';
import { giveBack } from './give-back.ts';
import { type DomainLook, type Ground, type Look, look, nodesOf, type PoolLook } from './look.ts';
import { isFrozen, setFrozen } from './members.ts';
import { poolDirectory } from './names.ts';
import { setNodes } from './nodes.ts';
import { details, gatherFacts, judge, kernelVersion } from './probe.ts';
import { POOL0_RECORD, type PoolRecord, Store } from './state-file.ts';
import { Turns } from './turns.ts';
import { usageOf } from './usage.ts';

/** The kernel's fair class serves both: it shares by weight and caps by quota inside a partition. */
const OFFERED: readonly SchedulerName[] = ['credit', 'credit2'];

const STATE_FILE = '/run/cpu-pools/linux.json';
const CPUS = '/sys/devices/system/cpu';

/** The driver of this machine. `clock`: nanoseconds, never backwards. */
export async function openLinux(clock: () => number): Promise<Outcome<LinuxHost>> {
  const root = judge(gatherFacts());
  if (!root.ok) return root;
  const topology = readSysTopology();
  if (!topology.ok) return topology;
  const ground: Ground = {
    groups: new CgroupFiles(root.value),
    cpuFiles: new CgroupFiles(CPUS),
    topology: topology.value,
    store: new Store(STATE_FILE),
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

  constructor(ground: Ground, clock: () => number) {
    this.#ground = ground;
    this.#clock = clock;
  }

  async describe(): Promise<HostDescription> {
    const { groups, topology } = this.#ground;
    const example = groups.children('').find((directory) => groups.has(directory, 'cpuset.cpus.partition'));
    return {
      driver: 'linux',
      version: kernelVersion(),
      topology,
      schedulers: OFFERED,
      keepsDomains: true,
      changesScheduler: true,
      executes: true,
      lacksParams: ['timesliceMs', 'ratelimitUs', 'migrationDelayUs'],
      details: details(groups, example ?? null),
    };
  }

  read(): Promise<HostState> {
    return this.#look(async (seen) => this.#state(seen));
  }

  usage(pools?: readonly string[]): Promise<Usage> {
    return this.#look(async ({ domains }) => {
      const { groups } = this.#ground;
      const nowNs = this.#now();
      const wanted = domains.filter(({ pool }) => pools === undefined || pools.includes(pool.name));
      return { nowNs, domains: wanted.map((domain) => usageOf(groups, domain)) };
    });
  }

  createPool(name: string, scheduler: SchedulerName): Promise<Outcome<void>> {
    return this.#look(async ({ pools }) => {
      const refused = exists(pools, name) ?? notOffered(scheduler);
      if (refused) return refused;
      const { groups, store } = this.#ground;
      const directory = poolDirectory(name, new Set(groups.children('')));
      const prepared = await preparePool(this.#ground, directory);
      const { records } = store;
      const pool: PoolRecord = { ...POOL0_RECORD, name, directory, scheduler };
      const saved = prepared.ok
        ? await store.save({ ...records, pools: [...records.pools, pool] })
        : prepared;
      if (!saved.ok && groups.has(directory)) await groups.remove(directory);
      return saved;
    });
  }

  destroyPool(name: string): Promise<Outcome<void>> {
    return this.#withPool(name, async (pool, seen) => {
      if (name === POOL0) return refuse({ code: 'pool0-stays', what: 'destroyed' });
      const domains = membersOf(seen, pool);
      if (domains.length > 0) return refuse({ code: 'pool-has-members', pool: name, domains });
      if (pool.cpus.length > 0) return refuse({ code: 'pool-has-cpus', pool: name, cpus: pool.cpus });
      const { groups, store } = this.#ground;
      const removed = await groups.remove(pool.directory);
      if (!removed.ok) return removed;
      const pools = store.records.pools.filter(({ directory }) => directory !== pool.directory);
      await store.follow({ ...store.records, pools });
      return removed;
    });
  }

  renamePool(name: string, to: string): Promise<Outcome<void>> {
    return this.#withPool(name, async (pool, { pools }) => {
      if (name === POOL0) return refuse({ code: 'pool0-stays', what: 'renamed' });
      return exists(pools, to) ?? this.#record(pool, { name: to });
    });
  }

  moveCpu(cpu: Cpu, to: string): Promise<Outcome<void>> {
    return this.#withPool(to, async (target, seen) => {
      const source = this.#ownerOf(seen, cpu);
      if (!source.ok) return source;
      if (source.value === target) return done(undefined);
      const holder = holderOf(this.#ground, seen, cpu);
      if (holder !== null) return refuse({ code: 'cpu-held', cpu, holder });
      return (
        mayRelease(seen, source.value, cpu) ??
        changeCpus(this.#ground, seen, [...without(source.value, cpu), ...including(target, cpu)])
      );
    });
  }

  setCpuOnline(cpu: Cpu, online: boolean): Promise<Outcome<void>> {
    return this.#look(async (seen) => {
      const source = this.#ownerOf(seen, cpu);
      if (!source.ok && source.refusal.code !== 'cpu-offline') return source;
      if (source.ok === online) return done(undefined);
      const refused = source.ok ? mayRelease(seen, source.value, cpu) : null;
      if (refused) return refused;
      // Also a pool that had it when somebody else took it offline would get it back.
      const holders = seen.pools.filter(({ listed }) => listed.includes(cpu));
      const changes = holders.flatMap((pool) => without(pool, cpu));
      const given = await changeCpus(this.#ground, seen, changes);
      if (!given.ok) return given;
      const switched = await this.#ground.cpuFiles.write(`cpu${cpu}`, 'online', online ? '1' : '0');
      if (!switched.ok && !online)
        await changeCpus(
          this.#ground,
          await look(this.#ground),
          holders.map(({ ...pool }) => ({ pool, cpus: pool.cpus })),
        );
      return switched;
    });
  }

  setPoolNodes(name: string, nodes: readonly NodeId[] | null): Promise<Outcome<void>> {
    return this.#withPool(name, async (pool) => {
      const known = this.#ground.topology.nodes.map(({ node }) => node);
      const stranger = nodes?.find((node) => !known.includes(node));
      if (stranger !== undefined) return refuse({ code: 'unknown-node', node: stranger, nodes: known });
      const prepared = await preparePool(this.#ground, pool.directory);
      const set = prepared.ok ? await setNodes(this.#ground.groups, pool.directory, nodes) : prepared;
      return set.ok ? this.#record(pool, { nodes }) : set;
    });
  }

  setPoolParams(name: string, params: SchedulerParams): Promise<Outcome<void>> {
    return this.#withPool(name, async () => noParams(params) ?? done(undefined));
  }

  setPoolScheduler(name: string, scheduler: SchedulerName, params: SchedulerParams): Promise<Outcome<void>> {
    return this.#withPool(
      name,
      async (pool) => notOffered(scheduler) ?? noParams(params) ?? this.#record(pool, { scheduler }),
    );
  }

  createDomain(spec: DomainSpec): Promise<Outcome<void>> {
    return this.#withPool(spec.pool, async (pool, seen) => {
      const { id, name } = spec;
      if (pool.cpus.length === 0) return refuse({ code: 'pool-needs-a-cpu', pool: pool.name });
      if (seen.domains.some((domain) => domain.id === id))
        return refuse({ code: 'domain-exists', domain: name, id });
      return this.#hasRoom(seen, spec) ?? start(this.#ground, seen, pool, spec);
    });
  }

  destroyDomain(id: DomainId): Promise<Outcome<void>> {
    return this.#withDomain(id, (domain, seen) => end(this.#ground, seen, domain));
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
        ? schedule(this.#ground, seen, domain, scheduling)
        : move(this.#ground, seen, domain, target, scheduling);
    });
  }

  setScheduling(id: DomainId, scheduling: Scheduling): Promise<Outcome<void>> {
    return this.#withDomain(id, (domain, seen) => schedule(this.#ground, seen, domain, scheduling));
  }

  setPaused(id: DomainId, paused: boolean): Promise<Outcome<void>> {
    return this.#withDomain(id, ({ directory }) => setFrozen(this.#ground.groups, directory, paused));
  }

  async close(): Promise<void> {
    await this.#turns.take(async () => {});
  }

  release(): Promise<Outcome<void>> {
    return this.#look((seen) => giveBack(this.#ground, seen));
  }

  #look<T>(work: (seen: Look) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => work(await look(this.#ground)));
  }

  #withPool(
    name: string,
    work: (pool: PoolLook, seen: Look) => Promise<Outcome<void>>,
  ): Promise<Outcome<void>> {
    return this.#look(async (seen) => {
      const pool = seen.pools.find((one) => one.name === name);
      return pool === undefined ? refuse({ code: 'unknown-pool', pool: name }) : work(pool, seen);
    });
  }

  #withDomain(
    id: DomainId,
    work: (domain: DomainLook, seen: Look) => Promise<Outcome<void>>,
  ): Promise<Outcome<void>> {
    return this.#look(async (seen) => {
      const domain = seen.domains.find((one) => one.id === id);
      return domain === undefined ? refuse({ code: 'unknown-domain', domain: `${id}` }) : work(domain, seen);
    });
  }

  #record({ directory }: PoolLook, change: Partial<PoolRecord>): Promise<Outcome<void>> {
    const { store } = this.#ground;
    const pools = store.records.pools.map((pool) =>
      pool.directory === directory ? { ...pool, ...change } : pool,
    );
    return store.save({ ...store.records, pools });
  }

  #ownerOf({ pools }: Look, cpu: Cpu): Outcome<PoolLook> {
    const { cpus } = this.#ground.topology;
    if (cpus[cpu] === undefined) return refuse({ code: 'unknown-cpu', cpu, cpus: cpus.length });
    const owner = pools.find((pool) => pool.cpus.includes(cpu));
    return owner === undefined ? refuse({ code: 'cpu-offline', cpu }) : done(owner);
  }

  #state(seen: Look): HostState {
    const { groups } = this.#ground;
    return {
      nowNs: this.#now(),
      online: seen.online,
      pools: seen.pools.map((pool) => ({
        name: pool.name,
        scheduler: pool.scheduler,
        params: {},
        cpus: pool.cpus,
        nodes: nodesOf(groups, pool),
      })),
      domains: seen.domains.map((domain) => stateOf(domain, isFrozen(groups, domain.directory))),
      memory: this.#memory(seen),
    };
  }

  /** Linux sets nothing aside: what is free here is what no domain was promised. */
  #memory({ domains }: Look): NodeMemory[] {
    const promised = new Map<NodeId, number>();
    for (const { memory } of domains)
      for (const { node, mib } of memory) promised.set(node, (promised.get(node) ?? 0) + mib);
    return this.#ground.topology.nodes.map(({ node, memoryMib }) => ({
      node,
      totalMib: memoryMib,
      freeMib: Math.max(0, memoryMib - (promised.get(node) ?? 0)),
    }));
  }

  #hasRoom(seen: Look, { memory, pool }: DomainSpec): Refused | null {
    const free = new Map(this.#memory(seen).map(({ node, freeMib }) => [node, freeMib]));
    const short = memory.find(({ node, mib }) => mib > (free.get(node) ?? 0));
    if (short === undefined) return null;
    const { node, mib } = short;
    const freeMib = free.get(node) ?? 0;
    return refuse({ code: 'too-little-memory', wantedMib: mib, freeMib, nodes: [node], pool });
  }

  #now(): Ns {
    return Math.round(this.#clock()) as Ns;
  }
}

const stateOf = (domain: DomainLook, paused: boolean): DomainState => {
  const { id, name, pool, vcpus, scheduling, memory, workload, exec } = domain;
  const spec = { id, name, pool: pool.name, vcpus, scheduling, memory, paused, workload };
  return exec === undefined ? spec : { ...spec, exec };
};

const membersOf = ({ domains }: Look, pool: PoolLook): DomainId[] =>
  domains.filter((domain) => domain.pool === pool).map(({ id }) => id);

const exists = (pools: readonly PoolLook[], name: string): Refused | null =>
  pools.some((pool) => pool.name === name) ? refuse({ code: 'pool-exists', pool: name }) : null;

function notOffered(scheduler: SchedulerName): Refused | null {
  if (OFFERED.includes(scheduler)) return null;
  return SCHEDULERS.includes(scheduler)
    ? refuse({ code: 'not-offered', what: `the scheduler ${scheduler}`, driver: 'linux' })
    : refuse({ code: 'unknown-scheduler', scheduler, offered: OFFERED });
}

function noParams(params: SchedulerParams): Refused | null {
  const [name] = Object.keys(params);
  return name === undefined
    ? null
    : refuse({ code: 'not-offered', what: `the parameter ${name}`, driver: 'linux' });
}

/** The last cpu may leave only an empty pool: its domains would have nowhere of their own to run. */
function mayRelease(seen: Look, pool: PoolLook, cpu: Cpu): Refused | null {
  if (cpu === BOOT_CPU) return refuse({ code: 'boot-cpu-stays' });
  const domains = membersOf(seen, pool);
  return pool.cpus.length === 1 && domains.length > 0
    ? refuse({ code: 'pool-would-starve', pool: pool.name, domains })
    : null;
}

/** pool0 has what the partitions leave: nothing is to be done for it. */
const without = (pool: PoolLook, cpu: Cpu): CpuChange[] =>
  pool.name === POOL0 ? [] : [{ pool, cpus: pool.cpus.filter((one) => one !== cpu) }];

const including = (pool: PoolLook, cpu: Cpu): CpuChange[] =>
  pool.name === POOL0 ? [] : [{ pool, cpus: [...pool.cpus, cpu].sort((a, b) => a - b) }];
