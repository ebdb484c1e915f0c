/**
 * credit2: Xen's proportional share scheduler since 4.12, as it is in 4.17, faults included.
 *
 * State. The cpus of a socket share a run queue, 16 at most (run-queue-layout.ts). Each vcpu belongs to one of them and
 * has credits, counted in ns. A queue is sorted by credit (sorted-queues.ts); the vcpus on its cpus are not in it.
 *
 * Accounting. A vcpu burns credits while it runs, one a ns if it has the highest weight of its queue, else more, in
 * inverse proportion to its weight; the remainder of the division is carried. -10 ms is the least it can have. When a
 * cpu has chosen and neither the chosen nor the first that waits has credits left, all vcpus of the queue, asleep or not,
 * get 10 ms more (20 if the chosen one was at the very bottom), and keep at most 10.5; who runs is charged first.
 *
 * Choice. Of the vcpu that is on the cpu and those that wait, the one with the most credits, the former if equal. Left
 * out are those that may not run there, those that another cpu was called for which has not chosen yet, those that
 * were last elsewhere and lead by less than 0.5 ms, and those whose cap is used up. For the ratelimit of 1 ms the
 * former stays whatever waits. It runs until its credits are those of the first that waits, from 0.5 to 10 ms.
 *
 * A vcpu that is queued calls a cpu: an idle one (of an idle core first), else the one whose vcpu has fewest credits.
 *
 * Queues exchange vcpus after a reset, if their loads differ enough (load-averages.ts, balance.ts). A new vcpu, or one
 * that must move, goes to the queue with the least load. Where credit counts a soft affinity twice, credit2 prefers
 * queues and idle cpus in it, gives a preemption there a bonus, and lets go of a cpu outside if one inside is idle.
 *
 * Caps are kept in 10 ms by domain (budgets.ts).
 *
 * Weights hold among pinned vcpus too, as long as their credits differ; but credits are reset when nobody of the queue
 * has any, so that a pinned group beside heavier or more numerous others falls to the bottom, where all are equal and
 * whoever is on the cpu stays there. A pool of their own mends it here as well.
 *
 * Faults reproduced on purpose: the vcpu that leaves a cpu is not looked at when the slice of the next is measured, so
 * two equal hogs run 10 ms each (until ae648e9f80 of 2025); an idle cpu refuses a vcpu from elsewhere that is less than 0.5 ms
 * from the bottom; the limits of balancing are taken from the last queue, not from the one compared with.
 *
 * Where it differs from Xen: locks always succeed; the layout of run queues sees the pool's cpus only; a vcpu found
 * to be moved in the very moment it is chosen goes at once. Sources: xen/common/sched/credit2.c of 4.17, in words.
 */
import type { SchedulerParams } from '../../interface/host.ts';
import { LIMITS, NS_PER_MS, NS_PER_US } from '../../interface/words.ts';
import { gathered, grown, inverted } from '../arrays.ts';
import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import { MIGRATING } from '../vcpus.ts';
import { Balance } from './balance.ts';
import { Budgets } from './budgets.ts';
import { LoadAverages, ONE_LOAD } from './load-averages.ts';
import { firstFrom, QueueCpus } from './queue-cpus.ts';
import { QueueMembers } from './queue-members.ts';
import { QueuePlacement } from './queue-placement.ts';
import type { Scheduler } from './scheduler.ts';
import { SortedQueues } from './sorted-queues.ts';

/** What a vcpu begins with and is given at a reset; the longest slice too. */
export const CREDIT_INIT = 10 * NS_PER_MS;
export const CREDIT_MIN = -CREDIT_INIT;
const CREDIT_IDLE = CREDIT_MIN - 1;
const MIN_SLICE_NS = 500 * NS_PER_US;
/** What it may keep beyond at a reset. */
export const CREDIT_MOST = CREDIT_INIT + MIN_SLICE_NS;
/** By how much a vcpu from elsewhere must lead (Xen's sched_credit2_migrate_resist). */
const MIGRATE_RESIST = 500 * NS_PER_US;
/** What it gets for the move. */
const MIGRATE_COMPENSATION = 50 * NS_PER_US;
/** A second: without a reset the compensations add up for ever, and in Xen overflow after two. */
const CREDIT_LIMIT = 2 ** 30;
/** Who is that close to the end of its ratelimit may be preempted: the call takes its time. */
const RATELIMIT_TOLERANCE_NS = 50 * NS_PER_US;
/**
 * A slice is shorter than reckoned by up to so much, in even steps of the golden section. Timers here are late by 50 us,
 * always (dispatcher.ts), which is a tenth of the shortest slice and what a move is worth. With nothing but such round
 * numbers the cpus of a queue come back to where they were after a few turns, for ever: three equal hogs on two cpus got 57,
 * 66 and 77 %. No host is so regular; like this a timer is late by anything from nothing to 50 us, and they get a third each.
 */
const UNEVEN_NS = 50 * NS_PER_US;
const UNEVEN_STEP_NS = 30_902;

export class Credit2 implements Scheduler {
  readonly name = 'credit2';
  readonly tickNs = 0;
  #params: Required<Pick<SchedulerParams, 'ratelimitUs'>> = { ratelimitUs: LIMITS.ratelimitUs.default };
  #ratelimitNs = LIMITS.ratelimitUs.default * NS_PER_US;
  readonly #pool: Pool;
  readonly #queues = new SortedQueues();
  readonly #cpus: QueueCpus;
  readonly #loads: LoadAverages;
  readonly #members: QueueMembers;
  readonly #placement: QueuePlacement;
  readonly #balance: Balance;
  readonly #budgets: Budgets;
  #uneven = 0;

  // by cpu
  /** Who is on it after the last choice: `cpus.current`, but already while the pool still switches. */
  #on = new Int32Array(0);

  // by vcpu
  #residue = new Int32Array(0);
  /** Until when it has been charged. */
  #chargedNs = new Float64Array(0);
  #yields = new Uint8Array(0);
  /** The cpu that was called for it, or NONE. */
  #calledCpu = new Int32Array(0);

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#cpus = new QueueCpus(pool);
    this.#loads = new LoadAverages(pool);
    this.#members = new QueueMembers(this.#loads);
    this.#placement = new QueuePlacement(pool, this.#cpus, this.#members, this.#loads);
    this.#balance = new Balance(pool, this.#cpus, this.#members, this.#loads, this.#placement);
    this.#budgets = new Budgets(pool, (vcpu) => this.#resume(vcpu));
  }

  // ---- parameters

  get params(): SchedulerParams {
    return this.#params;
  }

  setParams({ ratelimitUs = this.#params.ratelimitUs }: SchedulerParams): void {
    this.#params = { ratelimitUs };
    this.#ratelimitNs = ratelimitUs * NS_PER_US;
    this.#cpus.rejuvenate();
  }

  setDomain(domain: number, weight: number, cap: number): void {
    const { domains, vcpus } = this.#pool;
    for (let vcpu = domains.first[domain]!; vcpu !== NONE; vcpu = vcpus.sibling[vcpu]!) {
      this.#members.setWeight(vcpu, weight);
      if (cap === 0 || this.#budgets.isCapped(domain) || !this.#pool.isOnCpu(vcpu)) continue;
      // What it has run until now is not held against the new cap; then it must get itself a budget.
      this.#burn(vcpu);
      this.#call(vcpus.where[vcpu]!);
    }
    this.#budgets.setCap(domain, cap);
  }

  setReservation(): void {}

  // ---- shape

  rebuildCpus(from: Int32Array): void {
    const { where } = this.#pool.vcpus;
    const to = inverted(from, this.#on.length);
    const { count } = this.#cpus;
    const origins = this.#cpus.rebuild(this.#pool.cpus, from);
    this.#on = gathered(this.#on, from, NONE);
    this.#calledCpu.fill(NONE);
    this.#loads.rebuildQueues(origins);
    this.#placement.rebuild(origins, to);
    this.#members.rebuild(origins.length, inverted(origins, count), (vcpu) => {
      const cpu = to[where[vcpu]!]!;
      return cpu === NONE ? NONE : this.#cpus.queueOf[cpu]!;
    });
    const { queueOf } = this.#members;
    const waited = this.#queues.clear(origins.length);
    for (const vcpu of waited) this.#queues.insert(queueOf[vcpu]!, vcpu);
    for (const vcpu of [...waited, ...this.#on]) {
      if (vcpu !== NONE) this.#loads.updateQueue(queueOf[vcpu]!, 1);
    }
  }

  growVcpus(capacity: number): void {
    this.#queues.grow(capacity);
    this.#loads.grow(capacity);
    this.#members.grow(capacity);
    this.#placement.grow(capacity);
    this.#balance.grow(capacity);
    this.#budgets.growVcpus(capacity);
    this.#residue = grown(this.#residue, capacity);
    this.#chargedNs = grown(this.#chargedNs, capacity);
    this.#yields = grown(this.#yields, capacity);
    this.#calledCpu = grown(this.#calledCpu, capacity, NONE);
  }

  growDomains(capacity: number): void {
    this.#budgets.growDomains(capacity);
  }

  // ---- members

  insert(vcpu: number): void {
    const { domains, vcpus } = this.#pool;
    this.#queues.credit[vcpu] = CREDIT_INIT;
    this.#members.weight[vcpu] = domains.weight[vcpus.domain[vcpu]!]!;
    this.#residue[vcpu] = 0;
    this.#yields[vcpu] = 0;
    this.#calledCpu[vcpu] = NONE;
    this.#budgets.join(vcpu);
    this.#loads.begin(vcpu);
    const cpu = this.#placement.pick(vcpu);
    vcpus.where[vcpu] = cpu;
    if (cpu !== NONE) this.#members.join(vcpu, this.#cpus.queueOf[cpu]!);
  }

  remove(vcpu: number): void {
    this.sleep(vcpu);
    this.#members.leave(vcpu);
    this.#budgets.leave(vcpu);
  }

  wake(vcpu: number): void {
    if (this.#pool.isOnCpu(vcpu) || this.#queues.has(vcpu)) return;
    this.#enter(vcpu);
  }

  sleep(vcpu: number): void {
    if (!this.#queues.has(vcpu)) return;
    this.#queues.drop(vcpu);
    this.#leaveLoad(vcpu);
  }

  yield(vcpu: number): void {
    this.#yields[vcpu] = 1;
  }

  place(vcpu: number): void {
    const { vcpus } = this.#pool;
    const cpu = this.#placement.pick(vcpu);
    if (cpu === NONE) return;
    const queue = this.#cpus.queueOf[cpu]!;
    if (queue === this.#members.queueOf[vcpu]) vcpus.where[vcpu] = cpu;
    else this.#placement.move(vcpu, queue);
    if (vcpus.isRunnable(vcpu)) this.#enter(vcpu);
  }

  /** It is no longer parked. */
  #resume(vcpu: number): void {
    if (this.#pool.vcpus.isRunnable(vcpu)) this.wake(vcpu);
  }

  /** A runnable vcpu joins those that wait, and calls a cpu. */
  #enter(vcpu: number): void {
    const queue = this.#members.queueOf[vcpu]!;
    this.#loads.update(queue, 1, vcpu, false);
    this.#queues.insert(queue, vcpu);
    this.#callFor(vcpu, queue);
  }

  #leaveLoad(vcpu: number): void {
    this.#loads.update(this.#members.queueOf[vcpu]!, -1, vcpu, true);
  }

  // ---- choice

  schedule(cpu: number): number {
    const pool = this.#pool;
    const current = pool.cpus.current[cpu]!;
    const queue = this.#cpus.queueOf[cpu]!;
    this.#cpus.answer(cpu);
    if (current !== NONE) {
      this.#burn(current);
      if (this.#budgets.left[current]! <= 0) this.#budgets.grab(current);
    }
    const next = this.#candidate(cpu, queue, current);
    if (next === NONE) {
      this.#cpus.setIdle(cpu, true);
      this.#loads.updateQueue(queue, 0);
      pool.sliceNs = Infinity;
    } else {
      this.#take(cpu, queue, current, next);
      pool.sliceNs = this.#sliceOf(cpu, queue, current, next) - this.#unevenNs();
    }
    this.#on[cpu] = next;
    if (current !== NONE && current !== next) this.#putAside(current, queue);
    return next;
  }

  /** Who shall run here: the one that is here (NONE: nobody, or it may not) or the first in the queue that outdoes it. */
  #candidate(cpu: number, queue: number, current: number): number {
    const { vcpus } = this.#pool;
    const { credit, head, next } = this.#queues;
    const yields = current !== NONE && this.#yields[current] === 1;
    let best = NONE;
    if (current !== NONE) {
      this.#yields[current] = 0;
      if (vcpus.isRunnable(current)) {
        if (!yields && this.#pool.nowNs - this.#pool.cpus.sinceNs[cpu]! < this.#ratelimitNs) return current;
        if (vcpus.softPinned === 0 || !this.#likesBetter(current, cpu)) best = current;
      }
    }
    const mark = best === NONE ? CREDIT_IDLE : credit[best]!;
    let after = NONE;
    for (let vcpu = head[queue]!; vcpu !== NONE; vcpu = after) {
      if (!yields && credit[vcpu]! <= mark) break;
      after = next[vcpu]!;
      if (!vcpus.mayRunOn(vcpu, cpu) || this.#isPromised(vcpu, cpu)) continue;
      if (vcpus.where[vcpu] !== cpu && mark + MIGRATE_RESIST > credit[vcpu]!) continue;
      // The last question, for it takes the budget or parks the vcpu.
      if (this.#budgets.grab(vcpu)) return vcpu;
    }
    return best;
  }

  /** Another cpu was called for it and has yet to choose. */
  #isPromised(vcpu: number, cpu: number): boolean {
    const called = this.#calledCpu[vcpu]!;
    return called !== NONE && called !== cpu && this.#cpus.isCalled(called);
  }

  /** The vcpu is outside of its soft affinity, and a cpu inside idles. */
  #likesBetter(vcpu: number, cpu: number): boolean {
    const soft = this.#pool.vcpus.pin(vcpu)?.soft;
    if (!soft || soft.has(cpu)) return false;
    const queue = this.#cpus.queueOf[cpu]!;
    return (this.#cpus.within(queue, soft) & this.#cpus.idle[queue]! & ~this.#cpus.called[queue]!) !== 0;
  }

  /** The chosen one begins here or stays; the moment when an epoch of the queue may end. */
  #take(cpu: number, queue: number, current: number, next: number): void {
    const { where } = this.#pool.vcpus;
    const { credit, head } = this.#queues;
    if (next === current) {
      this.#loads.update(queue, 0, next, true);
    } else {
      this.#queues.drop(next);
      this.#cpus.begin(cpu);
      this.#chargedNs[next] = this.#pool.nowNs;
    }
    this.#cpus.setIdle(cpu, false);
    const comesFrom = where[next]!;
    where[next] = cpu;
    this.#calledCpu[next] = NONE;
    const first = head[queue]!;
    if (credit[next]! <= 0 && (first === NONE || credit[first]! <= 0)) {
      this.#reset(queue, cpu, next);
      this.#on[cpu] = next;
      this.#exchange(queue, current);
    }
    if (comesFrom !== cpu) credit[next] = Math.min(CREDIT_LIMIT, credit[next]! + MIGRATE_COMPENSATION);
  }

  /** How long the chosen one may run. Who has just been put aside does not wait yet, so nobody looks at it. */
  #sliceOf(cpu: number, queue: number, current: number, next: number): number {
    const { nowNs, cpus } = this.#pool;
    const { credit, head } = this.#queues;
    let least = MIN_SLICE_NS;
    if (this.#ratelimitNs > 0) {
      const hasRunNs = next === current ? nowNs - cpus.sinceNs[cpu]! : 0;
      least = Math.max(least, this.#ratelimitNs - hasRunNs);
    }
    const first = head[queue]!;
    const lead = Math.max(0, credit[next]! - (first === NONE ? 0 : Math.max(0, credit[first]!)));
    const weight = this.#members.weight[next]!;
    const most = this.#members.maxWeight[queue]!;
    const time = weight === most ? lead : Math.floor((lead * weight) / most);
    const sliceNs = Math.min(time, this.#budgets.left[next]!);
    return sliceNs < least ? least : Math.min(sliceNs, CREDIT_INIT);
  }

  #unevenNs(): number {
    this.#uneven += this.#uneven < UNEVEN_NS - UNEVEN_STEP_NS ? UNEVEN_STEP_NS : UNEVEN_STEP_NS - UNEVEN_NS;
    return this.#uneven;
  }

  /** It has been on a cpu until now and is no more: Xen's context_saved. */
  #putAside(vcpu: number, queue: number): void {
    const { vcpus } = this.#pool;
    const left = this.#budgets.left[vcpu]!;
    const frees = left > 0 && left < Infinity && this.#budgets.bringBack(vcpu);
    if (vcpus.isRunnable(vcpu)) {
      this.#queues.insert(queue, vcpu);
      this.#callFor(vcpu, queue);
    } else {
      this.#leaveLoad(vcpu);
    }
    if (frees) this.#budgets.unpark(vcpus.domain[vcpu]!);
  }

  // ---- who must choose again

  #call(cpu: number): void {
    this.#cpus.call(cpu);
    this.#pool.raise(cpu);
  }

  /** A vcpu has been queued: the cpu that shall look at it at once, if any, is called. */
  #callFor(vcpu: number, queue: number): void {
    const pin = this.#pool.vcpus.pin(vcpu);
    const cpus = this.#cpus;
    const allowed = pin === null ? cpus.all[queue]! : cpus.within(queue, pin.hard);
    const idle = cpus.idle[queue]!;
    const free = idle & ~cpus.called[queue]!;
    let cpu = NONE;
    if ((free & allowed) !== 0) {
      const liked = pin?.soft ? free & cpus.within(queue, pin.soft) : 0;
      cpu = this.#idleOne(vcpu, queue, liked !== 0 ? liked : free & allowed);
    } else {
      cpu = this.#weakest(vcpu, queue, allowed & ~idle & ~cpus.called[queue]!);
    }
    if (cpu === NONE) return;
    this.#call(cpu);
    this.#calledCpu[vcpu] = cpu;
  }

  /** Of these idle cpus one of an idle core, if there is any; the vcpu's own before others. */
  #idleOne(vcpu: number, queue: number, bits: number): number {
    const own = this.#cpus.bit[this.#pool.vcpus.where[vcpu]!]!;
    const whole = bits & this.#cpus.idleCores[queue]!;
    return this.#cpus.at(queue, firstFrom(whole !== 0 ? whole : bits, own));
  }

  /**
   * Of these busy cpus the one where a preemption gains most: the lead in credit, and a bonus for each one's soft affinity;
   * NONE: it would gain nothing anywhere. Its own cpu is taken outright unless it would rather be elsewhere.
   */
  #weakest(vcpu: number, queue: number, busy: number): number {
    const cpus = this.#cpus;
    const own = this.#pool.vcpus.where[vcpu]!;
    const ownBit = cpus.bit[own]!;
    const credit = this.#queues.credit[vcpu]!;
    const bonuses = this.#pool.vcpus.softPinned > 0;
    const youthNs = this.#ratelimitNs - RATELIMIT_TOLERANCE_NS;
    if (youthNs > 0) cpus.age(queue, youthNs);
    const bits = youthNs > 0 ? busy & ~cpus.young[queue]! : busy;
    let most = 0;
    let weakest = NONE;
    if ((bits & ownBit) !== 0) {
      most = Math.max(0, credit - this.#creditNow(this.#on[own]!, queue));
      if (most > 0 && (!bonuses || this.#isLiked(vcpu, own))) return own;
      if (most > 0) {
        most += this.#softBonus(vcpu, own);
        weakest = own;
      }
    }
    for (let rest = bits & ~ownBit; rest !== 0; rest &= rest - 1) {
      const cpu = cpus.at(queue, rest & -rest);
      let score = credit - MIGRATE_RESIST - this.#creditNow(this.#on[cpu]!, queue);
      if (bonuses && score > 0) score += this.#softBonus(vcpu, cpu);
      if (score <= most) continue;
      most = score;
      weakest = cpu;
    }
    return weakest;
  }

  #isLiked(vcpu: number, cpu: number): boolean {
    const soft = this.#pool.vcpus.pin(vcpu)?.soft;
    return !soft || soft.has(cpu);
  }

  #softBonus(vcpu: number, cpu: number): number {
    const gains = this.#isLiked(vcpu, cpu) ? CREDIT_INIT : 0;
    return this.#isLiked(this.#on[cpu]!, cpu) ? gains : gains + CREDIT_INIT;
  }

  // ---- credits

  /** Charges a vcpu that is on a cpu for what it has run until now. */
  #burn(vcpu: number): void {
    const { nowNs } = this.#pool;
    const ranNs = nowNs - this.#chargedNs[vcpu]!;
    if (ranNs <= 0) return;
    const { credit } = this.#queues;
    const weight = this.#members.weight[vcpu]!;
    const most = this.#members.maxWeight[this.#members.queueOf[vcpu]!]!;
    let burnt = ranNs;
    if (weight !== most) {
      const scaled = ranNs * most + this.#residue[vcpu]!;
      burnt = Math.floor(scaled / weight);
      this.#residue[vcpu] = scaled - burnt * weight;
    }
    credit[vcpu] = Math.max(CREDIT_MIN, credit[vcpu]! - burnt);
    this.#budgets.left[vcpu]! -= ranNs;
    this.#chargedNs[vcpu] = nowNs;
  }

  /** What `burn` would leave. */
  #creditNow(vcpu: number, queue: number): number {
    const ranNs = this.#pool.nowNs - this.#chargedNs[vcpu]!;
    const weight = this.#members.weight[vcpu]!;
    const most = this.#members.maxWeight[queue]!;
    const burnt = weight === most ? ranNs : Math.floor((ranNs * most + this.#residue[vcpu]!) / weight);
    return Math.max(CREDIT_MIN, this.#queues.credit[vcpu]! - burnt);
  }

  /** A new epoch: everybody of the queue gets credits, who runs is charged first. Their order stays as it is. */
  #reset(queue: number, cpu: number, next: number): void {
    const { cpus, vcpus } = this.#pool;
    const { credit } = this.#queues;
    const amount = credit[next] === CREDIT_MIN ? 2 * CREDIT_INIT : CREDIT_INIT;
    for (let vcpu = this.#members.first[queue]!; vcpu !== NONE; vcpu = this.#members.next[vcpu]!) {
      const at = vcpus.where[vcpu]!;
      if (cpus.current[at] === vcpu) {
        this.#burn(vcpu);
        if (this.#budgets.left[vcpu]! <= 0 && at !== cpu) this.#call(at);
      }
      credit[vcpu] = Math.min(CREDIT_MOST, credit[vcpu]! + amount);
    }
    this.#queues.resort(queue);
  }

  charge(cpu: number): void {
    const vcpu = this.#pool.cpus.current[cpu]!;
    this.#burn(vcpu);
    // Its siblings are not let go here, in the middle of a change of the pool; at the next refill at the latest.
    if (this.#budgets.left[vcpu]! < Infinity) this.#budgets.bringBack(vcpu);
    this.#leaveLoad(vcpu);
    this.#on[cpu] = NONE;
    this.#cpus.setIdle(cpu, true);
  }

  tick(): void {}

  /** The budgets of capped domains are due. */
  timer(): void {
    this.#budgets.refill();
  }

  // ---- load balancing

  /** Exchanges vcpus with another queue. `leaving` is about to leave its cpu. */
  #exchange(queue: number, leaving: number): void {
    const balance = this.#balance;
    balance.consider(queue);
    if (balance.push !== NONE) this.#send(balance.push, balance.other, leaving);
    if (balance.pull !== NONE) this.#send(balance.pull, queue, leaving);
  }

  /** To another queue: at once, or if it is on a cpu as soon as it has been taken off. */
  #send(vcpu: number, queue: number, leaving: number): void {
    const cpu = this.#pool.vcpus.where[vcpu]!;
    if (this.#on[cpu] === vcpu || vcpu === leaving) {
      this.#placement.target[vcpu] = queue;
      this.#cpus.call(cpu);
      this.#pool.migrate(vcpu);
      return;
    }
    const waits = this.#queues.has(vcpu);
    if (waits) {
      this.#queues.drop(vcpu);
      this.#loads.updateQueue(this.#members.queueOf[vcpu]!, -1);
    }
    this.#placement.move(vcpu, queue);
    if (!waits) return;
    this.#loads.updateQueue(queue, 1);
    this.#queues.insert(queue, vcpu);
    this.#callFor(vcpu, queue);
  }

  // ---- what tests look at

  /** What Xen shows of a vcpu when asked for its run queues. Credit is up to now; `budgetNs`: Infinity without a cap; `load`: 0 … 1. */
  dump(vcpu: number): { credit: number; queue: number; maxWeight: number; budgetNs: number; load: number } {
    const queue = this.#members.queueOf[vcpu]!;
    return {
      credit: this.#pool.isOnCpu(vcpu) ? this.#creditNow(vcpu, queue) : this.#queues.credit[vcpu]!,
      queue,
      maxWeight: this.#members.maxWeight[queue]!,
      budgetNs: this.#budgets.left[vcpu]!,
      load: this.#loads.vcpu[vcpu]! / ONE_LOAD,
    };
  }

  assertInvariants(): void {
    const { cpus, vcpus } = this.#pool;
    this.#queues.assertSorted();
    this.#members.assertWeights();
    this.#cpus.assertIdle(cpus.current);
    this.#budgets.assertCaps();
    for (let cpu = 0; cpu < cpus.count; cpu++) {
      if (this.#on[cpu] !== cpus.current[cpu])
        throw new Error(`cpu ${cpu} runs ${cpus.current[cpu]}, not ${this.#on[cpu]}`);
    }
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) if (vcpus.domain[vcpu] !== NONE) this.#assertVcpu(vcpu);
    for (let queue = 0; queue < this.#cpus.count; queue++) this.#assertLoad(queue);
  }

  /** assertMember: a vcpu belongs to the queue of its cpu, and waits there exactly if it is runnable and on no cpu. */
  #assertVcpu(vcpu: number): void {
    const { vcpus } = this.#pool;
    const queue = this.#members.queueOf[vcpu]!;
    if (queue !== this.#cpus.queueOf[vcpus.where[vcpu]!])
      throw new Error(`vcpu ${vcpu} belongs to queue ${queue}, its cpu does not`);
    const waits = this.#queues.has(vcpu);
    if (waits !== (vcpus.isRunnable(vcpu) && !this.#pool.isOnCpu(vcpu)))
      throw new Error(`vcpu ${vcpu} ${waits ? 'waits but should not' : 'should wait but does not'}`);
    const credit = this.#queues.credit[vcpu]!;
    if (credit < CREDIT_MIN) throw new Error(`vcpu ${vcpu} has ${credit} credits, less than the least`);
    if ((vcpus.flags[vcpu]! & MIGRATING) !== 0 || this.#placement.target[vcpu] !== NONE)
      throw new Error(`vcpu ${vcpu} is still on its way`);
  }

  /** assertLoad: the load of a queue is its members that run or wait. */
  #assertLoad(queue: number): void {
    let runnable = 0;
    for (let vcpu = this.#members.first[queue]!; vcpu !== NONE; vcpu = this.#members.next[vcpu]!) {
      if (this.#queues.has(vcpu) || this.#pool.isOnCpu(vcpu)) runnable++;
    }
    if (runnable !== this.#loads.runnable[queue])
      throw new Error(`queue ${queue} has a load of ${this.#loads.runnable[queue]}, not ${runnable}`);
  }
}
