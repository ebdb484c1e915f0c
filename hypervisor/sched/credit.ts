/**
 * credit: Xen's first proportional share scheduler ("credit1"), as it is, faults included.
 *
 * State. Each vcpu has credits and one of three priorities: UNDER (it has credits left), OVER (it has none), BOOST (it
 * just woke up). Each cpu has a queue sorted by priority, first come first served within one. The pool has one list of
 * active domains, those that use cpu time at the moment.
 *
 * Choice. A cpu takes the head of its queue. If that is OVER, or the queue is empty, it first looks for better work at
 * its neighbours' (own node first) and steals it. A waking vcpu that has credits is boosted, so that it preempts; who
 * runs at a tick loses the boost. A vcpu runs for a timeslice of 30 ms, and for at least the ratelimit of 1 ms.
 *
 * Accounting. A vcpu burns 10 credits a ms it runs, exactly, the remainder carried. Every timeslice the pool hands out
 * what its cpus can burn: each active domain gets its part by weight × active vcpus, at most what its vcpus (or its
 * cap) can burn; what one cannot take goes to the domains that come after it in the list. Who has more than a
 * timeslice's worth does not use it: it stops being active and halves. Who is capped and too deep in debt is parked
 * until it has credits again. A tick every 10 ms burns, activates, and moves a running vcpu to a better idle cpu.
 *
 * Affinity plays no part in the accounting. That is the pitfall the proposal was written against: vcpus pinned to some
 * of the cpus earn from the pot of all of them, so they are all UNDER or all OVER and share evenly whatever their
 * weights (rows c1 and c4 of the measured Xen). Reproduced on purpose; a pool of their own mends it (c2). Reproduced,
 * too: who is asleep at each and every tick never becomes active, so it is never OVER and boosted whenever it wakes.
 *
 * Where it differs from Xen: locks always succeed; one idle cpu is woken at a time (Xen's default); a cpu that has work
 * steals at most once a ms (Xen master; 4.17 has no such limit), an idle one whenever it looks; the accounting timer rests
 * while nobody is active, when it would do nothing, and starts anew with the first. Sources: xen/common/sched/credit.c of 4.17 and of master, in words.
 */
import type { SchedulerParams } from '../../interface/host.ts';
import { LIMITS, NS_PER_MS, NS_PER_US } from '../../interface/words.ts';
import { gathered, grown, type Room } from '../arrays.ts';
import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import { PARKED } from '../vcpus.ts';
import { HARD, Placement, SOFT } from './placement.ts';
import { RunQueues } from './run-queues.ts';
import type { Scheduler } from './scheduler.ts';

const CREDITS_PER_MS = 10;
const NS_PER_CREDIT = NS_PER_MS / CREDITS_PER_MS;
const TICKS_PER_SLICE = 3;
/** Xen's load-balance-ratelimit. */
const BALANCE_RATELIMIT_NS = 1000 * NS_PER_US;

export const BOOST = 0;
export const UNDER = -1;
export const OVER = -2;
const IDLE = -64;

/** Bits of `marks`. */
const ACTIVE = 1;
const YIELDS = 2;

export class Credit implements Scheduler {
  readonly name = 'credit';
  tickNs = 0;
  #sliceNs = 0;
  #ratelimitNs = 0;
  #migrationDelayNs = 0;
  #creditsPerSlice = 0;
  #params: Required<Omit<SchedulerParams, 'schedule'>>;
  readonly #pool: Pool;

  // by cpu
  readonly #queues = new RunQueues();
  readonly #placement: Placement;
  #sortedAt = new Int32Array(0);
  #burntNs = new Float64Array(0);
  #balancedNs = new Float64Array(0);
  /** By node: the place in `cpus.ofNode` of the cpu stolen from last. */
  #victim = new Int16Array(0);

  // by vcpu
  #credit = new Int32Array(0);
  #residueNs = new Int32Array(0);
  #priority = new Int8Array(0);
  #marks = new Uint8Array(0);
  /** Empty while there is no migration delay: nobody would look. */
  #lastRanNs = new Float64Array(0);

  // by domain; the active ones are a list
  #activeVcpus = new Uint16Array(0);
  #nextActive = new Int16Array(0);
  #prevActive = new Int16Array(0);
  #firstActive = NONE;

  /** Σ weight × active vcpus over the active domains. */
  #weight = 0;
  #balance = 0;
  #epoch = 0;
  #lastTickled = NONE;
  #isAccounting = false;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#placement = new Placement(pool, this.#queues);
    this.#params = {
      timesliceMs: LIMITS.timesliceMs.default,
      ratelimitUs: LIMITS.ratelimitUs.default,
      migrationDelayUs: LIMITS.migrationDelayUs.default,
    };
    this.#derive();
  }

  // ---- parameters

  get params(): SchedulerParams {
    return this.#params;
  }

  setParams(params: SchedulerParams): void {
    this.#params = { ...this.#params, ...params };
    this.#derive();
    if (this.#isAccounting) this.#armAccounting();
  }

  /** Everything that depends on the timeslice; Xen forgot some of it twice (1320b8100c, ffc342fbb0). */
  #derive(): void {
    const { timesliceMs, ratelimitUs, migrationDelayUs } = this.#params;
    this.#sliceNs = timesliceMs * NS_PER_MS;
    this.tickNs = timesliceMs < TICKS_PER_SLICE ? this.#sliceNs : Math.floor(this.#sliceNs / TICKS_PER_SLICE);
    this.#creditsPerSlice = timesliceMs * CREDITS_PER_MS;
    this.#ratelimitNs = ratelimitUs * NS_PER_US;
    this.#migrationDelayNs = migrationDelayUs * NS_PER_US;
    const remembered = this.#migrationDelayNs > 0 ? this.#pool.vcpus.capacity : 0;
    if (this.#lastRanNs.length !== remembered) this.#lastRanNs = new Float64Array(remembered).fill(-Infinity);
  }

  setDomain(domain: number, weight: number, _cap: number): void {
    // An inactive domain has no part in the sum (Xen's bug 495adc0b6a), and Σ is kept by differences.
    this.#weight += (weight - this.#weightOf(domain)) * this.#activeVcpus[domain]!;
  }

  setReservation(): void {}

  #weightOf(domain: number): number {
    return this.#pool.domains.weight[domain]!;
  }

  // ---- shape

  rebuildCpus(from: Int32Array): void {
    const { cpus } = this.#pool;
    this.#queues.rebuild(from);
    this.#sortedAt = gathered(this.#sortedAt, from, this.#epoch);
    this.#burntNs = gathered(this.#burntNs, from);
    this.#balancedNs = gathered(this.#balancedNs, from, -Infinity);
    this.#placement.rebuildCpus();
    this.#victim = new Int16Array(cpus.nodes).fill(NONE);
    this.#lastTickled = NONE;
  }

  growVcpus(capacity: number): void {
    this.#queues.grow(capacity);
    this.#credit = grown(this.#credit, capacity);
    this.#residueNs = grown(this.#residueNs, capacity);
    this.#priority = grown(this.#priority, capacity, UNDER);
    this.#marks = grown(this.#marks, capacity);
    if (this.#migrationDelayNs > 0) this.#lastRanNs = grown(this.#lastRanNs, capacity, -Infinity);
  }

  growDomains(capacity: number): void {
    this.#activeVcpus = grown(this.#activeVcpus, capacity);
    this.#nextActive = grown(this.#nextActive, capacity, NONE);
    this.#prevActive = grown(this.#prevActive, capacity, NONE);
  }

  pack(room: Room): void {
    this.#queues.pack(room);
    this.#placement.pack(room);
    this.#sortedAt = room.moved(this.#sortedAt);
    this.#burntNs = room.moved(this.#burntNs);
    this.#balancedNs = room.moved(this.#balancedNs);
    this.#victim = room.moved(this.#victim);
    this.#credit = room.moved(this.#credit);
    this.#residueNs = room.moved(this.#residueNs);
    this.#priority = room.moved(this.#priority);
    this.#marks = room.moved(this.#marks);
    this.#lastRanNs = room.moved(this.#lastRanNs);
    this.#activeVcpus = room.moved(this.#activeVcpus);
    this.#nextActive = room.moved(this.#nextActive);
    this.#prevActive = room.moved(this.#prevActive);
  }

  // ---- members

  insert(vcpu: number): void {
    this.#credit[vcpu] = 0;
    this.#residueNs[vcpu] = 0;
    this.#priority[vcpu] = UNDER;
    this.#marks[vcpu] = 0;
    if (this.#migrationDelayNs > 0) this.#lastRanNs[vcpu] = -Infinity;
    this.#pool.vcpus.where[vcpu] = this.#placement.pick(vcpu);
  }

  remove(vcpu: number): void {
    this.#queues.drop(vcpu);
    if ((this.#marks[vcpu]! & ACTIVE) !== 0) this.#deactivate(vcpu);
  }

  wake(vcpu: number): void {
    if (this.#pool.isOnCpu(vcpu) || this.#queues.has(vcpu)) return;
    if (this.#priority[vcpu] === UNDER) this.#priority[vcpu] = BOOST;
    this.#enqueue(vcpu);
    this.#tickle(vcpu);
  }

  sleep(vcpu: number): void {
    this.#queues.drop(vcpu);
  }

  yield(vcpu: number): void {
    this.#marks[vcpu]! |= YIELDS;
  }

  place(vcpu: number): void {
    const { vcpus } = this.#pool;
    vcpus.where[vcpu] = this.#placement.pick(vcpu);
    if (!vcpus.isRunnable(vcpu)) return;
    this.#enqueue(vcpu);
    this.#tickle(vcpu);
  }

  // ---- choice

  schedule(cpu: number): number {
    const pool = this.#pool;
    const { cpus, vcpus, nowNs } = pool;
    const current = cpus.current[cpu]!;
    if (current !== NONE) {
      this.charge(cpu);
      if (this.#migrationDelayNs > 0) this.#lastRanNs[current] = nowNs;
      if (vcpus.isRunnable(current)) {
        const leftNs = this.#ratelimitNs - (nowNs - cpus.sinceNs[cpu]!);
        if (leftNs > 0 && (this.#marks[current]! & YIELDS) === 0) {
          pool.sliceNs = leftNs;
          return current;
        }
        this.#enqueue(current);
      }
    }
    pool.sliceNs = this.#sliceNs;
    this.#burntNs[cpu] = nowNs;
    return this.#next(cpu);
  }

  #next(cpu: number): number {
    const head = this.#queues.head[cpu]!;
    const priority = head === NONE ? IDLE : this.#priority[head]!;
    if (priority <= OVER && this.#mayBalance(cpu, head)) {
      const stolen = this.#steal(cpu, priority);
      if (stolen !== NONE) return stolen;
    }
    if (head !== NONE) {
      this.#queues.drop(head);
      this.#marks[head]! &= ~YIELDS;
    }
    return head;
  }

  #mayBalance(cpu: number, head: number): boolean {
    const { nowNs } = this.#pool;
    if (head !== NONE && nowNs - this.#balancedNs[cpu]! < BALANCE_RATELIMIT_NS) return false;
    this.#balancedNs[cpu] = nowNs;
    return true;
  }

  /** Takes a waiting vcpu of strictly higher priority from a busy neighbour, nearest node first. */
  #steal(cpu: number, priority: number): number {
    const { cpus, vcpus } = this.#pool;
    for (let step = vcpus.softPinned > 0 ? SOFT : HARD; step <= HARD; step++) {
      for (let hop = 0; hop < cpus.nodes; hop++) {
        const node = (cpus.node[cpu]! + hop) % cpus.nodes;
        const vcpu = this.#stealFromNode(node, cpu, priority, step);
        if (vcpu !== NONE) return vcpu;
      }
    }
    return NONE;
  }

  #stealFromNode(node: number, cpu: number, priority: number, step: number): number {
    const { current, ofNode } = this.#pool.cpus;
    const peers = ofNode[node]!;
    let at = this.#victim[node]!;
    for (let left = peers.length; left > 0; left--) {
      at = at + 1 < peers.length ? at + 1 : 0;
      const peer = peers[at]!;
      // An idle peer with a queue has been called and takes its work itself.
      if (peer === cpu || current[peer] === NONE) continue;
      const vcpu = this.#stealFrom(peer, cpu, priority, step);
      if (vcpu === NONE) continue;
      this.#victim[node] = at;
      return vcpu;
    }
    return NONE;
  }

  #stealFrom(peer: number, cpu: number, priority: number, step: number): number {
    const { head, next } = this.#queues;
    for (let vcpu = head[peer]!; vcpu !== NONE; vcpu = next[vcpu]!) {
      if (this.#priority[vcpu]! <= priority) return NONE;
      if ((this.#marks[vcpu]! & YIELDS) !== 0 || this.#isCacheHot(vcpu) || !this.#suits(vcpu, cpu, step))
        continue;
      this.#queues.drop(vcpu);
      return vcpu;
    }
    return NONE;
  }

  #suits(vcpu: number, cpu: number, step: number): boolean {
    const { vcpus } = this.#pool;
    return step === HARD ? vcpus.mayRunOn(vcpu, cpu) : vcpus.likes(vcpu, cpu);
  }

  #isCacheHot(vcpu: number): boolean {
    return this.#migrationDelayNs > 0 && this.#pool.nowNs - this.#lastRanNs[vcpu]! < this.#migrationDelayNs;
  }

  // ---- queues

  #enqueue(vcpu: number): void {
    const cpu = this.#pool.vcpus.where[vcpu]!;
    const { head, next } = this.#queues;
    const priority = this.#priority[vcpu]!;
    let before = head[cpu]!;
    while (before !== NONE && this.#priority[before]! >= priority) before = next[before]!;
    // Who yields goes one place behind a lower one; the next sort brings it forward again.
    if (before !== NONE && (this.#marks[vcpu]! & YIELDS) !== 0) before = next[before]!;
    this.#queues.insert(cpu, vcpu, before);
  }

  /** After an accounting: UNDER and better move ahead of OVER, else the order stays. */
  #sort(cpu: number): void {
    if (this.#sortedAt[cpu] === this.#epoch) return;
    this.#sortedAt[cpu] = this.#epoch;
    const { head, next } = this.#queues;
    let firstOver = NONE;
    for (let vcpu = head[cpu]!; vcpu !== NONE; ) {
      const after = next[vcpu]!;
      if (this.#priority[vcpu]! < UNDER) {
        if (firstOver === NONE) firstOver = vcpu;
      } else if (firstOver !== NONE) {
        this.#queues.drop(vcpu);
        this.#queues.insert(cpu, vcpu, firstOver);
      }
      vcpu = after;
    }
  }

  // ---- who must choose again

  /** A vcpu has been queued: which cpu, if any, shall look at it at once. */
  #tickle(vcpu: number): void {
    const { cpus, vcpus } = this.#pool;
    const cpu = vcpus.where[vcpu]!;
    if (cpus.current[cpu] === NONE) {
      this.#call(cpu);
    } else if (cpus.idle.size === 0) {
      if (this.#outranks(vcpu, cpu)) this.#call(cpu);
    } else if (!this.#callIdle(vcpu) && this.#outranks(vcpu, cpu)) {
      this.#call(cpu);
    }
  }

  #outranks(vcpu: number, cpu: number): boolean {
    return this.#priority[vcpu]! > this.#priority[this.#pool.cpus.current[cpu]!]!;
  }

  /** Wakes one idle cpu that suits, in turn. */
  #callIdle(vcpu: number): boolean {
    const { cpus, vcpus } = this.#pool;
    const pin = vcpus.pin(vcpu);
    for (let step = pin?.soft ? SOFT : HARD; step <= HARD; step++) {
      const mask = pin === null ? null : step === SOFT ? pin.soft : pin.hard;
      const cpu = cpus.idle.cycle(this.#lastTickled, mask);
      if (cpu === NONE) continue;
      this.#lastTickled = cpu;
      this.#call(cpu);
      return true;
    }
    return false;
  }

  /** A called cpu counts as busy at once, so that the next waker finds another. */
  #call(cpu: number): void {
    this.#pool.cpus.setIdle(cpu, false);
    this.#pool.raise(cpu);
  }

  // ---- credits

  tick(cpu: number): void {
    const pool = this.#pool;
    const vcpu = pool.cpus.current[cpu]!;
    if (this.#priority[vcpu] === BOOST) this.#priority[vcpu] = UNDER;
    this.charge(cpu);
    if ((this.#marks[vcpu]! & ACTIVE) === 0) this.#activate(vcpu);
    else if (this.#placement.pick(vcpu) !== cpu) pool.migrate(vcpu);
    this.#sort(cpu);
  }

  charge(cpu: number): void {
    const vcpu = this.#pool.cpus.current[cpu]!;
    const spentNs = this.#pool.nowNs - this.#burntNs[cpu]! + this.#residueNs[vcpu]!;
    const credits = Math.floor(spentNs / NS_PER_CREDIT);
    this.#credit[vcpu]! -= credits;
    this.#residueNs[vcpu] = spentNs - credits * NS_PER_CREDIT;
    this.#burntNs[cpu] = this.#pool.nowNs;
  }

  #activate(vcpu: number): void {
    const domain = this.#pool.vcpus.domain[vcpu]!;
    this.#marks[vcpu]! |= ACTIVE;
    this.#weight += this.#weightOf(domain);
    if (this.#activeVcpus[domain]!++ === 0) this.#linkActive(domain);
    if (!this.#isAccounting) this.#armAccounting();
  }

  #deactivate(vcpu: number): void {
    const domain = this.#pool.vcpus.domain[vcpu]!;
    this.#marks[vcpu]! &= ~ACTIVE;
    this.#weight -= this.#weightOf(domain);
    if (--this.#activeVcpus[domain]! === 0) this.#unlinkActive(domain);
  }

  #linkActive(domain: number): void {
    const first = this.#firstActive;
    this.#nextActive[domain] = first;
    this.#prevActive[domain] = NONE;
    if (first !== NONE) this.#prevActive[first] = domain;
    this.#firstActive = domain;
  }

  #unlinkActive(domain: number): void {
    const prev = this.#prevActive[domain]!;
    const next = this.#nextActive[domain]!;
    if (prev === NONE) this.#firstActive = next;
    else this.#nextActive[prev] = next;
    if (next !== NONE) this.#prevActive[next] = prev;
  }

  #armAccounting(): void {
    this.#pool.armScheduler(this.#sliceNs);
    this.#isAccounting = true;
  }

  /** Once a timeslice: hands the pool's credits out. */
  timer(): void {
    this.#isAccounting = false;
    if (this.#weight === 0) {
      this.#balance = 0;
      return;
    }
    this.#account();
    this.#epoch++;
    this.#armAccounting();
  }

  #account(): void {
    const { cpus, domains } = this.#pool;
    const weight = this.#weight;
    const debt = Math.max(0, -this.#balance);
    let total = this.#creditsPerSlice * cpus.count + debt;
    let weightLeft = weight;
    let someoneWantsMore = false;
    let balance = 0;
    for (let domain = this.#firstActive; domain !== NONE; ) {
      const next = this.#nextActive[domain]!;
      const active = this.#activeVcpus[domain]!;
      const claim = this.#weightOf(domain) * active;
      weightLeft -= claim;
      let peak = active * this.#creditsPerSlice + Math.ceil((debt * claim) / weight);
      let capPerVcpu = 0;
      if (domains.cap[domain]! > 0) {
        const cap = Math.ceil((domains.cap[domain]! * this.#creditsPerSlice) / 100);
        peak = Math.min(peak, cap);
        capPerVcpu = Math.ceil(cap / active);
      }
      let fair = Math.ceil((total * claim) / weight);
      if (fair < peak) {
        someoneWantsMore = true;
      } else {
        // The surplus goes to those still to come; so who has one should come first next time.
        if (weightLeft > 0) total += Math.ceil(((fair - peak) * weight) / weightLeft);
        if (someoneWantsMore) this.#moveToFront(domain);
        fair = peak;
      }
      balance += this.#pay(domain, Math.ceil(fair / active), capPerVcpu);
      domain = next;
    }
    this.#balance = balance;
  }

  #moveToFront(domain: number): void {
    this.#unlinkActive(domain);
    this.#linkActive(domain);
  }

  /** Gives each active vcpu of a domain its credits; answers what they have then. */
  #pay(domain: number, credits: number, capPerVcpu: number): number {
    const { vcpus, domains } = this.#pool;
    let balance = 0;
    for (let vcpu = domains.first[domain]!; vcpu !== NONE; vcpu = vcpus.sibling[vcpu]!) {
      if ((this.#marks[vcpu]! & ACTIVE) === 0) continue;
      const credit = this.#credit[vcpu]! + credits;
      this.#credit[vcpu] =
        credit < 0 ? this.#indebted(vcpu, credit, capPerVcpu) : this.#solvent(vcpu, credit);
      balance += this.#credit[vcpu]!;
    }
    return balance;
  }

  #indebted(vcpu: number, credit: number, capPerVcpu: number): number {
    this.#priority[vcpu] = OVER;
    const parked = (this.#pool.vcpus.flags[vcpu]! & PARKED) !== 0;
    if (capPerVcpu > 0 && credit < -capPerVcpu && !parked) this.#pool.setParked(vcpu, true);
    return Math.max(credit, -this.#creditsPerSlice);
  }

  #solvent(vcpu: number, credit: number): number {
    this.#priority[vcpu] = UNDER;
    if ((this.#pool.vcpus.flags[vcpu]! & PARKED) !== 0) this.#unpark(vcpu);
    if (credit <= this.#creditsPerSlice) return credit;
    this.#deactivate(vcpu);
    return credit >> 1;
  }

  /** Not a wake-up: who was held back by its cap is not boosted (Xen's 5c8c0ae7c4). */
  #unpark(vcpu: number): void {
    const { vcpus } = this.#pool;
    this.#pool.setParked(vcpu, false);
    if (!vcpus.isRunnable(vcpu) || this.#pool.isOnCpu(vcpu) || this.#queues.has(vcpu)) return;
    this.#enqueue(vcpu);
    this.#tickle(vcpu);
  }

  /** What Xen shows of a vcpu when asked for its run queues. */
  dump(vcpu: number): { readonly priority: number; readonly credit: number; readonly isActive: boolean } {
    return {
      priority: this.#priority[vcpu]!,
      credit: this.#credit[vcpu]!,
      isActive: (this.#marks[vcpu]! & ACTIVE) !== 0,
    };
  }

  /** assertCreditSum: the pot's weight is that of its active vcpus; and whoever waits is runnable, in one queue, off the cpus. */
  assertInvariants(): void {
    const { vcpus } = this.#pool;
    let weight = 0;
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) {
      const domain = vcpus.domain[vcpu]!;
      if (domain === NONE) continue;
      if ((this.#marks[vcpu]! & ACTIVE) !== 0) weight += this.#weightOf(domain);
      const waits = this.#queues.has(vcpu);
      const due = vcpus.isRunnable(vcpu) && !this.#pool.isOnCpu(vcpu);
      if (waits !== due)
        throw new Error(`vcpu ${vcpu} ${waits ? 'waits but should not' : 'should wait but does not'}`);
    }
    if (weight !== this.#weight)
      throw new Error(`active weight is ${this.#weight}, its vcpus have ${weight}`);
  }
}
