import {
  DEFAULT_RESERVATION,
  type DomainId,
  type DomainState,
  type DomainUsage,
  type PoolState,
  type Reservation,
} from '../../interface/index.ts';
import { type Claim, entitledPercents, type VcpuClaim } from './entitlement.ts';
import { placeVcpus } from './place-vcpus.ts';

/** The most one vcpu of a domain could use, percent of one cpu. */
export type DemandOf = (domain: DomainId) => number;
/** How many vcpus of a domain have a cpu to themselves under `null`. */
export type PlacedOf = (domain: DomainId) => number;

/**
 * What the scheduler of a pool promises each of its members, percent of one cpu, in their order: the one answer that
 * `xm list` and `xm simulate` show as entitled. Exact, whatever the scheduler then makes of it.
 * Who has a cpu under `null` depends on who came first: without `placedOf` they are taken to have come in this order.
 */
export function entitledIn(
  pool: PoolState,
  members: readonly DomainState[],
  demandOf: DemandOf,
  placedOf?: PlacedOf,
): readonly number[] {
  // A paused domain claims nothing.
  const demands = members.map(({ id, paused }) => (paused ? 0 : Math.min(WHOLE_CPU, demandOf(id))));
  switch (pool.scheduler) {
    case 'credit':
    case 'credit2':
      return entitledPercents(pool.cpus, members.map(weighed(demands)));
    case 'rtds':
      return entitledPercents(pool.cpus, members.map(reserved(demands)));
    case 'arinc653':
      return members.map(scheduled(pool, demands));
    case 'null':
      return placed(pool, members, placedOf).map((vcpus, index) => vcpus * demands[index]!);
  }
}

/** The same of a host as it is: what its domains want, and who has a cpu, are in its usage. */
export function entitledNow(
  pool: PoolState,
  members: readonly DomainState[],
  usages: ReadonlyMap<DomainId, DomainUsage>,
): readonly number[] {
  return entitledIn(
    pool,
    members,
    (id) => usages.get(id)?.demandPercent ?? 0,
    (id) => usages.get(id)?.vcpuStates.filter(({ cpu }) => cpu !== null).length ?? 0,
  );
}

/** A domain whose vcpus get their budgets and nothing of what others leave. */
export const withoutExtratime = (domain: DomainState): DomainState => {
  const { reservations, affinity } = domain.scheduling;
  const each = affinity.map((_, vcpu) => ({
    ...(reservations?.[vcpu] ?? DEFAULT_RESERVATION),
    extratime: false,
  }));
  return { ...domain, scheduling: { ...domain.scheduling, reservations: each } };
};

const WHOLE_CPU = 100;

type ClaimOf = (domain: DomainState, index: number) => Claim;

/** A weight counts per vcpu. */
const weighed =
  (demands: readonly number[]): ClaimOf =>
  ({ scheduling: { weight, cap, affinity } }, index) => ({
    cap,
    vcpus: affinity.map(({ hard }) => ({ rate: weight, limit: demands[index]!, hard })),
  });

/**
 * A vcpu is promised its budget in every period. What is left goes to those with extratime, level by level, one more
 * budget a period at each: in the same proportion, as if no level ended. More reservations than cpus shrink alike.
 */
const reserved =
  (demands: readonly number[]): ClaimOf =>
  ({ scheduling: { affinity, reservations } }, index) => ({
    cap: 0,
    vcpus: affinity.map(({ hard }, vcpu): VcpuClaim => {
      const reservation = reservations?.[vcpu] ?? DEFAULT_RESERVATION;
      const rate = reservedPercent(reservation);
      const limit = reservation.extratime ? demands[index]! : Math.min(rate, demands[index]!);
      return { rate, limit, hard };
    }),
  });

const reservedPercent = ({ budgetUs, periodUs }: Reservation) => (WHOLE_CPU * budgetUs) / periodUs;

/** The time of its slots in the frame; who does not use it leaves it to nobody. */
const scheduled =
  ({ params: { schedule } }: PoolState, demands: readonly number[]) =>
  ({ id, vcpus }: DomainState, index: number): number => {
    if (schedule === undefined) return 0;
    const runUs = new Array<number>(vcpus).fill(0);
    for (const slot of schedule.slots)
      if (slot.domain === id && slot.vcpu < vcpus) runUs[slot.vcpu]! += slot.runUs;
    const percents = runUs.map((us) => Math.min(demands[index]!, (WHOLE_CPU * us) / schedule.frameUs));
    return percents.reduce((sum, percent) => sum + percent, 0);
  };

/** How many vcpus of each have a cpu to themselves; the others wait until one is free. */
function placed({ cpus }: PoolState, members: readonly DomainState[], placedOf?: PlacedOf): number[] {
  if (placedOf !== undefined) return members.map(({ id }) => placedOf(id));
  const places = placeVcpus(
    cpus,
    members.map(({ scheduling }) => scheduling.affinity),
  );
  return places.map((vcpus) => vcpus.filter((cpu) => cpu !== null).length);
}
