/**
 * arinc653: Xen's time partitions. A table says which vcpu runs when, in a frame that repeats for ever; nothing else
 * counts, so that what one domain does cannot be noticed by another. For one cpu a pool, as in Xen.
 *
 * State. The table (`params.schedule`): slots one after the other, each a domain, a vcpu's index in it and how long it
 * runs; what the slots leave of the frame is a slot of nobody. The pool stands in one slot at a time, the same for all
 * of its cpus. Each slot knows its vcpu as long as that is a member of the pool. Without a table (a new pool) there is
 * nothing but idle time.
 *
 * Choice. The vcpu of the slot runs on the cpu that it is assigned to, if it is runnable, for as long as the slot lasts;
 * everything else idles. What a sleeping vcpu leaves of its slot goes to nobody. There is no queue, no priority, no
 * yield; weight, cap and reservation mean nothing, and cpu time is not accounted.
 *
 * Time. The next slot begins where the one before ends in the ideal course of the table, not when somebody looked: the
 * timer fires late, by 50 us in Xen as here, and frames anchored to what was observed drift apart (Xen's bug
 * f2927d8343: 3.5 ms after 21 frames). Every slot is observed equally late, so each still has its full length. A new
 * table counts at once: its first frame begins at that instant.
 *
 * A vcpu is assigned to the cpu it was on if that is in the pool, else to the first. In a pool of several cpus all but
 * one idle at any instant.
 *
 * Where it differs from Xen: domains are named by their id, not by a UUID; Xen appends a slot of 10 ms to the table for
 * each vcpu of Domain-0, here it must be named like any other, for no table changes unseen; hard affinity is obeyed
 * (Xen's ignores it); one timer for the pool instead of one a cpu, whose common position in the table was a static
 * variable shared by all pools (d0561ac8ab); the timer rests while no slot's vcpu is in the pool, when it would do
 * nothing. The position past the last slot is legal, and idle: Xen once read on beyond its table (5a1121633f).
 * Source: xen/common/sched/arinc653.c of 4.17 and of master, in words.
 */
import type { Schedule, SchedulerParams } from '../../interface/host.ts';
import { NO_SLOTS } from '../../interface/scheduling.ts';
import { NS_PER_US } from '../../interface/words.ts';
import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import type { Scheduler } from './scheduler.ts';

export class Arinc653 implements Scheduler {
  readonly name = 'arinc653';
  readonly tickNs = 0;
  readonly #pool: Pool;
  #schedule = NO_SLOTS;
  #params: SchedulerParams = { schedule: NO_SLOTS };

  /** By slot, and one more for the rest of the frame: its vcpu, or NONE; and where it ends, from the frame's start. */
  #vcpu = new Int32Array(1).fill(NONE);
  #endNs = new Float64Array(1);
  /** How many slots have a vcpu. */
  #manned = 0;
  #frameNs = 0;

  /** The slot the pool stands in, when it ends, and when its frame began; all but `#at` ideal instants. */
  #at = 0;
  #switchNs = 0;
  #frameStartNs = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#setSchedule(NO_SLOTS);
  }

  // ---- parameters

  get params(): SchedulerParams {
    return this.#params;
  }

  setParams({ schedule }: SchedulerParams): void {
    if (schedule === undefined) return;
    this.#callOut();
    this.#params = { schedule };
    this.#setSchedule(schedule);
    this.#callIn();
    this.#arm();
  }

  #setSchedule(schedule: Schedule): void {
    const { slots, frameUs } = schedule;
    this.#schedule = schedule;
    this.#frameNs = frameUs * NS_PER_US;
    this.#vcpu = new Int32Array(slots.length + 1).fill(NONE);
    this.#endNs = new Float64Array(slots.length + 1);
    let endNs = 0;
    slots.forEach(({ runUs }, slot) => {
      endNs += runUs * NS_PER_US;
      this.#endNs[slot] = endNs;
    });
    this.#endNs[slots.length] = this.#frameNs;
    this.#manned = 0;
    const { vcpus } = this.#pool;
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) if (vcpus.domain[vcpu] !== NONE) this.#man(vcpu);
    this.#at = 0;
    this.#frameStartNs = this.#pool.nowNs;
    this.#switchNs = this.#frameStartNs + this.#endNs[0]!;
  }

  setDomain(): void {}
  setReservation(): void {}

  // ---- shape

  rebuildCpus(): void {}
  growVcpus(): void {}
  growDomains(): void {}

  // ---- members

  insert(vcpu: number): void {
    this.#assign(vcpu);
    const wasManned = this.#manned > 0;
    this.#man(vcpu);
    if (wasManned || this.#manned === 0) return;
    if (this.#pool.nowNs >= this.#switchNs) this.#advance();
    this.#arm();
  }

  remove(vcpu: number): void {
    for (let slot = 0; slot < this.#vcpu.length; slot++) {
      if (this.#vcpu[slot] !== vcpu) continue;
      this.#vcpu[slot] = NONE;
      this.#manned--;
    }
  }

  /** Gives a vcpu the slots that name it; another that bears the same name loses them. */
  #man(vcpu: number): void {
    const { vcpus, domains } = this.#pool;
    const domain = vcpus.domain[vcpu]!;
    const id = domains.id[domain]!;
    let index = 0;
    for (let one = domains.first[domain]!; one !== vcpu; one = vcpus.sibling[one]!) index++;
    this.#schedule.slots.forEach((named, slot) => {
      if (named.domain !== id || named.vcpu !== index) return;
      if (this.#vcpu[slot] === NONE) this.#manned++;
      this.#vcpu[slot] = vcpu;
    });
  }

  wake(vcpu: number): void {
    if (vcpu === this.#vcpu[this.#at]) this.#pool.raise(this.#pool.vcpus.where[vcpu]!);
  }

  sleep(): void {}
  yield(): void {}

  place(vcpu: number): void {
    this.#assign(vcpu);
    if (this.#pool.vcpus.isRunnable(vcpu)) this.wake(vcpu);
  }

  /** Its own cpu, if it may be there, else the first where it may. */
  #assign(vcpu: number): void {
    const { vcpus, cpus } = this.#pool;
    const own = vcpus.where[vcpu]!;
    if (own !== NONE && vcpus.mayRunOn(vcpu, own)) return;
    const hard = vcpus.pin(vcpu)?.hard ?? null;
    vcpus.where[vcpu] = cpus.count === 0 ? NONE : hard === null ? 0 : hard.first();
  }

  // ---- choice

  schedule(cpu: number): number {
    const { vcpus, nowNs } = this.#pool;
    // Who looks after the slot's end, but before the timer, moves on: the timer is late by design.
    if (nowNs >= this.#switchNs && this.#manned > 0) this.#turn();
    this.#pool.sliceNs = Infinity;
    const vcpu = this.#vcpu[this.#at]!;
    return vcpu !== NONE && vcpus.where[vcpu] === cpu && vcpus.isRunnable(vcpu) ? vcpu : NONE;
  }

  /** The slot is over. */
  timer(): void {
    if (this.#manned > 0) this.#turn();
  }

  #turn(): void {
    this.#callOut();
    this.#advance();
    this.#callIn();
    this.#arm();
  }

  /** On to the slot that belongs to this instant, over as many as have passed. */
  #advance(): void {
    const { nowNs } = this.#pool;
    const sinceNs = nowNs - this.#frameStartNs;
    if (sinceNs >= this.#frameNs) {
      this.#at = 0;
      this.#frameStartNs += Math.floor(sinceNs / this.#frameNs) * this.#frameNs;
    }
    while (this.#frameStartNs + this.#endNs[this.#at]! <= nowNs) this.#at++;
    this.#switchNs = this.#frameStartNs + this.#endNs[this.#at]!;
  }

  #arm(): void {
    if (this.#manned > 0) this.#pool.armScheduler(this.#switchNs - this.#pool.nowNs);
  }

  /** Whoever runs now is in the slot that ends. */
  #callOut(): void {
    const vcpu = this.#vcpu[this.#at]!;
    if (vcpu !== NONE && this.#pool.isOnCpu(vcpu)) this.#pool.raise(this.#pool.vcpus.where[vcpu]!);
  }

  #callIn(): void {
    const vcpu = this.#vcpu[this.#at]!;
    if (vcpu !== NONE && this.#pool.vcpus.isRunnable(vcpu)) this.#pool.raise(this.#pool.vcpus.where[vcpu]!);
  }

  charge(): void {}
  tick(): void {}

  /** The slot the pool stands in, and its vcpu or NONE. */
  dump(): { readonly slot: number; readonly vcpu: number; readonly frameStartNs: number } {
    return { slot: this.#at, vcpu: this.#vcpu[this.#at]!, frameStartNs: this.#frameStartNs };
  }

  /** The pool stands in a slot of its table; whoever runs is the one it names; every member has a cpu. */
  assertInvariants(): void {
    const { vcpus, cpus } = this.#pool;
    const { slots } = this.#schedule;
    if (this.#at > slots.length) throw new Error(`slot ${this.#at} of ${slots.length}`);
    const manned = this.#vcpu.filter((vcpu) => vcpu !== NONE).length;
    if (manned !== this.#manned) throw new Error(`${this.#manned} slots are manned, not ${manned}`);
    for (const vcpu of cpus.current) {
      if (vcpu !== NONE && vcpu !== this.#vcpu[this.#at])
        throw new Error(`vcpu ${vcpu} runs outside of its slot`);
    }
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) {
      if (vcpus.domain[vcpu] !== NONE && cpus.count > 0 && vcpus.where[vcpu] === NONE)
        throw new Error(`vcpu ${vcpu} is assigned to no cpu`);
    }
  }
}
