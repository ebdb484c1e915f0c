/**
 * null: Xen's scheduler that does not schedule. For pools with a cpu for every vcpu, where nothing shall come between.
 *
 * State. A cpu has at most one vcpu assigned to it, and a vcpu at most one cpu: that pair lasts until the vcpu leaves,
 * its cpu leaves, or its affinity changes. Vcpus beyond the number of cpus (or of those they may be on) wait in one
 * list, first come first served, and get nothing at all while they wait.
 *
 * Choice. A cpu runs its vcpu when that is runnable and idles otherwise, whoever waits. So there is nothing to account:
 * no timeslice, no timer, no tick, no parameters; weight, cap and reservation mean nothing. What an event costs is the
 * pool's mechanism alone.
 *
 * Assignment. A vcpu that joins, or must move, gets the cpu it was on if that is free, else the first free one in order
 * of number; first among those it likes (soft affinity), then among those it may be on (hard). If there is none it
 * waits. A cpu that loses its vcpu goes at once to the first in the list that likes it, else to the first that may be
 * there; so does one that joins the pool.
 *
 * A vcpu keeps its cpu while it sleeps and while its domain is paused, and its place in the list as well: to Xen, only
 * a vcpu that the guest has put offline is neither assigned nor waiting, and there are none here. A domain that never
 * runs takes a cpu from those that would.
 *
 * Where it differs from Xen: a vcpu that waits is shown at no cpu (Xen: at any); when several cpus
 * change hands at once, those that lost theirs choose before those that wait (Xen moves one cpu at a time, so its order
 * is that of the requests). Xen's list once forgot who came back online (faa2c904fb); here, too, the invariant is that
 * everybody is in exactly one of both places, and that nobody waits beside a free cpu. Source: xen/common/sched/null.c
 * of master, in words.
 */
import type { SchedulerParams } from '../../interface/host.ts';
import { gathered } from '../arrays.ts';
import { CpuSet } from '../cpu-set.ts';
import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import { HARD, SOFT } from './placement.ts';
import { RunQueues } from './run-queues.ts';
import type { Scheduler } from './scheduler.ts';

const PARAMS: SchedulerParams = {};
/** There is one list for the whole pool. */
const WAITING = 0;

export class Null implements Scheduler {
  readonly name = 'null';
  readonly tickNs = 0;
  readonly params = PARAMS;
  readonly #pool: Pool;
  /** By cpu: its vcpu, or NONE. */
  #assigned = new Int32Array(0);
  #free = new CpuSet(0);
  #candidates = new CpuSet(0);
  readonly #waiting = new RunQueues();

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#waiting.rebuild(Int32Array.of(NONE));
  }

  setParams(): void {}
  setDomain(): void {}
  setReservation(): void {}

  // ---- shape

  rebuildCpus(from: Int32Array): void {
    this.#assigned = gathered(this.#assigned, from, NONE);
    this.#free = new CpuSet(from.length);
    this.#candidates = new CpuSet(from.length);
    for (let cpu = 0; cpu < from.length; cpu++) if (this.#assigned[cpu] === NONE) this.#free.add(cpu);
  }

  growVcpus(capacity: number): void {
    this.#waiting.grow(capacity);
  }

  growDomains(): void {}

  // ---- members

  insert(vcpu: number): void {
    this.#settle(vcpu, this.#pick(vcpu));
  }

  remove(vcpu: number): void {
    if (this.#isAssigned(vcpu)) this.#deassign(this.#pool.vcpus.where[vcpu]!);
    this.#waiting.drop(vcpu);
  }

  wake(vcpu: number): void {
    if (this.#isAssigned(vcpu)) this.#pool.raise(this.#pool.vcpus.where[vcpu]!);
  }

  sleep(): void {}
  yield(): void {}

  place(vcpu: number): void {
    if (this.#waiting.has(vcpu)) {
      this.#callFree(vcpu);
      return;
    }
    const cpu = this.#pick(vcpu);
    const own = this.#pool.vcpus.where[vcpu]!;
    const wasAssigned = this.#isAssigned(vcpu);
    if (wasAssigned && cpu !== own) this.#deassign(own);
    if (!wasAssigned || cpu !== own) this.#settle(vcpu, cpu);
    this.wake(vcpu);
  }

  // ---- choice

  schedule(cpu: number): number {
    let vcpu = this.#assigned[cpu]!;
    if (vcpu === NONE) vcpu = this.#takeFirst(cpu);
    this.#pool.sliceNs = Infinity;
    return vcpu !== NONE && this.#pool.vcpus.isRunnable(vcpu) ? vcpu : NONE;
  }

  charge(): void {}
  tick(): void {}
  timer(): void {}

  // ---- assignment

  #isAssigned(vcpu: number): boolean {
    const cpu = this.#pool.vcpus.where[vcpu]!;
    return cpu !== NONE && this.#assigned[cpu] === vcpu;
  }

  /** The cpu for a vcpu: its own or a free one, or NONE. */
  #pick(vcpu: number): number {
    const { vcpus } = this.#pool;
    const pin = vcpus.pin(vcpu);
    const own = vcpus.where[vcpu]!;
    const ownIsThere = own !== NONE && (this.#free.has(own) || this.#assigned[own] === vcpu);
    for (let step = pin?.soft ? SOFT : HARD; step <= HARD; step++) {
      const mask = pin === null ? null : step === SOFT ? pin.soft : pin.hard;
      if (ownIsThere && (mask === null || mask.has(own))) return own;
      this.#candidates.setToIntersection(this.#free, mask);
      if (this.#candidates.size > 0) return this.#candidates.first();
    }
    return NONE;
  }

  /** The cpus or the affinity are others now: free cpus where it may be look into the list again. */
  #callFree(vcpu: number): void {
    this.#candidates.setToIntersection(this.#free, this.#pool.vcpus.pin(vcpu)?.hard ?? null);
    for (let left = this.#candidates.size, cpu = NONE; left > 0; left--) {
      cpu = this.#candidates.cycle(cpu);
      this.#pool.raise(cpu);
    }
  }

  /** Puts a vcpu that has no cpu on the one it was picked for, or into the list. */
  #settle(vcpu: number, cpu: number): void {
    if (cpu !== NONE) {
      this.#assign(vcpu, cpu);
    } else {
      if (!this.#waiting.has(vcpu)) this.#waiting.insert(WAITING, vcpu, NONE);
      this.#pool.vcpus.where[vcpu] = NONE;
    }
  }

  #assign(vcpu: number, cpu: number): void {
    this.#waiting.drop(vcpu);
    this.#assigned[cpu] = vcpu;
    this.#free.delete(cpu);
    this.#pool.vcpus.where[vcpu] = cpu;
  }

  /** The cpu has lost its vcpu: who has waited longest for it gets it. */
  #deassign(cpu: number): void {
    this.#assigned[cpu] = NONE;
    this.#free.add(cpu);
    if (this.#takeFirst(cpu) !== NONE) this.#pool.raise(cpu);
  }

  /** Assigns a free cpu to the first in the list that likes it, else to the first that may be there. */
  #takeFirst(cpu: number): number {
    const { vcpus } = this.#pool;
    const { head, next } = this.#waiting;
    for (let step = vcpus.softPinned > 0 ? SOFT : HARD; step <= HARD; step++) {
      for (let vcpu = head[WAITING]!; vcpu !== NONE; vcpu = next[vcpu]!) {
        if (!(step === SOFT ? vcpus.likes(vcpu, cpu) : vcpus.mayRunOn(vcpu, cpu))) continue;
        this.#assign(vcpu, cpu);
        return vcpu;
      }
    }
    return NONE;
  }

  /** Who waits, longest first. */
  dump(): number[] {
    const { head, next } = this.#waiting;
    const found: number[] = [];
    for (let vcpu = head[WAITING]!; vcpu !== NONE; vcpu = next[vcpu]!) found.push(vcpu);
    return found;
  }

  /** Everybody has a cpu or waits, never both; and nobody waits for a cpu that is free. */
  assertInvariants(): void {
    const { vcpus, cpus } = this.#pool;
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) {
      if (vcpus.domain[vcpu] === NONE) continue;
      if (this.#isAssigned(vcpu) === this.#waiting.has(vcpu))
        throw new Error(`vcpu ${vcpu} is ${this.#waiting.has(vcpu) ? 'assigned and waits' : 'forgotten'}`);
    }
    for (let cpu = 0; cpu < cpus.count; cpu++) {
      const vcpu = this.#assigned[cpu]!;
      if (this.#free.has(cpu) !== (vcpu === NONE)) throw new Error(`cpu ${cpu} is free and assigned`);
      if (vcpu !== NONE && vcpus.where[vcpu] !== cpu) throw new Error(`vcpu ${vcpu} has two cpus`);
      if (vcpu === NONE && this.dump().some((waiting) => vcpus.mayRunOn(waiting, cpu)))
        throw new Error(`cpu ${cpu} is free while vcpus wait for it`);
    }
  }
}
