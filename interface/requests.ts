import type { GuestRequest } from './guest.ts';
import type { Adoptable, Affinity, Reservation, SchedulerParams } from './host.ts';
import type { Cpu, NodeId, SchedulerName } from './words.ts';
import type { Workload } from './workload.ts';

/**
 * Every change anybody can ask for, as one union: `xm` words, API bodies and scenario actions all become one of these,
 * the planner turns it into steps or a refusal.
 */
export type ChangeRequest =
  | PoolCreate
  | PoolModify
  | PoolDestroy
  | DomainCreate
  | DomainModify
  | DomainDestroy
  | DomainShutdown
  | DomainRelease
  | CpuModify;

/** By count the cpus are chosen (`ncpu=4`), by list they are dedicated (`cpu=1,3,5`). */
export type CpuRequest = { readonly count: number } | { readonly list: readonly Cpu[] };

export interface PoolCreate {
  readonly kind: 'pool-create';
  readonly name: string;
  readonly cpus: CpuRequest;
  readonly scheduler?: string;
  readonly nodes?: readonly NodeId[];
  readonly params?: ParamsRequest;
}

/** The parameters of a pool's scheduler; those that are not named stay. */
export interface ParamsRequest extends Omit<SchedulerParams, 'schedule'> {
  /** Replaces the whole schedule; `domain` is a name or an id. */
  readonly schedule?: ScheduleRequest;
}

export interface ScheduleRequest {
  readonly frameUs: number;
  readonly slots: readonly { readonly domain: string; readonly vcpu: number; readonly runUs: number }[];
}

/** What is not named stays. `cpus` is what the pool shall have afterwards, not a difference. */
export interface PoolModify {
  readonly kind: 'pool-modify';
  readonly pool: string;
  readonly name?: string;
  readonly cpus?: CpuRequest;
  readonly scheduler?: string;
  /** `null` unties the pool's memory. */
  readonly nodes?: readonly NodeId[] | null;
  readonly params?: ParamsRequest;
  /** Only if the pool's scheduler is this one: who sets parameters means those of a scheduler. */
  readonly under?: SchedulerName;
  /** Also a scheduler under which some of the pool's vcpus would get nothing. */
  readonly force?: boolean;
}

export interface PoolDestroy {
  readonly kind: 'pool-destroy';
  readonly pool: string;
}

export interface DomainCreate extends DomainDefinition {
  readonly kind: 'domain-create';
}

/** A domain as its file defines it. */
export interface DomainDefinition {
  readonly name: string;
  /** None given means pool0. */
  readonly pool?: string;
  readonly vcpus?: number;
  readonly memoryMib?: number;
  readonly weight?: number;
  readonly cap?: number;
  /** One for all vcpus, or one a vcpu. */
  readonly affinity?: Affinity | readonly Affinity[];
  /** Likewise, for rtds; what is missing has its default. */
  readonly reservation?: Partial<Reservation> | readonly Partial<Reservation>[];
  readonly paused?: boolean;
  readonly workload?: Workload;
  /** The command that the domain is on a host that executes, word by word. */
  readonly exec?: readonly string[];
  /** The guest that the domain is on a host that runs guests. */
  readonly guest?: GuestRequest;
  /** What runs already and shall be the domain, on a host that adopts. */
  readonly adopt?: Adoptable;
  /** Keys of its file that nothing here reads, kept as they were written. */
  readonly otherKeys?: Readonly<Record<string, unknown>>;
}

/** `domain` is a name or an id. */
export interface DomainModify {
  readonly kind: 'domain-modify';
  readonly domain: string;
  readonly name?: string;
  readonly pool?: string;
  readonly weight?: number;
  readonly cap?: number;
  readonly pin?: Pin;
  readonly reserve?: readonly Reserve[];
  readonly paused?: boolean;
  /** Only if the scheduler of its pool is this one. */
  readonly under?: SchedulerName;
}

/** The reservation of a vcpu under rtds, or of all; a part that is missing stays as it is. */
export interface Reserve extends Partial<Reservation> {
  readonly vcpu: number | 'all';
}

/** A part that is missing stays as it is, `null` is all cpus. */
export interface Pin {
  readonly vcpu: number | 'all';
  readonly hard?: readonly Cpu[] | null;
  readonly soft?: readonly Cpu[] | null;
}

export interface DomainDestroy {
  readonly kind: 'domain-destroy';
  readonly domain: string;
}

/** Takes what was adopted out of the pools again. */
export interface DomainRelease {
  readonly kind: 'domain-release';
  readonly domain: string;
}

/** Asks a domain to end by itself. */
export interface DomainShutdown {
  readonly kind: 'domain-shutdown';
  readonly domain: string;
}

export interface CpuModify {
  readonly kind: 'cpu-modify';
  readonly cpu: number;
  readonly online: boolean;
}
