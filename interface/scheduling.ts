import type { Affinity, Reservation, Schedule } from './host.ts';
import { LIMITS } from './words.ts';

export const sameAffinity = (a: Affinity, b: Affinity): boolean =>
  sameCpus(a.hard, b.hard) && sameCpus(a.soft, b.soft);

/** Whether two ascending lists name the same cpus; `null` is all of them. */
export const sameCpus = (a: readonly number[] | null, b: readonly number[] | null): boolean =>
  a === b || (a !== null && b !== null && a.length === b.length && a.every((cpu, i) => cpu === b[i]));

/** What a vcpu has under rtds where nothing was reserved for it. */
export const DEFAULT_RESERVATION: Reservation = {
  periodUs: LIMITS.periodUs.default,
  budgetUs: LIMITS.budgetUs.default,
  extratime: true,
};

/** Whether two reservations are the same; `null` is none of one's own. */
export const sameReservation = (a: Reservation | null, b: Reservation | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.periodUs === b.periodUs &&
    a.budgetUs === b.budgetUs &&
    a.extratime === b.extratime);

export const sameSchedule = (a: Schedule | undefined, b: Schedule | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.frameUs === b.frameUs &&
    a.slots.length === b.slots.length &&
    a.slots.every(({ domain, vcpu, runUs }, i) => {
      const other = b.slots[i]!;
      return domain === other.domain && vcpu === other.vcpu && runUs === other.runUs;
    }));

/** The schedule of a new arinc653 pool: a frame in which nobody runs. */
export const NO_SLOTS: Schedule = { frameUs: LIMITS.frameUs.default, slots: [] };
