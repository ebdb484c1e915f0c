import {
  DEFAULT_RESERVATION,
  type DomainState,
  KNOWS_RESERVATION,
  KNOWS_WEIGHT,
  LIMITS,
  type PoolState,
} from '../../interface/index.ts';

/*
 * What the scheduler of a pool makes of the domains in it, as far as their definitions tell: who would get no time at
 * all, what of theirs does not count. Xen accepts all of it without a word; here it is said.
 */

/** A pool as it will be, as far as it matters here. */
export type Ground = Pick<PoolState, 'name' | 'scheduler' | 'params' | 'cpus'>;

/** Members that would get no time at all, though they want some: for lack of a slot, or of a cpu of their own. */
export function withoutTime({ scheduler, params, cpus }: Ground, members: readonly DomainState[]) {
  if (scheduler === 'null') return countVcpus(members) > cpus.length ? members : [];
  if (scheduler !== 'arinc653') return [];
  return members.filter((domain) => withoutSlot({ params }, domain).length > 0);
}

/** The vcpus of a domain that want to run and have no slot. */
function withoutSlot({ params }: Pick<Ground, 'params'>, { id, vcpus, workload }: DomainState): number[] {
  if (workload.kind === 'idle') return [];
  const slots = params.schedule?.slots.filter(({ domain }) => domain === id) ?? [];
  return Array.from({ length: vcpus }, (_, vcpu) => vcpu).filter(
    (vcpu) => !slots.some((slot) => slot.vcpu === vcpu),
  );
}

/** Sentences about a pool and its members, some of which are new there or know it under another scheduler. */
export function fitNotes(
  pool: Ground,
  members: readonly DomainState[],
  fresh: readonly DomainState[],
): string[] {
  return [...uncounted(pool, fresh), ...shortage(pool, members, fresh)];
}

function shortage(pool: Ground, members: readonly DomainState[], fresh: readonly DomainState[]): string[] {
  const { name, scheduler, cpus } = pool;
  switch (scheduler) {
    case 'null': {
      const vcpus = countVcpus(members);
      return vcpus <= cpus.length
        ? []
        : [
            `${name} has ${vcpus} vcpus for ${cpus.length} ${cpus.length === 1 ? 'cpu' : 'cpus'} under null: who has none waits and gets nothing until one is free`,
          ];
    }
    case 'arinc653':
      return withoutTime(pool, fresh).map((domain) => {
        const vcpus = withoutSlot(pool, domain);
        const who = vcpus.length === domain.vcpus ? domain.name : `vcpu ${vcpus.join(',')} of ${domain.name}`;
        return `${who} has no slot in the schedule of ${name}: it gets nothing until xm sched-arinc653 gives it one`;
      });
    case 'rtds': {
      const reserved = members.reduce((sum, domain) => sum + reservedCpus(domain), 0);
      return reserved <= cpus.length + EPSILON
        ? []
        : [
            `the reservations in ${name} come to ${reserved.toFixed(2)} cpus and it has ${cpus.length}: not all of them can be kept`,
          ];
    }
    default:
      return [];
  }
}

const EPSILON = 1e-9;

/** What these domains have set that this scheduler does not look at. */
function uncounted({ name, scheduler }: Ground, domains: readonly DomainState[]): string[] {
  return domains.flatMap((domain) => {
    const { weight, cap, reservations } = domain.scheduling;
    const what = [
      ...(KNOWS_WEIGHT.has(scheduler) || weight === LIMITS.weight.default ? [] : [`weight ${weight}`]),
      ...(KNOWS_WEIGHT.has(scheduler) || cap === 0 ? [] : [`cap ${cap}`]),
      ...(KNOWS_RESERVATION.has(scheduler) || reservations === undefined ? [] : ['reservation']),
    ];
    if (what.length === 0) return [];
    const verb = what.length === 1 ? 'does' : 'do';
    return [
      `the ${what.join(' and the ')} of ${domain.name} ${verb} not count in ${name}: ${scheduler} has none`,
    ];
  });
}

const reservedCpus = ({ vcpus, scheduling }: DomainState): number =>
  Array.from({ length: vcpus }, (_, vcpu) => scheduling.reservations?.[vcpu] ?? DEFAULT_RESERVATION).reduce(
    (sum, { budgetUs, periodUs }) => sum + budgetUs / periodUs,
    0,
  );

const countVcpus = (domains: readonly DomainState[]) => domains.reduce((sum, { vcpus }) => sum + vcpus, 0);
