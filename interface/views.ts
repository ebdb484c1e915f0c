import type { GuestSpec } from './guest.ts';
import type {
  Adoptable,
  Affinity,
  Fidelity,
  HostDescription,
  MemoryShare,
  NodeMemory,
  Reservation,
  SchedulerParams,
  VcpuState,
} from './host.ts';
import type { RefusalCode } from './refusals.ts';
import type { Cpu, DomainId, NodeId, SchedulerName } from './words.ts';
import type { Workload } from './workload.ts';

/** The answers of the API, and what `--json` prints: names here are promises. */

export interface HostView {
  readonly driver: string;
  readonly version: string;
  readonly xendVersion: string;
  readonly uri: string;
  readonly cpus: number;
  readonly onlineCpus: readonly Cpu[];
  readonly topology: HostDescription['topology'];
  readonly schedulers: readonly SchedulerName[];
  /** How near each of them comes to Xen's of that name. */
  readonly fidelity: Readonly<Partial<Record<SchedulerName, Fidelity>>>;
  /** What a person should know of this host, a line each. */
  readonly details: readonly string[];
  readonly memory: readonly NodeMemory[];
  readonly pools: number;
  readonly domains: number;
  /** What has been left aside, for instance a definition that cannot run here; empty on a healthy host. */
  readonly problems: readonly string[];
}

export interface PoolView {
  readonly name: string;
  /** Ascending. */
  readonly cpus: readonly Cpu[];
  /** `cpus` as people write them: `6-9`. */
  readonly cpuList: string;
  readonly scheduler: SchedulerName;
  /** How near it comes to Xen's of that name. */
  readonly fidelity: Fidelity;
  readonly params: SchedulerParams;
  /** How far the host's coarser weights take a member from its share, the worst of them, percent of it; missing: not at all. */
  readonly weightErrorPercent?: number;
  /** Ids of the members, ascending. */
  readonly domains: readonly DomainId[];
  readonly memory: PoolMemory;
  readonly state: PoolHealth;
  /** Grows with every change of the pool or its membership; `If-Match` compares it. */
  readonly generation: number;
}

/** `degraded`: cpus that it was given are offline. `broken`: it is not alone on its cpus, or lacks some that are online. */
export type PoolHealth = 'healthy' | 'degraded' | 'broken';

export interface PoolMemory {
  /** Whether `node=` tied the pool; else its domains prefer the nodes of its cpus and may go elsewhere. */
  readonly tied: boolean;
  readonly nodes: readonly NodeId[];
  /** A row a node that the pool uses or prefers. */
  readonly perNode: readonly PoolNodeMemory[];
}

export interface PoolNodeMemory extends NodeMemory {
  /** What the pool's domains have there. */
  readonly usedMib: number;
}

/** How a domain is set up, whatever it does. */
export interface DomainSetup {
  readonly id: DomainId;
  readonly name: string;
  readonly pool: string;
  readonly vcpus: number;
  readonly weight: number;
  readonly cap: number;
  /** rtds: one a vcpu; missing: each has the default. */
  readonly reservations?: readonly Reservation[];
  readonly memoryMib: number;
  readonly memory: readonly MemoryShare[];
  readonly paused: boolean;
  readonly workload: Workload;
  /** The command that it is, where the host executes. */
  readonly exec?: readonly string[];
  /** The guest that it is, where the host runs guests. */
  readonly guest?: GuestSpec;
  readonly vcpuList: readonly VcpuSetup[];
  /** What it was before it became a domain. */
  readonly adopted?: Adoptable;
  readonly otherKeys?: Readonly<Record<string, unknown>>;
}

export interface VcpuSetup extends Affinity {
  readonly vcpu: number;
}

/** And what it does and is given. */
export interface DomainView extends DomainSetup {
  readonly state: 'running' | 'blocked' | 'paused';
  readonly cpuSeconds: number;
  /** Percent of one cpu given over the last `shareWindowS`; `null` until there is a window to measure over. */
  readonly sharePercent: number | null;
  readonly shareWindowS: number | null;
  /** Percent of one cpu that its cap kept it from, over `shareWindowS`; where the host measures it. */
  readonly throttledPercent?: number;
  /** Part of the last ten seconds in which something in it waited for a cpu, where the host measures it. */
  readonly pressurePercent?: number;
  /** Percent of one cpu that weight, cap, pins and demand promise inside the pool. */
  readonly entitledPercent: number;
  readonly vcpuList: readonly VcpuView[];
}

export interface VcpuView extends VcpuSetup {
  readonly cpu: Cpu | null;
  readonly state: VcpuState['state'];
  readonly cpuSeconds: number;
  readonly sharePercent: number | null;
}

/** The answer to a change, done or only planned. */
export interface ChangeView {
  readonly dryRun: boolean;
  /** False: the host already was as asked. */
  readonly changed: boolean;
  /** In words, one each. */
  readonly steps: readonly string[];
  readonly notes: readonly string[];
  readonly pool?: PoolView;
  /** What it does is not looked at: of hundreds of threads that takes as long as to move them. */
  readonly domain?: DomainSetup;
}

/** A refusal on the wire: RFC 9457, `application/problem+json`. */
export interface Problem {
  /** `urn:cpu-pools:refusal:<code>` */
  readonly type: string;
  readonly code: RefusalCode;
  /** What was asked and why not. */
  readonly title: string;
  /** The way out. */
  readonly detail: string;
  readonly status: number;
  /** The objects in the way, by name. */
  readonly with: Readonly<Record<string, unknown>>;
}

/** One line of the event stream. */
export interface EventView {
  /** `<start>-<n>`: opaque to clients; send the last one seen as `Last-Event-ID` to go on from there. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly kind: 'change' | 'start' | 'recovery' | 'gap' | 'problem';
  readonly text: string;
  readonly pools: readonly string[];
  readonly domains: readonly number[];
}
