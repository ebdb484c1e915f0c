import type { DomainSpec, SchedulerBounds } from './host.ts';
import { type Refused, refuse } from './outcome.ts';
import { ownCpus } from './own-cpus.ts';
import { DEFAULT_RESERVATION } from './scheduling.ts';
import type { Cpu, SchedulerName } from './words.ts';

/** A pool as it shall be. */
export interface AdmissionPool {
  readonly name: string;
  readonly scheduler: SchedulerName;
  readonly cpus: readonly Cpu[];
}

export type AdmissionMember = Pick<DomainSpec, 'name' | 'vcpus' | 'scheduling'>;

/**
 * Why these domains cannot be together in a pool of a host whose schedulers are the kernel's own, where Xen would let them
 * wait or run late. `null`: they can.
 */
export function admission(
  pool: AdmissionPool,
  members: readonly AdmissionMember[],
  bounds: SchedulerBounds,
): Refused | null {
  if (members.length === 0) return null;
  if (pool.scheduler === 'null') return checkOwnCpus(pool, members);
  return pool.scheduler === 'rtds' ? checkReservations(pool, members, bounds) : null;
}

function checkOwnCpus({ name, cpus }: AdmissionPool, members: readonly AdmissionMember[]): Refused | null {
  const sitters = members.map(({ scheduling }) => ({ wants: scheduling.affinity.map(({ hard }) => hard) }));
  if (ownCpus(cpus, sitters) !== null) return null;
  const vcpus = members.reduce((sum, domain) => sum + domain.vcpus, 0);
  return refuse({ code: 'too-few-own-cpus', pool: name, vcpus, cpus: cpus.length });
}

function checkReservations(
  { name, cpus }: AdmissionPool,
  members: readonly AdmissionMember[],
  { reservablePercent, periodUs: range }: SchedulerBounds,
): Refused | null {
  let percent = 0;
  for (const domain of members) {
    for (const [vcpu, { hard }] of domain.scheduling.affinity.entries()) {
      if (hard !== null && cpus.some((cpu) => !hard.includes(cpu)))
        return refuse({ code: 'pinned-reservation', domain: domain.name, pool: name });
      const { periodUs, budgetUs } = domain.scheduling.reservations?.[vcpu] ?? DEFAULT_RESERVATION;
      if (periodUs < range.min || periodUs > range.max)
        return refuse({
          code: 'out-of-range',
          what: `the period of a vcpu of ${domain.name}`,
          value: `${periodUs}`,
          range: `${range.min} to ${range.max} us, as the kernel has it`,
        });
      percent += (100 * budgetUs) / periodUs;
    }
  }
  const offeredPercent = reservablePercent * cpus.length;
  if (percent <= offeredPercent + EPSILON) return null;
  const reservedPercent = Math.round(percent);
  return refuse({ code: 'over-reserved', pool: name, reservedPercent, offeredPercent });
}

const EPSILON = 1e-9;
