/**
 * rtds: Xen's real time scheduler, global earliest deadline first over deferrable servers.
 *
 * State. Each vcpu has a reservation: a budget of cpu time in every period, and whether it may have extra time. Of the
 * present period it has a deadline (its end), what is left of the budget, and a level: 0 as long as it lives on what is
 * reserved, one more each time it has used its budget up and goes on with extra time. The pool has one queue of those
 * that wait, by level and then by deadline, first come first served among equals; those without budget are depleted and
 * wait outside of it; and one queue of replenishments by deadline, of everyone who is runnable.
 *
 * Choice. A cpu takes the first of the queue that may be on it, unless the vcpu it has is strictly better. A vcpu that
 * begins to wait calls one cpu: an idle one, its own first; else, of those that it may be on, the one with the worst
 * vcpu, if it is better than that. Soft affinity and weight and cap mean nothing; there are no parameters.
 *
 * Accounting. Budget is burnt while running, to the nanosecond, and kept while asleep. Who has none left goes up a level
 * with a fresh budget if it may have extra time, else is depleted until its deadline; what a late timer let it overrun is
 * forgiven. At the deadline what is left is discarded: the next period of its own begins, in step with time 0, with full
 * budget on level 0. Nothing happens at the deadline of one that sleeps; it has the same done when it wakes. A running
 * vcpu is not charged for the part of a run that lies before its period (Xen's bug 514e5eb015); levels stop at the
 * highest and do not come round to 0 (410d44fcf3).
 *
 * A changed reservation counts from the next replenishment on: deadline and budget of the present period stay. Extra time
 * counts at once: a depleted vcpu that is given it goes on one level up, also when it is asleep at that moment (Xen's
 * assertion on who pauses, sets extratime and unpauses).
 *
 * Where it differs from Xen. There is no admission test: reservations beyond what the cpus have are accepted, and late
 * (so they were in Xen until its master began to refuse them). Replenishments are in order of deadline alone: Xen sorts them with
 * the comparison of the run queue, and so is late for one that wakes on a higher level. Whoever is replenished while it
 * waits calls a cpu: Xen only lets those call that were depleted, so that one with extra time, back on level 0, waits
 * beside a running vcpu of a later deadline until that one's budget ends, and misses its own. Both would break what the
 * reservation promises. One who is depleted calls nobody, one who gets extra time does. Queues are heaps instead of lists:
 * the same order, without the walk. Source: xen/common/sched/rt.c of 4.17 and of master, in words.
 */
import type { SchedulerParams } from '../../interface/host.ts';
import { DEFAULT_RESERVATION } from '../../interface/scheduling.ts';
import { NS_PER_US } from '../../interface/words.ts';
import { grown } from '../arrays.ts';
import { CpuSet } from '../cpu-set.ts';
import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import type { Scheduler } from './scheduler.ts';

const PARAMS: SchedulerParams = {};

/** Bits of `marks`. */
const EXTRATIME = 1;
/** Waits without budget. */
const DEPLETED = 2;

/** Where levels end. No reservation gets there: ten microseconds of budget a level, an hour of period. */
export const MAX_LEVEL = 2 ** 31 - 1;
export const oneUp = (level: number): number => Math.min(level, MAX_LEVEL - 1) + 1;

export class Rtds implements Scheduler {
  readonly name = 'rtds';
  readonly tickNs = 0;
  readonly params = PARAMS;
  readonly #pool: Pool;

  // by cpu
  /** Called, and has not chosen yet. */
  #called = new CpuSet(0);
  #candidates = new CpuSet(0);

  // by vcpu
  #periodNs = new Float64Array(0);
  #budgetNs = new Float64Array(0);
  #leftNs = new Float64Array(0);
  #deadlineNs = new Float64Array(0);
  /** Until when the budget has been burnt. */
  #burntNs = new Float64Array(0);
  #level = new Int32Array(0);
  #marks = new Uint8Array(0);

  readonly #queue = new DeadlineQueue();
  readonly #replenishments = new DeadlineQueue();
  /** When the timer is armed for, before it is late; Infinity: it is not. */
  #armedNs = Infinity;
  /** Those replenished at this instant. */
  #batch = new Int32Array(0);
  /** No vcpu that runs has a worse level and deadline than this; it may be that none has one as bad. */
  #worstLevel = 0;
  #worstNs = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  setParams(): void {}
  setDomain(): void {}

  // ---- reservations

  setReservation(vcpu: number): void {
    const hadExtratime = this.#hasExtratime(vcpu);
    this.#readReservation(vcpu);
    if (hadExtratime || !this.#hasExtratime(vcpu) || this.#leftNs[vcpu]! > 0) return;
    this.#goUp(vcpu);
    if (!this.#isDepleted(vcpu)) return;
    this.#enqueue(vcpu);
    this.#callFor(vcpu);
  }

  #readReservation(vcpu: number): void {
    const { periodUs, budgetUs, extratime } = this.#pool.vcpus.reservation(vcpu) ?? DEFAULT_RESERVATION;
    this.#periodNs[vcpu] = periodUs * NS_PER_US;
    this.#budgetNs[vcpu] = budgetUs * NS_PER_US;
    if (extratime) this.#marks[vcpu]! |= EXTRATIME;
    else this.#marks[vcpu]! &= ~EXTRATIME;
  }

  #hasExtratime(vcpu: number): boolean {
    return (this.#marks[vcpu]! & EXTRATIME) !== 0;
  }

  // ---- shape

  rebuildCpus(from: Int32Array): void {
    this.#called = new CpuSet(from.length);
    this.#candidates = new CpuSet(from.length);
  }

  growVcpus(capacity: number): void {
    this.#periodNs = grown(this.#periodNs, capacity);
    this.#budgetNs = grown(this.#budgetNs, capacity);
    this.#leftNs = grown(this.#leftNs, capacity);
    this.#deadlineNs = grown(this.#deadlineNs, capacity);
    this.#burntNs = grown(this.#burntNs, capacity);
    this.#level = grown(this.#level, capacity);
    this.#marks = grown(this.#marks, capacity);
    this.#batch = grown(this.#batch, capacity);
    this.#queue.grow(capacity, this.#level, this.#deadlineNs);
    this.#replenishments.grow(capacity, new Int32Array(capacity), this.#deadlineNs);
  }

  growDomains(): void {}

  // ---- members

  insert(vcpu: number): void {
    this.#marks[vcpu] = 0;
    this.#readReservation(vcpu);
    this.#deadlineNs[vcpu] = 0;
    this.#replenish(vcpu);
    this.#assign(vcpu);
  }

  remove(vcpu: number): void {
    this.#forget(vcpu);
  }

  wake(vcpu: number): void {
    if (this.#pool.isOnCpu(vcpu) || this.#waits(vcpu)) return;
    if (this.#pool.nowNs >= this.#deadlineNs[vcpu]!) {
      this.#replenishments.drop(vcpu);
      this.#replenish(vcpu);
    }
    if (!this.#replenishments.has(vcpu)) this.#replenishments.insert(vcpu);
    this.#arm();
    this.#enqueue(vcpu);
    this.#callFor(vcpu);
  }

  /** If it is on a cpu, its replenishment is called off when that chooses again. */
  sleep(vcpu: number): void {
    if (!this.#pool.isOnCpu(vcpu)) this.#forget(vcpu);
  }

  yield(): void {}

  place(vcpu: number): void {
    this.#assign(vcpu);
    if (this.#pool.vcpus.isRunnable(vcpu)) this.wake(vcpu);
    else this.#forget(vcpu);
  }

  /** Its own cpu, if it may be there, else the next one where it may. */
  #assign(vcpu: number): void {
    const { vcpus, cpus } = this.#pool;
    const own = vcpus.where[vcpu]!;
    if (own !== NONE && vcpus.mayRunOn(vcpu, own)) return;
    const hard = vcpus.pin(vcpu)?.hard ?? null;
    vcpus.where[vcpu] = cpus.count === 0 ? NONE : hard === null ? 0 : hard.cycle(own);
  }

  #waits(vcpu: number): boolean {
    return this.#queue.has(vcpu) || this.#isDepleted(vcpu);
  }

  #isDepleted(vcpu: number): boolean {
    return (this.#marks[vcpu]! & DEPLETED) !== 0;
  }

  #forget(vcpu: number): void {
    this.#queue.drop(vcpu);
    this.#marks[vcpu]! &= ~DEPLETED;
    this.#replenishments.drop(vcpu);
    this.#arm();
  }

  /** Lets it wait, for a cpu or for its budget; not, or no longer, in the queue. */
  #enqueue(vcpu: number): void {
    if (this.#leftNs[vcpu]! > 0) {
      this.#marks[vcpu]! &= ~DEPLETED;
      this.#queue.insert(vcpu);
    } else {
      this.#marks[vcpu]! |= DEPLETED;
    }
  }

  // ---- choice

  schedule(cpu: number): number {
    const { cpus, vcpus, nowNs } = this.#pool;
    const current = cpus.current[cpu]!;
    this.#called.delete(cpu);
    let next = this.#firstFor(cpu);
    let stays = false;
    if (current !== NONE) {
      this.charge(cpu);
      stays = vcpus.isRunnable(current);
      if (!stays) this.#forget(current);
      else if (this.#leftNs[current]! > 0 && (next === NONE || this.#isBetter(current, next))) next = current;
    }
    if (next !== NONE) {
      if (next !== current) this.#queue.drop(next);
      this.#burntNs[next] = nowNs;
      this.#noteRunning(next);
      this.#pool.sliceNs = this.#leftNs[next]!;
    }
    if (stays && next !== current) {
      this.#enqueue(current);
      this.#callFor(current);
    }
    return next;
  }

  /** The best of the queue that may be on this cpu, or NONE. */
  #firstFor(cpu: number): number {
    const { vcpus } = this.#pool;
    const first = this.#queue.first();
    if (first === NONE || vcpus.mayRunOn(first, cpu)) return first;
    let best = NONE;
    for (let chain = 0; chain < this.#queue.chains; chain++) {
      let vcpu = this.#queue.head(chain);
      if (best !== NONE && !this.#queue.precedes(vcpu, best)) continue;
      while (vcpu !== NONE && !vcpus.mayRunOn(vcpu, cpu)) vcpu = this.#queue.next[vcpu]!;
      if (vcpu !== NONE) best = vcpu;
    }
    return best;
  }

  #isBetter(a: number, b: number): boolean {
    const levels = this.#level[a]! - this.#level[b]!;
    return levels !== 0 ? levels < 0 : this.#deadlineNs[a]! < this.#deadlineNs[b]!;
  }

  // ---- who must choose again

  /** A vcpu waits: which cpu, if any, shall look at it at once. */
  #callFor(vcpu: number): void {
    const { cpus } = this.#pool;
    if (!this.#queue.has(vcpu)) return;
    const idle = cpus.idle.size > 0 ? this.#idleFor(vcpu) : NONE;
    if (idle !== NONE) this.#call(idle);
    else if (this.#mayBeBetter(vcpu)) this.#callWorst(vcpu);
  }

  /** An idle cpu that it may be on: its own, else the next one. */
  #idleFor(vcpu: number): number {
    const { cpus, vcpus } = this.#pool;
    const hard = vcpus.pin(vcpu)?.hard ?? null;
    let idle = cpus.idle;
    if (hard !== null) {
      idle = this.#candidates;
      idle.setToIntersection(cpus.idle, hard);
    }
    const own = vcpus.where[vcpu]!;
    return idle.has(own) ? own : idle.cycle(own);
  }

  /** Calls the cpu with the worst vcpu, its own first among equals, if that is worse than this one. */
  #callWorst(vcpu: number): void {
    const { cpus, vcpus } = this.#pool;
    const { current, count } = cpus;
    const hard = vcpus.pin(vcpu)?.hard ?? null;
    let worst = NONE;
    let cpu = vcpus.where[vcpu]!;
    for (let left = count; left > 0; left--) {
      const running = current[cpu]!;
      if (
        running !== NONE &&
        !this.#called.has(cpu) &&
        (hard === null || hard.has(cpu)) &&
        (worst === NONE || this.#isBetter(current[worst]!, running))
      )
        worst = cpu;
      cpu = cpu + 1 < count ? cpu + 1 : 0;
    }
    if (worst === NONE) return;
    if (this.#isBetter(vcpu, current[worst]!)) this.#call(worst);
    else if (hard === null) this.#setWorst(current[worst]!);
  }

  /** A called cpu counts as busy at once, so that the next one finds another. */
  #call(cpu: number): void {
    this.#called.add(cpu);
    this.#pool.cpus.setIdle(cpu, false);
    this.#pool.raise(cpu);
  }

  /** Spares most of the walks over all cpus: while all run on level 0 towards one deadline nobody outranks another. */
  #mayBeBetter(vcpu: number): boolean {
    const levels = this.#level[vcpu]! - this.#worstLevel;
    return levels !== 0 ? levels < 0 : this.#deadlineNs[vcpu]! < this.#worstNs;
  }

  #noteRunning(vcpu: number): void {
    const levels = this.#level[vcpu]! - this.#worstLevel;
    if (levels !== 0 ? levels > 0 : this.#deadlineNs[vcpu]! > this.#worstNs) this.#setWorst(vcpu);
  }

  #setWorst(vcpu: number): void {
    this.#worstLevel = this.#level[vcpu]!;
    this.#worstNs = this.#deadlineNs[vcpu]!;
  }

  // ---- budgets

  tick(): void {}

  charge(cpu: number): void {
    const { cpus, nowNs } = this.#pool;
    const vcpu = cpus.current[cpu]!;
    this.#leftNs[vcpu]! -= nowNs - this.#burntNs[vcpu]!;
    this.#burntNs[vcpu] = nowNs;
    if (this.#leftNs[vcpu]! > 0) return;
    if (this.#hasExtratime(vcpu)) this.#goUp(vcpu);
    else this.#leftNs[vcpu] = 0;
  }

  #goUp(vcpu: number): void {
    this.#level[vcpu] = oneUp(this.#level[vcpu]!);
    this.#leftNs[vcpu] = this.#budgetNs[vcpu]!;
  }

  /** The period is over: on to the one that belongs to this instant. */
  #replenish(vcpu: number): void {
    const { nowNs } = this.#pool;
    const periodNs = this.#periodNs[vcpu]!;
    const lateNs = nowNs - this.#deadlineNs[vcpu]!;
    this.#deadlineNs[vcpu]! += (Math.floor(lateNs / periodNs) + 1) * periodNs;
    this.#leftNs[vcpu] = this.#budgetNs[vcpu]!;
    this.#burntNs[vcpu] = nowNs;
    this.#level[vcpu] = 0;
  }

  #arm(): void {
    const first = this.#replenishments.first();
    if (first === NONE) {
      if (this.#armedNs < Infinity) this.#pool.cancelScheduler();
      this.#armedNs = Infinity;
    } else if (this.#deadlineNs[first] !== this.#armedNs) {
      this.#armedNs = this.#deadlineNs[first]!;
      this.#pool.armScheduler(this.#armedNs - this.#pool.nowNs);
    }
  }

  /** Replenishes whom it is time for: first all of them, then they call for cpus. */
  timer(): void {
    const { nowNs } = this.#pool;
    this.#armedNs = Infinity;
    let count = 0;
    for (;;) {
      const vcpu = this.#replenishments.first();
      if (vcpu === NONE || this.#deadlineNs[vcpu]! > nowNs) break;
      this.#batch[count++] = vcpu;
      this.#replenishments.drop(vcpu);
      const waits = this.#waits(vcpu);
      this.#queue.drop(vcpu);
      this.#replenish(vcpu);
      if (waits) this.#enqueue(vcpu);
      else this.#noteRunning(vcpu);
    }
    // Xen's order: so those of one period and one deadline turn round each time.
    while (count > 0) {
      const vcpu = this.#batch[--count]!;
      if (this.#queue.has(vcpu)) this.#callFor(vcpu);
      else this.#callForFirst(vcpu);
      this.#replenishments.insert(vcpu);
    }
    this.#arm();
  }

  /** This vcpu runs, and has a later deadline now: the first of the queue may be better. */
  #callForFirst(running: number): void {
    const first = this.#queue.first();
    if (first !== NONE && this.#isBetter(first, running)) this.#callFor(first);
  }

  /** What Xen shows of a vcpu when asked for its queues. */
  dump(vcpu: number): Dump {
    return {
      level: this.#level[vcpu]!,
      deadlineNs: this.#deadlineNs[vcpu]!,
      leftNs: this.#leftNs[vcpu]!,
      isDepleted: this.#isDepleted(vcpu),
    };
  }

  /** Whoever is runnable runs, waits or is depleted, and has a replenishment coming; nobody else has any of it. */
  assertInvariants(): void {
    const { vcpus } = this.#pool;
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) {
      const isMember = vcpus.domain[vcpu] !== NONE;
      const due = isMember && vcpus.isRunnable(vcpu);
      const places = [this.#pool.isOnCpu(vcpu), this.#queue.has(vcpu), this.#isDepleted(vcpu)];
      if (places.filter(Boolean).length !== (due ? 1 : 0))
        throw new Error(`vcpu ${vcpu} should ${due ? '' : 'not '}run or wait: ${places}`);
      if (this.#replenishments.has(vcpu) !== due) throw new Error(`vcpu ${vcpu} is replenished: ${!due}`);
      if (due && this.#deadlineNs[vcpu]! < this.#armedNs)
        throw new Error(`the timer is too late for vcpu ${vcpu}`);
      if (due && this.#isDepleted(vcpu) && (this.#leftNs[vcpu]! > 0 || this.#hasExtratime(vcpu)))
        throw new Error(`vcpu ${vcpu} is depleted, but need not be`);
      if (this.#queue.has(vcpu) && this.#leftNs[vcpu]! <= 0)
        throw new Error(`vcpu ${vcpu} waits without budget`);
    }
  }
}

interface Dump {
  readonly level: number;
  readonly deadlineNs: number;
  readonly leftNs: number;
  readonly isDepleted: boolean;
}
