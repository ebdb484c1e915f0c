import type { DomainSpec, MemoryShare, Scheduling, VcpuState } from '../interface/host.ts';
import { DEFAULT_RESERVATION } from '../interface/scheduling.ts';
import type { Cpu, DomainId, NodeId, SchedulerName } from '../interface/words.ts';
import { NONE } from './cpus.ts';
import type { Pool } from './pool.ts';
import { PAUSED } from './vcpus.ts';

/** What the machine knows of a pool besides what the pool itself does. */
export interface PoolRecord {
  name: string;
  scheduler: SchedulerName;
  pool: Pool;
  /** Ascending. */
  cpus: readonly Cpu[];
  nodes: readonly NodeId[] | null;
  members: number;
  /** Host time that this pool has skipped: its own clock is the host's less this. */
  skippedNs: number;
  /** Whether time passes in it. */
  readonly matters: boolean;
}

/** What the machine knows of a domain that its pool does not. */
export interface DomainRecord {
  readonly id: DomainId;
  name: string;
  home: PoolRecord;
  /** Its slot in that pool. */
  slot: number;
  readonly memory: readonly MemoryShare[];
  /** Kept from when it was last asked for; whoever changes anything of the domain forgets it. */
  spec: DomainSpec | null;
}

/** The slots of a domain's vcpus in its pool, in order. */
export function slots({ home, slot }: DomainRecord): number[] {
  const { domains, vcpus } = home.pool;
  const found: number[] = [];
  for (let vcpu = domains.first[slot]!; vcpu !== NONE; vcpu = vcpus.sibling[vcpu]!) found.push(vcpu);
  return found;
}

/** How a domain is set up; the same object until that changes. */
export function specOf(domain: DomainRecord): DomainSpec {
  domain.spec ??= putTogether(domain);
  return domain.spec;
}

function putTogether(domain: DomainRecord): DomainSpec {
  const { id, name, home, slot, memory } = domain;
  return {
    id,
    name,
    pool: home.name,
    vcpus: slots(domain).length,
    scheduling: schedulingOf(domain),
    memory,
    paused: home.pool.isPaused(slot),
    workload: home.pool.workload(slot),
  };
}

function schedulingOf(domain: DomainRecord): Scheduling {
  const { domains, vcpus } = domain.home.pool;
  const own = slots(domain);
  const reservations = own.map((vcpu) => vcpus.reservation(vcpu));
  return {
    weight: domains.weight[domain.slot]!,
    cap: domains.cap[domain.slot]!,
    affinity: own.map((vcpu) => vcpus.affinity(vcpu)),
    ...(reservations.some((one) => one !== null) && {
      reservations: reservations.map((one) => one ?? DEFAULT_RESERVATION),
    }),
  };
}

/** What a vcpu is doing at its pool's instant. */
export function stateOf({ cpus, vcpus }: Pool, vcpu: number): VcpuState {
  const at = vcpus.where[vcpu]!;
  const awake =
    at !== NONE && cpus.current[at] === vcpu ? 'running' : vcpus.isRunnable(vcpu) ? 'runnable' : 'blocked';
  const isPaused = (vcpus.flags[vcpu]! & PAUSED) !== 0;
  return { cpu: at === NONE ? null : (cpus.ids[at]! as Cpu), state: isPaused ? 'paused' : awake };
}
