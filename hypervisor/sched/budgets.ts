import { grown } from '../arrays.ts';
import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import { PARKED } from '../vcpus.ts';

/** Xen's credit2_cap_period_ms. */
const PERIOD_NS = 10_000_000;
/** What a vcpu asks for at least. */
const MIN_QUOTA_NS = 500_000;

/**
 * Caps as credit2 keeps them. A capped domain has a pot of cpu time that is filled up every 10 ms, the first time when
 * the cap is set. A vcpu takes a quota from it before it runs and brings back what it has not used; what it has used
 * beyond is taken off the pot when it asks again. Who asks and gets nothing is parked, until the pot is filled or
 * somebody brings something back.
 */
export class Budgets {
  /** By vcpu: what it has taken and not used, ns; negative: used beyond. Infinity: its domain has no cap. */
  left = new Float64Array(0);
  readonly #pool: Pool;
  readonly #resume: (vcpu: number) => void;

  #nextParked = new Int32Array(0);

  // by domain
  #fullNs = new Float64Array(0);
  #potNs = new Float64Array(0);
  #quotaNs = new Float64Array(0);
  #refillAtNs = new Float64Array(0);
  #vcpus = new Int32Array(0);
  /** The one parked last comes first. */
  #firstParked = new Int32Array(0);

  /** The domains with a cap. */
  #capped = new Int32Array(0);
  #cappedCount = 0;

  /** `resume` is told of every vcpu that is no longer parked and may have to be queued. */
  constructor(pool: Pool, resume: (vcpu: number) => void) {
    this.#pool = pool;
    this.#resume = resume;
  }

  isCapped(domain: number): boolean {
    return this.#fullNs[domain]! > 0;
  }

  /** Whether the vcpu may run: it has something left, or it has got a quota; else it is parked now. */
  grab(vcpu: number): boolean {
    const left = this.left[vcpu]!;
    if (left > 0) return true;
    const domain = this.#pool.vcpus.domain[vcpu]!;
    const pot = this.#potNs[domain]! + left;
    if (pot <= 0) {
      this.#potNs[domain] = pot;
      this.left[vcpu] = 0;
      this.#park(vcpu, domain);
      return false;
    }
    const quota = Math.min(pot, this.#quotaNs[domain]!);
    this.left[vcpu] = quota;
    this.#potNs[domain] = pot - quota;
    return true;
  }

  #park(vcpu: number, domain: number): void {
    this.#nextParked[vcpu] = this.#firstParked[domain]!;
    this.#firstParked[domain] = vcpu;
    this.#pool.setParked(vcpu, true);
  }

  /** A vcpu with something left does not run any more. Whether others may now: then `unpark` is to follow. */
  bringBack(vcpu: number): boolean {
    const domain = this.#pool.vcpus.domain[vcpu]!;
    this.#potNs[domain]! += this.left[vcpu]!;
    this.left[vcpu] = 0;
    return this.#potNs[domain]! > 0;
  }

  /** Lets all parked vcpus of the domain try again. */
  unpark(domain: number): void {
    let vcpu = this.#firstParked[domain]!;
    this.#firstParked[domain] = NONE;
    while (vcpu !== NONE) {
      const next = this.#nextParked[vcpu]!;
      this.#pool.setParked(vcpu, false);
      this.#resume(vcpu);
      vcpu = next;
    }
  }

  // ---- refilling

  /** Fills the pots that are due, and sets the pool's timer for the next. */
  refill(): void {
    const { nowNs } = this.#pool;
    for (let i = 0; i < this.#cappedCount; i++) {
      const domain = this.#capped[i]!;
      if (this.#refillAtNs[domain]! <= nowNs) this.#refillPot(domain);
    }
    this.#arm();
  }

  #refillPot(domain: number): void {
    const { nowNs } = this.#pool;
    const full = this.#fullNs[domain]!;
    // One that is late by whole periods makes up for them, so that a debt is worked off by the clock.
    const periods = Math.floor((nowNs - this.#refillAtNs[domain]!) / PERIOD_NS) + 1;
    this.#refillAtNs[domain]! += periods * PERIOD_NS;
    this.#potNs[domain] = Math.min(full, this.#potNs[domain]! + periods * full);
    if (this.#potNs[domain]! > 0) this.unpark(domain);
  }

  #arm(): void {
    if (this.#cappedCount === 0) return;
    let earliest = Infinity;
    for (let i = 0; i < this.#cappedCount; i++) {
      earliest = Math.min(earliest, this.#refillAtNs[this.#capped[i]!]!);
    }
    this.#pool.armScheduler(earliest - this.#pool.nowNs);
  }

  // ---- members

  /** The domain's cap is this from now on, percent of one cpu, 0: none. Who of it runs has been charged. */
  setCap(domain: number, cap: number): void {
    const wasCapped = this.isCapped(domain);
    this.#fullNs[domain] = (PERIOD_NS / 100) * cap;
    this.#setQuota(domain);
    if (wasCapped === cap > 0) return;
    if (cap > 0) {
      this.#potNs[domain] = this.#fullNs[domain]!;
      this.#refillAtNs[domain] = this.#pool.nowNs + PERIOD_NS;
      this.#capped[this.#cappedCount++] = domain;
      this.#setLeft(domain, 0);
      this.#arm();
    } else {
      this.#capped[this.#capped.indexOf(domain)] = this.#capped[--this.#cappedCount]!;
      this.#setLeft(domain, Infinity);
      this.unpark(domain);
    }
  }

  #setLeft(domain: number, left: number): void {
    const { domains, vcpus } = this.#pool;
    for (let vcpu = domains.first[domain]!; vcpu !== NONE; vcpu = vcpus.sibling[vcpu]!)
      this.left[vcpu] = left;
  }

  #setQuota(domain: number): void {
    const share = Math.floor(this.#fullNs[domain]! / Math.max(1, this.#vcpus[domain]!));
    this.#quotaNs[domain] = Math.max(MIN_QUOTA_NS, share);
  }

  join(vcpu: number): void {
    const domain = this.#pool.vcpus.domain[vcpu]!;
    this.#vcpus[domain]!++;
    this.#setQuota(domain);
    this.left[vcpu] = this.isCapped(domain) ? 0 : Infinity;
  }

  /** The last vcpu of a domain takes the cap along. */
  leave(vcpu: number): void {
    const domain = this.#pool.vcpus.domain[vcpu]!;
    this.#forget(vcpu, domain);
    this.#vcpus[domain]!--;
    if (this.#vcpus[domain]! > 0) this.#setQuota(domain);
    else this.setCap(domain, 0);
  }

  #forget(vcpu: number, domain: number): void {
    let before = NONE;
    let parked = this.#firstParked[domain]!;
    while (parked !== NONE && parked !== vcpu) {
      before = parked;
      parked = this.#nextParked[parked]!;
    }
    if (parked === NONE) return;
    if (before === NONE) this.#firstParked[domain] = this.#nextParked[vcpu]!;
    else this.#nextParked[before] = this.#nextParked[vcpu]!;
  }

  growVcpus(capacity: number): void {
    this.left = grown(this.left, capacity, Infinity);
    this.#nextParked = grown(this.#nextParked, capacity, NONE);
  }

  growDomains(capacity: number): void {
    this.#fullNs = grown(this.#fullNs, capacity);
    this.#potNs = grown(this.#potNs, capacity);
    this.#quotaNs = grown(this.#quotaNs, capacity);
    this.#refillAtNs = grown(this.#refillAtNs, capacity);
    this.#vcpus = grown(this.#vcpus, capacity);
    this.#firstParked = grown(this.#firstParked, capacity, NONE);
    this.#capped = grown(this.#capped, capacity, NONE);
  }

  /** assertCaps: a vcpu has a budget exactly if its domain has a cap, is listed exactly if it is parked, and only without budget. */
  assertCaps(): void {
    const { vcpus } = this.#pool;
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) {
      const domain = vcpus.domain[vcpu]!;
      if (domain === NONE) continue;
      const left = this.left[vcpu]!;
      if (left < Infinity !== this.isCapped(domain)) throw new Error(`vcpu ${vcpu} has ${left} ns to use`);
      const isParked = (vcpus.flags[vcpu]! & PARKED) !== 0;
      if (isParked !== this.#isListed(vcpu, domain) || (isParked && left > 0))
        throw new Error(`vcpu ${vcpu} is ${isParked ? '' : 'not '}parked, with ${left} ns to use`);
    }
  }

  #isListed(vcpu: number, domain: number): boolean {
    let parked = this.#firstParked[domain]!;
    while (parked !== NONE && parked !== vcpu) parked = this.#nextParked[parked]!;
    return parked !== NONE;
  }
}
