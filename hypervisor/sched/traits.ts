/**
 * What the conformance suite must know of each scheduler: where one may differ from the others, and why. No part of the
 * hypervisor.
 */
import type { Schedule, SchedulerParams } from '../../interface/host.ts';
import { type DomainId, LIMITS, type SchedulerName } from '../../interface/words.ts';

export interface Traits {
  /** No cpu idles beside a runnable vcpu that may be there, but for `patienceMs`. */
  readonly isWorkConserving: boolean;
  readonly patienceMs: number;
  /** So many hogs as there are cpus use all of them, at once. */
  readonly fillsCpus: boolean;
  /** Everybody gets something, however many there are. */
  readonly sharesCpus: boolean;
  readonly sharesByWeight: boolean;
  readonly hasCap: boolean;
  /** In how many ms a vcpu that nobody else is in the way of gets one: tests of cpu time last so many times as long. */
  readonly stretch: number;
  /** What a pool is set up with. */
  readonly params: SchedulerParams;
  /** Other settings, different ones each round. */
  readonly otherParams: (round: number) => SchedulerParams;
}

/** What the suite was written for. */
const PROPORTIONAL: Traits = {
  isWorkConserving: true,
  // Xen's default timeslice
  patienceMs: 30,
  fillsCpus: true,
  sharesCpus: true,
  sharesByWeight: true,
  hasCap: true,
  stretch: 1,
  params: {},
  otherParams: (round) => ({ timesliceMs: 1 + round, ratelimitUs: 1000 * (round % 2) }),
};

/** The table of the suite's arinc653 pools: domain ids 0 to 15 with four vcpus each, a ms a slot. Nobody has id 0. */
const VCPUS = 4;
const SLOTS = Array.from({ length: LIMITS.slots }, (_, slot) => ({
  domain: Math.floor(slot / VCPUS) as DomainId,
  vcpu: slot % VCPUS,
  runUs: 1000,
}));
const TABLE: Schedule = { frameUs: LIMITS.slots * 1000, slots: SLOTS };

export const TRAITS: Record<SchedulerName, Traits> = {
  credit: PROPORTIONAL,
  credit2: PROPORTIONAL,
  rtds: {
    ...PROPORTIONAL,
    // It looks when a vcpu begins to wait, and with extra time, the default, nothing is ever left idle.
    patienceMs: 0,
    // It knows budgets instead.
    sharesByWeight: false,
    hasCap: false,
    otherParams: () => ({}),
  },
  arinc653: {
    // A slot idles when its vcpu sleeps, whoever else would run: that is what it is for.
    isWorkConserving: false,
    patienceMs: Infinity,
    fillsCpus: false,
    sharesCpus: true,
    sharesByWeight: false,
    hasCap: false,
    // A vcpu has one slot in a frame, and nobody is in its way there.
    stretch: LIMITS.slots,
    params: { schedule: TABLE },
    otherParams: (round) => ({
      schedule: { frameUs: 1000 + 700 * round, slots: SLOTS.slice(4, 4 + (round % 2)) },
    }),
  },
  null: {
    // Who has no cpu of its own waits for ever, also while the others sleep.
    isWorkConserving: false,
    patienceMs: Infinity,
    fillsCpus: true,
    sharesCpus: false,
    sharesByWeight: false,
    hasCap: false,
    stretch: 1,
    params: {},
    otherParams: () => ({}),
  },
};
