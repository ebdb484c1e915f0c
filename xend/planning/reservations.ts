import {
  DEFAULT_RESERVATION,
  type DomainState,
  done,
  LIMITS,
  type Outcome,
  type Refused,
  type Reservation,
  type Reserve,
  refuse,
  sameReservation,
} from '../../interface/index.ts';
import { checkWhole } from './bounds.ts';

type Reservations = readonly Reservation[] | undefined;

/** The reservations of a new domain, an entry a vcpu; none where nothing but defaults was asked for. */
export function reservationsOf(
  vcpus: number,
  asked: Partial<Reservation> | readonly Partial<Reservation>[] = {},
): Outcome<Reservations> {
  const each = Array.isArray(asked) ? (asked as readonly Partial<Reservation>[]) : [asked];
  if (Array.isArray(asked) && each.length !== vcpus)
    return refuse({
      code: 'bad-request',
      field: 'reservation',
      why: `has ${each.length} entries for ${vcpus} vcpus`,
    });
  return checked(
    Array.from({ length: vcpus }, (_, vcpu) => ({ ...DEFAULT_RESERVATION, ...(each[vcpu] ?? each[0]) })),
  );
}

/** The reservations of a domain when those asked for have been changed, in order; the rest stays. */
export function reserved(domain: DomainState, asked: readonly Reserve[] = []): Outcome<Reservations> {
  const present = domain.scheduling.reservations;
  if (asked.length === 0) return done(present);
  const after = present?.slice() ?? Array.from({ length: domain.vcpus }, () => DEFAULT_RESERVATION);
  for (const { vcpu, ...change } of asked) {
    const isVcpu = vcpu === 'all' || (Number.isInteger(vcpu) && vcpu >= 0 && vcpu < domain.vcpus);
    if (!isVcpu) return refuse({ code: 'unknown-vcpu', domain: domain.name, vcpu, vcpus: domain.vcpus });
    for (let at = 0; at < after.length; at++)
      if (vcpu === 'all' || vcpu === at) after[at] = { ...after[at]!, ...change };
  }
  return checked(after);
}

export const sameReservations = (a: Reservations, b: Reservations): boolean =>
  a === b || (a !== undefined && b !== undefined && a.every((one, vcpu) => sameReservation(one, b[vcpu]!)));

function checked(reservations: readonly Reservation[]): Outcome<Reservations> {
  const refused = reservations.map(check).find((one) => one !== null);
  if (refused) return refused;
  const isDefault = reservations.every((one) => sameReservation(one, DEFAULT_RESERVATION));
  return done(isDefault ? undefined : reservations);
}

/** As Xen's scheduler checks them; its tools check less, on one of two ways (eec1a570c0). */
function check({ periodUs, budgetUs }: Reservation): Refused | null {
  const { periodUs: period, budgetUs: budget } = LIMITS;
  const refused =
    checkWhole('periodUs', periodUs, period.min, period.max) ??
    checkWhole('budgetUs', budgetUs, budget.min, period.max);
  if (refused || budgetUs <= periodUs) return refused;
  return refuse({
    code: 'out-of-range',
    what: 'budgetUs',
    value: String(budgetUs),
    range: `at most the period, which is ${periodUs} us`,
  });
}
