import type { GuestSpec } from './guest.ts';
import type { Outcome } from './outcome.ts';
import type { Topology } from './topology.ts';
import type { Cpu, DomainId, NodeId, Ns, SchedulerName } from './words.ts';
import type { Workload } from './workload.ts';

/**
 * The contract every driver keeps: the primitive operations that Xen's own control interface has, each whole or
 * refused, each read back by the driver before it says done. No policy: what may be asked, and in which order, is
 * decided above (xend/planning). Pools are known by name, domains by id; both are chosen by the caller, so that a
 * journalled plan means the same after a restart.
 *
 * A driver passes `libxc/conformance.ts`.
 */
export interface Host {
  describe(): Promise<HostDescription>;
  /** How everything is set up, at one instant. */
  read(): Promise<HostState>;
  /** What the domains do and have used until now; of these pools only, or of all. */
  usage(pools?: readonly string[]): Promise<Usage>;

  /** A pool without cpus, memory from anywhere, default parameters. */
  createPool(name: string, scheduler: SchedulerName): Promise<Outcome<void>>;
  /** Only a pool without cpus and members. */
  destroyPool(name: string): Promise<Outcome<void>>;
  renamePool(name: string, to: string): Promise<Outcome<void>>;
  /** Takes an online cpu out of its pool and puts it into another; never seen in neither or in both. */
  moveCpu(cpu: Cpu, to: string): Promise<Outcome<void>>;
  /** Many at once, all or none, where that is less work than one after the other. */
  moveCpus?(cpus: readonly Cpu[], to: string): Promise<Outcome<void>>;
  /** An offline cpu is in no pool; one that comes online joins pool0. */
  setCpuOnline(cpu: Cpu, online: boolean): Promise<Outcome<void>>;
  /** `null`: no nodes of its own. Affects memory given from now on. */
  setPoolNodes(name: string, nodes: readonly NodeId[] | null): Promise<Outcome<void>>;
  setPoolParams(name: string, params: SchedulerParams): Promise<Outcome<void>>;
  /** Its members run on under the new scheduler, with what they had. Only where `changesScheduler`. */
  setPoolScheduler(name: string, scheduler: SchedulerName, params: SchedulerParams): Promise<Outcome<void>>;

  /** The domain is in its pool before its first instruction. */
  createDomain(spec: DomainSpec): Promise<Outcome<void>>;
  destroyDomain(id: DomainId): Promise<Outcome<void>>;
  renameDomain(id: DomainId, to: string): Promise<Outcome<void>>;
  /** Afterwards the domain has exactly this scheduling, whatever the host forgets on a move. Memory stays. */
  moveDomain(id: DomainId, pool: string, scheduling: Scheduling): Promise<Outcome<void>>;
  setScheduling(id: DomainId, scheduling: Scheduling): Promise<Outcome<void>>;
  setPaused(id: DomainId, paused: boolean): Promise<Outcome<void>>;
  /** Leaves what was adopted running where it was before, a domain no more. Only where `adopts` says what can be. */
  releaseDomain?(id: DomainId): Promise<Outcome<void>>;
  /** Asks a domain to end by itself, and does not wait until it has. */
  shutdownDomain(id: DomainId): Promise<Outcome<void>>;

  /**
   * Where others may change the host too: calls `notice`, within a second, when something may have become other than
   * it was. Whoever hears it reads. Answers how to stop.
   */
  watch?(notice: () => void): () => void;
  /**
   * Brings a pool that others broke back to exactly these online cpus, none of them another pool's, in one step. Says
   * what it had to change of somebody else, a sentence each.
   */
  mendPool?(name: string, cpus: readonly Cpu[]): Promise<Outcome<readonly string[]>>;

  close(): Promise<void>;
  /** Leaves the host as it was before this driver first touched it. Only where there is something to give back. */
  release?(): Promise<Outcome<void>>;
}

export interface HostDescription {
  readonly driver: string;
  /** One line for `xm info`: what answers below. */
  readonly version: string;
  readonly topology: Topology;
  readonly schedulers: readonly SchedulerName[];
  /** Whether domains outlive xend here. Where not, xend creates them again from their definitions. */
  readonly keepsDomains: boolean;
  /** Whether the scheduler of a pool can become another while domains run in it. */
  readonly changesScheduler: boolean;
  /** Whether the memory of domains follows when their pool is tied to nodes; else it stays where it is. */
  readonly movesMemory: boolean;
  /** Whether a domain is a command here (`exec`). Where not, it is a guest that does its `workload`. */
  readonly executes: boolean;
  /** What runs there already and can become a domain. */
  readonly adopts?: readonly AdoptableKind[];
  /** Whether a domain can be a guest with a kernel or disks of its own (`guest`). */
  readonly runsGuests: boolean;
  /** How near each scheduler comes to Xen's of that name; missing: it is that one. */
  readonly fidelity?: Readonly<Partial<Record<SchedulerName, Fidelity>>>;
  /** Where its schedulers are those of its kernel: what these cannot bear, while Xen's would make do. */
  readonly bounds?: SchedulerBounds;
  /** Parameters of its schedulers that this host has no hand on: its pools do not have them. */
  readonly lacksParams?: readonly (keyof SchedulerParams)[];
  /** What the driver found that a person should know, a line each, for `xm info`. */
  readonly details?: readonly string[];
}

/** `exact`: as Xen's. `close`: what it promises is kept. `partial`: some of it; `why` says what is not. */
export interface Fidelity {
  readonly how: 'exact' | 'close' | 'partial';
  readonly why: string;
}

/** Of a scheduler that is what it is called. */
export const EXACT: Fidelity = { how: 'exact', why: 'as Xen’s, event by event' };

/**
 * Under null no vcpu waits for a cpu: each has one or is refused. Under rtds no vcpu is pinned inside its pool, and none
 * gets more than its budget.
 */
export interface SchedulerBounds {
  /** What of each cpu can be reserved under rtds. */
  readonly reservablePercent: number;
  readonly periodUs: { readonly min: number; readonly max: number };
}

export interface HostState {
  /** The host's clock: since its start, never backwards. */
  readonly nowNs: Ns;
  /** Online cpus, ascending. */
  readonly online: readonly Cpu[];
  /** pool0 first, then in order of creation. */
  readonly pools: readonly PoolState[];
  /** By id. */
  readonly domains: readonly DomainState[];
  readonly memory: readonly NodeMemory[];
  /** What others did to pools and domains; missing or empty on a healthy host. */
  readonly troubles?: readonly Trouble[];
}

/** A pool that does not hold its cpus alone, or a domain that is not wholly as it was set up. */
export interface Trouble {
  /** A sentence about it without its name: `shares its cpus 6-7 with everybody: …`. */
  readonly text: string;
  readonly on: { readonly pool: string } | { readonly domain: DomainId };
}

export interface PoolState {
  readonly name: string;
  readonly scheduler: SchedulerName;
  readonly params: SchedulerParams;
  /** Ascending. */
  readonly cpus: readonly Cpu[];
  readonly nodes: readonly NodeId[] | null;
  /**
   * Where the host's own weights are coarser than Xen's: how far the share of a member may be from what its weight says,
   * the worst of them, in percent of that share. Missing: nothing.
   */
  readonly weightErrorPercent?: number;
}

/** Parameters of a pool's scheduler under Xen's names, units in the name. A scheduler has those it knows. */
export interface SchedulerParams {
  readonly timesliceMs?: number;
  readonly ratelimitUs?: number;
  readonly migrationDelayUs?: number;
  readonly schedule?: Schedule;
}

/** arinc653: which vcpu runs when, in a frame that repeats for ever. */
export interface Schedule {
  /** Length of the frame; what the slots leave of it idles. */
  readonly frameUs: number;
  readonly slots: readonly Slot[];
}

/** A stretch of the frame, after the one before it. It idles while its vcpu is not in the pool or not runnable. */
export interface Slot {
  readonly domain: DomainId;
  readonly vcpu: number;
  readonly runUs: number;
}

/**
 * What the scheduler of a pool is told about a domain. Each scheduler looks at what it knows; the rest is kept, and
 * counts again where it is known.
 */
export interface Scheduling {
  /** Counts per vcpu, as in Xen since 2010. */
  readonly weight: number;
  /** Percent of one cpu over all its vcpus together; 0 = none. */
  readonly cap: number;
  /** One entry a vcpu: the cpus it may run on (`hard`) and likes best (`soft`); `null` = all. */
  readonly affinity: readonly Affinity[];
  /** rtds: one entry a vcpu. Missing: each has the default. */
  readonly reservations?: readonly Reservation[];
}

/** rtds: `budgetUs` of cpu time in every `periodUs`; with `extratime` also of what others leave. */
export interface Reservation {
  readonly periodUs: number;
  readonly budgetUs: number;
  readonly extratime: boolean;
}

export interface Affinity {
  readonly hard: readonly Cpu[] | null;
  readonly soft: readonly Cpu[] | null;
}

export interface DomainSpec {
  readonly id: DomainId;
  readonly name: string;
  readonly pool: string;
  readonly vcpus: number;
  readonly scheduling: Scheduling;
  /** What it gets from which node; their sum is its memory. */
  readonly memory: readonly MemoryShare[];
  readonly paused: boolean;
  readonly workload: Workload;
  /** The command that the domain is, word by word, where the host executes; no shell reads it. */
  readonly exec?: readonly string[];
  /** The guest that the domain is, where the host runs guests. */
  readonly guest?: GuestSpec;
  /** What it was before it became a domain. */
  readonly adopted?: Adoptable;
}

/** A process with all that descends from it, a unit of systemd, a guest of libvirt. */
export type Adoptable = { readonly pid: number } | { readonly unit: string } | { readonly libvirt: string };
export type AdoptableKind = 'pid' | 'unit' | 'libvirt';

/** How a domain is set up. What it does at the moment is `Usage`: reading that may cost more. */
export type DomainState = DomainSpec;

export interface VcpuState {
  /** Where it runs or ran last; `null` in a pool without cpus, and under null while it waits for a cpu of its own. */
  readonly cpu: Cpu | null;
  readonly state: 'running' | 'runnable' | 'blocked' | 'paused';
}

export interface MemoryShare {
  readonly node: NodeId;
  readonly mib: number;
}

export interface NodeMemory {
  readonly node: NodeId;
  readonly totalMib: number;
  readonly freeMib: number;
}

export interface Usage {
  /** When this was read, on the host's clock. Differences of two usages give shares. */
  readonly nowNs: Ns;
  readonly domains: readonly DomainUsage[];
  /** Where the host measures it, of each pool that was asked for but pool0. */
  readonly pools?: readonly PoolUsage[];
}

/** What had to wait, where the host measures it. */
export interface Contention {
  /** Time it stood still because its cap was used up, since its creation, on all cpus together. */
  readonly throttledNs?: Ns;
  /** Part of the last ten seconds in which something in it waited for a cpu. */
  readonly pressurePercent?: number;
}

export interface PoolUsage extends Contention {
  readonly name: string;
}

export interface DomainUsage extends Contention {
  readonly id: DomainId;
  /** Cpu time of each vcpu since its creation. */
  readonly vcpuNs: readonly Ns[];
  /** What it used beside them, as a guest's emulator does; missing: nothing. */
  readonly otherNs?: Ns;
  /** One a vcpu. A host with hundreds of threads to look at may look when this is first read, which is to be soon. */
  readonly vcpuStates: readonly VcpuState[];
  /** The most one of its vcpus could use, percent of one cpu; 100 where the host cannot know. */
  readonly demandPercent: number;
}
