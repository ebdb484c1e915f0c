import {
  BOOT_CPU,
  type Cpu,
  type DomainId,
  type DomainSpec,
  done,
  type Outcome,
  type Refused,
  refuse,
  SCHEDULERS,
  type SchedulerName,
  type SchedulerParams,
} from '../../interface/index.ts';
import type { Ground, Look, PoolLook } from './look.ts';
import { OFFERED, schedulerOf } from './schedulers/offered.ts';
import { memoryOf } from './state.ts';

/* What no step of this host may do. Each says why, or `null`. */

export const membersOf = ({ domains }: Look, pool: PoolLook): DomainId[] =>
  domains.filter((domain) => domain.pool === pool).map(({ id }) => id);

/** The pool of an online cpu. */
export function ownerOf({ topology }: Ground, { pools }: Look, cpu: Cpu): Outcome<PoolLook> {
  const { cpus } = topology;
  if (cpus[cpu] === undefined) return refuse({ code: 'unknown-cpu', cpu, cpus: cpus.length });
  const owner = pools.find((pool) => pool.cpus.includes(cpu));
  return owner === undefined ? refuse({ code: 'cpu-offline', cpu }) : done(owner);
}

export const exists = ({ pools }: Look, name: string): Refused | null =>
  pools.some((pool) => pool.name === name) ? refuse({ code: 'pool-exists', pool: name }) : null;

export function notOffered(scheduler: SchedulerName): Refused | null {
  const offered: readonly SchedulerName[] = OFFERED;
  if (offered.includes(scheduler)) return null;
  return SCHEDULERS.includes(scheduler)
    ? refuse({ code: 'simulated-only', scheduler, offered })
    : refuse({ code: 'unknown-scheduler', scheduler, offered });
}

export function noParams(params: SchedulerParams): Refused | null {
  const [name] = Object.keys(params);
  return name === undefined
    ? null
    : refuse({ code: 'not-offered', what: `the parameter ${name}`, driver: 'linux' });
}

/**
 * The last cpu may leave only an empty pool: its domains would have nowhere of their own to run. Some schedulers have
 * promised more than one.
 */
export function mayNotRelease(seen: Look, pool: PoolLook, cpus: readonly Cpu[]): Refused | null {
  if (cpus.includes(BOOT_CPU)) return refuse({ code: 'boot-cpu-stays' });
  const domains = membersOf(seen, pool);
  if (pool.cpus.length === cpus.length && domains.length > 0)
    return refuse({ code: 'pool-would-starve', pool: pool.name, domains });
  const left = { ...pool, cpus: pool.cpus.filter((cpu) => !cpus.includes(cpu)) };
  return schedulerOf(pool.scheduler).admit(
    left,
    seen.domains.filter((domain) => domain.pool === pool),
  );
}

export function noRoom(ground: Ground, seen: Look, { memory, pool }: DomainSpec): Refused | null {
  const free = new Map(memoryOf(ground, seen).map(({ node, freeMib }) => [node, freeMib]));
  const short = memory.find(({ node, mib }) => mib > (free.get(node) ?? 0));
  if (short === undefined) return null;
  const { node, mib } = short;
  const freeMib = free.get(node) ?? 0;
  return refuse({ code: 'too-little-memory', wantedMib: mib, freeMib, nodes: [node], pool });
}
