import type { Room } from './arrays.ts';
import { Cpus, NONE } from './cpus.ts';
import type { Scheduler } from './sched/scheduler.ts';
import { Timers } from './timers.ts';
import type { PoolTrace } from './trace.ts';
import { MIGRATING, PARKED, Vcpus, WANTS } from './vcpus.ts';
import { Work } from './work.ts';

/**
 * How late a scheduler's timers fire: Xen's `timer_slop`, 50 us. Without it ticks, slices and accounting of an idle-born
 * pool stay in step for ever, which on no real host they do: each is armed from the moment the last one really fired.
 */
const TIMER_SLOP_NS = 50_000;

/** In the list of cpus that must choose: not in it. */
const NOT_RAISED = -2;

/**
 * The mechanism of a pool: who is on which cpu since when, the timers, and the one loop that goes from event to event.
 * What is chosen is the scheduler's business, who is a member `Pool`'s.
 */
export abstract class Dispatcher {
  readonly cpus = new Cpus();
  readonly vcpus = new Vcpus();
  readonly work = new Work(this);
  abstract readonly scheduler: Scheduler;
  nowNs = 0;
  /** Timers fired since the pool's birth. */
  events = 0;
  /** Set by the scheduler with each choice. */
  sliceNs = Infinity;
  protected readonly timers = new Timers(this);
  /** Set at birth, by a pool whose machine is traced. */
  protected trace: PoolTrace | null = null;
  /** Cpus that must choose again at this instant, first come first served: by cpu the next one, NONE at the end. */
  #nextRaised = new Int16Array(0);
  #firstRaised = NONE;
  #lastRaised = NONE;

  // ---- time

  /** Runs to `endNs`, and everything due at that very instant. Stopping on the way changes nothing. */
  runUntil(endNs: number): void {
    this.runFor(endNs, Infinity);
  }

  /** The same, but gives up after so many events; the clock then stands at the last one. */
  runFor(endNs: number, maxEvents: number): void {
    const stopAt = this.events + maxEvents;
    while (this.events < stopAt) {
      const slot = this.timers.first();
      if (slot === NONE || this.timers.dueNs[slot]! > endNs) {
        this.nowNs = endNs;
        return;
      }
      this.nowNs = this.timers.dueNs[slot]!;
      this.events++;
      this.#fire(slot);
      this.settle();
    }
  }

  #fire(slot: number): void {
    const { scheduler, firstCpu } = this.timers;
    if (slot < scheduler) this.#tick(slot);
    else if (slot >= firstCpu) this.#cpuTimer(slot - firstCpu);
    else if (slot > scheduler) this.#wakeTimer(slot - scheduler - 1);
    else {
      this.timers.cancelScheduler();
      this.scheduler.timer();
    }
  }

  #tick(cpu: number): void {
    this.scheduler.tick(cpu);
    this.timers.armTick(cpu, this.scheduler.tickNs + TIMER_SLOP_NS);
  }

  /** The current vcpu's slice is over, or its burst. */
  #cpuTimer(cpu: number): void {
    const { cpus, vcpus } = this;
    if (this.nowNs < cpus.blockNs[cpu]!) {
      this.raise(cpu);
      return;
    }
    const vcpu = cpus.current[cpu]!;
    this.#count(cpu, vcpu);
    this.work.finish(vcpu);
    if (this.work.wakeNs > this.nowNs) {
      vcpus.flags[vcpu]! &= ~WANTS;
      this.timers.armWake(vcpu, this.work.wakeNs - this.nowNs);
      this.scheduler.sleep(vcpu);
      this.raise(cpu);
    } else {
      this.#beginWork(cpu, vcpu);
    }
  }

  #wakeTimer(vcpu: number): void {
    this.timers.cancelWake(vcpu);
    this.vcpus.flags[vcpu]! |= WANTS;
    if (this.vcpus.isRunnable(vcpu)) this.wake(vcpu);
  }

  protected wake(vcpu: number): void {
    this.scheduler.wake(vcpu);
    if (this.trace !== null) this.#traceWaking(vcpu);
  }

  // ---- choosing

  /** This cpu must choose again, before time goes on. */
  raise(cpu: number): void {
    if (this.#nextRaised[cpu] !== NOT_RAISED) return;
    this.#nextRaised[cpu] = NONE;
    if (this.#firstRaised === NONE) this.#firstRaised = cpu;
    else this.#nextRaised[this.#lastRaised] = cpu;
    this.#lastRaised = cpu;
  }

  protected settle(): void {
    while (this.#firstRaised !== NONE) {
      const cpu = this.#firstRaised;
      this.#firstRaised = this.#nextRaised[cpu]!;
      this.#nextRaised[cpu] = NOT_RAISED;
      this.#choose(cpu);
    }
  }

  #choose(cpu: number): void {
    const { cpus, vcpus } = this;
    const before = cpus.current[cpu]!;
    const next = this.scheduler.schedule(cpu);
    cpus.sliceEndNs[cpu] = this.nowNs + this.sliceNs + TIMER_SLOP_NS;
    if (next === before) {
      if (next === NONE) cpus.setIdle(cpu, true);
      else this.#armCpu(cpu);
      return;
    }
    if (before !== NONE) this.#count(cpu, before);
    if (next === NONE) this.#rest(cpu);
    else this.#start(cpu, next);
    if (this.trace !== null)
      this.trace.switched(cpus.ids[cpu]!, before === NONE ? WANTS : vcpus.flags[before]!, next);
    this.#switchTick(cpu, before, next);
    if (before !== NONE && (vcpus.flags[before]! & MIGRATING) !== 0) {
      vcpus.flags[before]! &= ~MIGRATING;
      this.scheduler.place(before);
    }
  }

  #start(cpu: number, vcpu: number): void {
    const { cpus } = this;
    cpus.current[cpu] = vcpu;
    cpus.sinceNs[cpu] = this.nowNs;
    cpus.countedNs[cpu] = this.nowNs;
    this.vcpus.where[vcpu] = cpu;
    cpus.setIdle(cpu, false);
    this.#beginWork(cpu, vcpu);
  }

  #beginWork(cpu: number, vcpu: number): void {
    this.work.begin(vcpu);
    this.cpus.blockNs[cpu] = this.work.blockNs;
    this.#armCpu(cpu);
  }

  #rest(cpu: number): void {
    this.cpus.current[cpu] = NONE;
    this.cpus.setIdle(cpu, true);
    this.timers.cancelCpu(cpu);
  }

  #traceWaking(vcpu: number): void {
    const cpu = this.vcpus.where[vcpu]!;
    if (cpu !== NONE) this.trace!.woken(this.cpus.ids[cpu]!, vcpu);
  }

  /** Takes the current vcpu off outside of any choice: it or its cpu leaves the pool. */
  protected takeOff(cpu: number, vcpu: number): void {
    this.scheduler.charge(cpu);
    this.#count(cpu, vcpu);
    this.#rest(cpu);
    if (this.trace !== null) this.trace.switched(this.cpus.ids[cpu]!, this.vcpus.flags[vcpu]!, NONE);
    this.timers.cancelTick(cpu);
  }

  /** Ticks stop when a cpu goes idle; the first one afterwards falls on a multiple of the period, as in Xen. */
  #switchTick(cpu: number, before: number, next: number): void {
    if (next === NONE) this.timers.cancelTick(cpu);
    else if (before === NONE) this.armTick(cpu);
  }

  protected armTick(cpu: number): void {
    const { tickNs } = this.scheduler;
    if (tickNs > 0) this.timers.armTick(cpu, tickNs - (this.nowNs % tickNs) + TIMER_SLOP_NS);
  }

  #armCpu(cpu: number): void {
    const { blockNs, sliceEndNs } = this.cpus;
    const endNs = Math.min(blockNs[cpu]!, sliceEndNs[cpu]!);
    if (endNs === Infinity) this.timers.cancelCpu(cpu);
    else this.timers.armCpu(cpu, endNs - this.nowNs);
  }

  /** Books the current vcpu's time up to now. */
  #count(cpu: number, vcpu: number): void {
    const ranNs = this.nowNs - this.cpus.countedNs[cpu]!;
    this.cpus.countedNs[cpu] = this.nowNs;
    this.vcpus.cpuNs[vcpu]! += ranNs;
    this.work.ran(vcpu, ranNs);
  }

  // ---- for schedulers

  /** Calls `scheduler.timer` after this delay; arming anew replaces. */
  armScheduler(delayNs: number): void {
    this.timers.armScheduler(delayNs + TIMER_SLOP_NS);
  }

  cancelScheduler(): void {
    this.timers.cancelScheduler();
  }

  isOnCpu(vcpu: number): boolean {
    const cpu = this.vcpus.where[vcpu]!;
    return cpu !== NONE && this.cpus.current[cpu] === vcpu;
  }

  /** Holds a vcpu back (a cap is used up) or lets it go again; the scheduler itself queues one it lets go. */
  setParked(vcpu: number, parked: boolean): void {
    const wasRunnable = this.vcpus.isRunnable(vcpu);
    if (parked) this.vcpus.flags[vcpu]! |= PARKED;
    else this.vcpus.flags[vcpu]! &= ~PARKED;
    if (parked && wasRunnable) this.putToSleep(vcpu);
    if (this.trace !== null && !wasRunnable && this.vcpus.isRunnable(vcpu)) this.#traceWaking(vcpu);
  }

  /** Takes the vcpu off its cpu, to be placed anew at once. */
  migrate(vcpu: number): void {
    this.vcpus.flags[vcpu]! |= MIGRATING;
    this.raise(this.vcpus.where[vcpu]!);
  }

  protected putToSleep(vcpu: number): void {
    this.scheduler.sleep(vcpu);
    if (this.isOnCpu(vcpu)) this.raise(this.vcpus.where[vcpu]!);
  }

  /** The pool's cpus have changed; nothing is pending at such a moment. */
  protected rebuildRaised(): void {
    this.#nextRaised = new Int16Array(this.cpus.count).fill(NOT_RAISED);
  }

  protected pack(room: Room): void {
    this.timers.pack(room);
    this.cpus.pack(room);
    this.vcpus.pack(room);
    this.work.pack(room);
    this.#nextRaised = room.moved(this.#nextRaised);
    this.scheduler.pack?.(room);
  }
}
