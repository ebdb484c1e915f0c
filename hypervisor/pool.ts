import type { Affinity, SchedulerParams } from '../interface/host.ts';
import type { CpuPlace } from '../interface/topology.ts';
import type { SchedulerName } from '../interface/words.ts';
import type { Workload } from '../interface/workload.ts';
import { Cpus, NONE } from './cpus.ts';
import { Domains } from './domains.ts';
import { createScheduler } from './sched/create.ts';
import type { Scheduler } from './sched/scheduler.ts';
import { MIGRATING, PARKED, PAUSED, pinnedTo, Vcpus, WANTS } from './vcpus.ts';
import { Wheel } from './wheel.ts';
import { Work, type WorkState } from './work.ts';

/** A domain on its way into a pool or out of one. */
export interface DomainLoad {
  readonly weight: number;
  readonly cap: number;
  readonly workload: Workload;
  readonly paused: boolean;
  readonly vcpus: readonly VcpuLoad[];
}

export interface VcpuLoad {
  readonly cpuNs: number;
  readonly affinity: Affinity;
  /** Set for a vcpu that begins here; else `work` says where it was. */
  readonly random: number;
  readonly work: WorkState | null;
  /** How long it will still sleep; null: it is awake. */
  readonly wakeInNs: number | null;
}

const MIN_SLOTS = 4;

/**
 * How late a scheduler's timers fire: Xen's `timer_slop`, 50 us. Without it ticks, slices and accounting of an idle-born
 * pool stay in step for ever, which on no real host they do: each is armed from the moment the last one really fired.
 */
const TIMER_SLOP_NS = 50_000;

/**
 * One pool: its cpus, the vcpus of its members, one timing wheel, one scheduler. Nothing outside is ever looked at
 * (law 5), so pools run one after the other, each by itself, up to the next control operation.
 *
 * Timer slots: a tick a cpu, then a slice a cpu, then one for the scheduler, then the wake-up of each vcpu.
 */
export class Pool {
  readonly cpus = new Cpus();
  readonly vcpus = new Vcpus();
  readonly domains = new Domains();
  readonly work = new Work();
  readonly scheduler: Scheduler;
  nowNs: number;
  /** Timers fired since the pool's birth. */
  events = 0;
  /** Set by the scheduler with each choice. */
  sliceNs = Infinity;
  #wheel = new Wheel(1);
  /** Cpus that must choose again at this instant, first come first served; each at most once. */
  #raised = new Int32Array(0);
  #isRaised = new Uint8Array(0);
  #raisedFrom = 0;
  #raisedCount = 0;

  constructor(scheduler: SchedulerName, nowNs: number) {
    this.nowNs = nowNs;
    this.scheduler = createScheduler(scheduler, this);
  }

  // ---- time

  /** Runs to `endNs`, and everything due at that very instant. Stopping on the way changes nothing. */
  runUntil(endNs: number): void {
    this.runFor(endNs, Infinity);
  }

  /** The same, but gives up after so many events; the clock then stands at the last one. */
  runFor(endNs: number, maxEvents: number): void {
    const stopAt = this.events + maxEvents;
    while (this.events < stopAt) {
      const slot = this.#wheel.first();
      if (slot === NONE || this.#wheel.dueNs[slot]! > endNs) {
        this.nowNs = endNs;
        return;
      }
      this.nowNs = this.#wheel.dueNs[slot]!;
      this.events++;
      this.#fire(slot);
      this.#settle();
    }
  }

  #fire(slot: number): void {
    const count = this.cpus.count;
    if (slot < count) this.#tick(slot);
    else if (slot < 2 * count) this.#cpuTimer(slot - count);
    else if (slot > 2 * count) this.#wakeTimer(slot - 2 * count - 1);
    else {
      this.#wheel.cancel(slot);
      this.scheduler.timer();
    }
  }

  #tick(cpu: number): void {
    this.scheduler.tick(cpu);
    this.#wheel.arm(cpu, this.nowNs + this.scheduler.tickNs + TIMER_SLOP_NS);
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
    const domain = vcpus.domain[vcpu]!;
    const wakeNs = this.work.finish(vcpu, domain, this.nowNs);
    if (wakeNs > this.nowNs) {
      vcpus.flags[vcpu]! &= ~WANTS;
      this.#wheel.arm(this.#wakeSlot(vcpu), wakeNs);
      this.scheduler.sleep(vcpu);
      this.raise(cpu);
    } else {
      cpus.blockNs[cpu] = this.work.begin(vcpu, domain, this.nowNs);
      this.#armCpu(cpu);
    }
  }

  #wakeTimer(vcpu: number): void {
    this.#wheel.cancel(this.#wakeSlot(vcpu));
    this.vcpus.flags[vcpu]! |= WANTS;
    if (this.vcpus.isRunnable(vcpu)) this.scheduler.wake(vcpu);
  }

  // ---- choosing

  /** This cpu must choose again, before time goes on. */
  raise(cpu: number): void {
    if (this.#isRaised[cpu] === 1) return;
    this.#isRaised[cpu] = 1;
    this.#raised[(this.#raisedFrom + this.#raisedCount++) % this.#raised.length] = cpu;
  }

  #settle(): void {
    while (this.#raisedCount > 0) {
      const cpu = this.#raised[this.#raisedFrom]!;
      this.#raisedFrom = (this.#raisedFrom + 1) % this.#raised.length;
      this.#raisedCount--;
      this.#isRaised[cpu] = 0;
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
    if (before !== NONE) this.#stop(cpu, before);
    if (next !== NONE) this.#start(cpu, next);
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
    cpus.blockNs[cpu] = this.work.begin(vcpu, this.vcpus.domain[vcpu]!, this.nowNs);
    this.vcpus.where[vcpu] = cpu;
    cpus.setIdle(cpu, false);
    this.#armCpu(cpu);
  }

  #stop(cpu: number, vcpu: number): void {
    this.#count(cpu, vcpu);
    this.cpus.current[cpu] = NONE;
    this.cpus.setIdle(cpu, true);
    this.#wheel.cancel(this.cpus.count + cpu);
  }

  /** Takes the current vcpu off outside of any choice: it or its cpu leaves the pool. */
  #takeOff(cpu: number, vcpu: number): void {
    this.scheduler.charge(cpu);
    this.#stop(cpu, vcpu);
    this.#wheel.cancel(cpu);
  }

  /** Ticks stop when a cpu goes idle; the first one afterwards falls on a multiple of the period, as in Xen. */
  #switchTick(cpu: number, before: number, next: number): void {
    if (next === NONE) this.#wheel.cancel(cpu);
    else if (before === NONE) this.#armTick(cpu);
  }

  #armTick(cpu: number): void {
    const { tickNs } = this.scheduler;
    if (tickNs > 0) this.#wheel.arm(cpu, this.nowNs + tickNs - (this.nowNs % tickNs) + TIMER_SLOP_NS);
  }

  #armCpu(cpu: number): void {
    const { blockNs, sliceEndNs, count } = this.cpus;
    this.#wheel.arm(count + cpu, Math.min(blockNs[cpu]!, sliceEndNs[cpu]!));
  }

  /** Books the current vcpu's time up to now. */
  #count(cpu: number, vcpu: number): void {
    const ranNs = this.nowNs - this.cpus.countedNs[cpu]!;
    this.cpus.countedNs[cpu] = this.nowNs;
    this.vcpus.cpuNs[vcpu]! += ranNs;
    this.work.ran(vcpu, this.vcpus.domain[vcpu]!, ranNs);
  }

  #wakeSlot(vcpu: number): number {
    return 2 * this.cpus.count + 1 + vcpu;
  }

  // ---- for schedulers

  armScheduler(timeNs: number): void {
    this.#wheel.arm(2 * this.cpus.count, timeNs + TIMER_SLOP_NS);
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
    if (parked && wasRunnable) this.#putToSleep(vcpu);
  }

  /** Takes the vcpu off its cpu, to be placed anew at once. */
  migrate(vcpu: number): void {
    this.vcpus.flags[vcpu]! |= MIGRATING;
    this.raise(this.vcpus.where[vcpu]!);
  }

  #putToSleep(vcpu: number): void {
    this.scheduler.sleep(vcpu);
    if (this.isOnCpu(vcpu)) this.raise(this.vcpus.where[vcpu]!);
  }

  // ---- control operations, at `nowNs`

  setParams(params: SchedulerParams): void {
    this.scheduler.setParams(params);
    for (let cpu = 0; cpu < this.cpus.count; cpu++) {
      if (this.cpus.current[cpu] !== NONE) this.#armTick(cpu);
    }
    this.#settle();
  }

  setWeight(domain: number, weight: number, cap: number): void {
    this.domains.weight[domain] = weight;
    this.domains.cap[domain] = cap;
    this.scheduler.setDomain(domain, weight, cap);
    this.#settle();
  }

  setPaused(domain: number, paused: boolean): void {
    const { vcpus } = this;
    this.domains.paused[domain] = paused ? 1 : 0;
    for (let vcpu = this.domains.first[domain]!; vcpu !== NONE; vcpu = vcpus.sibling[vcpu]!) {
      const wasRunnable = vcpus.isRunnable(vcpu);
      if (paused) vcpus.flags[vcpu]! |= PAUSED;
      else vcpus.flags[vcpu]! &= ~PAUSED;
      if (wasRunnable && paused) this.#putToSleep(vcpu);
      else if (!wasRunnable && vcpus.isRunnable(vcpu)) this.scheduler.wake(vcpu);
    }
    this.#settle();
  }

  setAffinity(vcpu: number, wish: Affinity): void {
    this.vcpus.setPin(vcpu, pinnedTo(wish, this.cpus));
    if (this.isOnCpu(vcpu)) {
      this.migrate(vcpu);
    } else {
      if (this.vcpus.isRunnable(vcpu)) this.scheduler.sleep(vcpu);
      this.scheduler.place(vcpu);
    }
    this.#settle();
  }

  yield(vcpu: number): void {
    this.scheduler.yield(vcpu);
    this.raise(this.vcpus.where[vcpu]!);
    this.#settle();
  }

  // ---- members

  insert(load: DomainLoad): number {
    const domain = this.#takeDomain(load);
    let last = NONE;
    for (const one of load.vcpus) {
      if (this.vcpus.isFull) this.#growVcpus(Math.max(MIN_SLOTS, this.vcpus.capacity * 2));
      const vcpu = this.vcpus.take();
      this.vcpus.domain[vcpu] = domain;
      this.vcpus.sibling[vcpu] = NONE;
      if (last === NONE) this.domains.first[domain] = vcpu;
      else this.vcpus.sibling[last] = vcpu;
      last = vcpu;
      this.#insertVcpu(vcpu, domain, load, one);
    }
    this.#settle();
    return domain;
  }

  #takeDomain(load: DomainLoad): number {
    const { domains } = this;
    if (domains.isFull) {
      const capacity = Math.max(MIN_SLOTS, domains.capacity * 2);
      domains.grow(capacity);
      this.work.growDomains(capacity);
      this.scheduler.growDomains(capacity);
    }
    const domain = domains.take();
    domains.weight[domain] = load.weight;
    domains.cap[domain] = load.cap;
    domains.paused[domain] = load.paused ? 1 : 0;
    domains.first[domain] = NONE;
    this.work.describe(domain, load.workload);
    domains.workload[domain] = load.workload;
    this.scheduler.setDomain(domain, load.weight, load.cap);
    return domain;
  }

  #insertVcpu(vcpu: number, domain: number, load: DomainLoad, one: VcpuLoad): void {
    const { vcpus, work } = this;
    vcpus.cpuNs[vcpu] = one.cpuNs;
    vcpus.flags[vcpu] = load.paused ? PAUSED : 0;
    vcpus.setPin(vcpu, pinnedTo(one.affinity, this.cpus));
    if (one.work === null) work.init(vcpu, domain, one.random, this.nowNs);
    else work.load(vcpu, domain, one.work, this.nowNs);
    this.scheduler.insert(vcpu);
    if (load.workload.kind === 'idle') return;
    if (one.wakeInNs === null) {
      vcpus.flags[vcpu]! |= WANTS;
      if (vcpus.isRunnable(vcpu)) this.scheduler.wake(vcpu);
    } else {
      this.#wheel.arm(this.#wakeSlot(vcpu), this.nowNs + one.wakeInNs);
    }
  }

  /** Takes a domain out, as it is; `insert` elsewhere goes on where it stopped. */
  remove(domain: number): DomainLoad {
    const { domains, vcpus } = this;
    const taken: VcpuLoad[] = [];
    for (let vcpu = domains.first[domain]!; vcpu !== NONE; ) {
      const next = vcpus.sibling[vcpu]!;
      taken.push(this.#removeVcpu(vcpu, domain));
      vcpu = next;
    }
    const load: DomainLoad = {
      weight: domains.weight[domain]!,
      cap: domains.cap[domain]!,
      workload: domains.workload[domain]!,
      paused: domains.paused[domain] === 1,
      vcpus: taken,
    };
    domains.give(domain);
    this.#settle();
    return load;
  }

  #removeVcpu(vcpu: number, domain: number): VcpuLoad {
    const { vcpus } = this;
    const slot = this.#wakeSlot(vcpu);
    const dueNs = this.#wheel.dueNs[slot]!;
    this.#wheel.cancel(slot);
    const cpu = vcpus.where[vcpu]!;
    if (this.isOnCpu(vcpu)) {
      this.#takeOff(cpu, vcpu);
      this.raise(cpu);
    }
    this.scheduler.remove(vcpu);
    const load: VcpuLoad = {
      cpuNs: vcpus.cpuNs[vcpu]!,
      affinity: vcpus.pins[vcpu]?.wish ?? { hard: null, soft: null },
      random: 0,
      work: this.work.save(vcpu, domain, this.nowNs),
      wakeInNs: dueNs === Infinity ? null : dueNs - this.nowNs,
    };
    vcpus.give(vcpu);
    return load;
  }

  // ---- cpus

  /** The pool's cpus from now on, ascending. Who was on one that leaves goes on elsewhere in the pool at once. */
  setCpus(places: readonly CpuPlace[]): void {
    const from = Int32Array.from(places, (place) => this.cpus.indexOf(place.cpu));
    const displaced = this.#evacuate(from);
    this.#rebuildWheel(places.length, this.vcpus.capacity, from);
    this.cpus.rebuild(places, from);
    this.#raised = new Int32Array(Math.max(1, places.length));
    this.#isRaised = new Uint8Array(places.length);
    this.#raisedFrom = 0;
    this.scheduler.rebuildCpus(from);
    this.#rebindVcpus(from);
    for (const vcpu of displaced) this.scheduler.place(vcpu);
    // A new cpu looks for work at once; Xen's once waited for the next event (commit d92b0e7fca).
    for (let cpu = 0; cpu < from.length; cpu++) if (from[cpu] === NONE) this.raise(cpu);
    this.#settle();
  }

  /** Takes every vcpu off the cpus that leave. */
  #evacuate(from: Int32Array): number[] {
    const stays = new Set(from);
    const displaced: number[] = [];
    for (let vcpu = 0; vcpu < this.vcpus.end; vcpu++) {
      const cpu = this.vcpus.where[vcpu]!;
      if (this.vcpus.domain[vcpu] === NONE || cpu === NONE || stays.has(cpu)) continue;
      if (this.isOnCpu(vcpu)) this.#takeOff(cpu, vcpu);
      else if (this.vcpus.isRunnable(vcpu)) this.scheduler.sleep(vcpu);
      displaced.push(vcpu);
    }
    return displaced;
  }

  #rebindVcpus(from: Int32Array): void {
    const { vcpus } = this;
    const to = new Map<number, number>();
    for (let cpu = 0; cpu < from.length; cpu++) to.set(from[cpu]!, cpu);
    to.delete(NONE);
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) {
      if (vcpus.domain[vcpu] === NONE) continue;
      vcpus.where[vcpu] = to.get(vcpus.where[vcpu]!) ?? NONE;
      const pin = vcpus.pins[vcpu];
      if (pin) vcpus.setPin(vcpu, pinnedTo(pin.wish, this.cpus));
    }
  }

  #growVcpus(capacity: number): void {
    const count = this.cpus.count;
    this.#rebuildWheel(
      count,
      capacity,
      Int32Array.from({ length: count }, (_, cpu) => cpu),
    );
    this.vcpus.grow(capacity);
    this.work.growVcpus(capacity);
    this.scheduler.growVcpus(capacity);
  }

  /** The same timers in a wheel of another size; `from` as in `setCpus`. */
  #rebuildWheel(cpus: number, vcpus: number, from: Int32Array): void {
    const old = this.#wheel.dueNs;
    const oldCount = this.cpus.count;
    const wheel = new Wheel(2 * cpus + 1 + vcpus);
    const take = (oldSlot: number, slot: number) => {
      if (oldSlot < old.length && old[oldSlot]! < Infinity) wheel.arm(slot, old[oldSlot]!);
    };
    for (let cpu = 0; cpu < cpus; cpu++) {
      if (from[cpu] === NONE) continue;
      take(from[cpu]!, cpu);
      take(oldCount + from[cpu]!, cpus + cpu);
    }
    for (let i = 0; i <= this.vcpus.capacity; i++) take(2 * oldCount + i, 2 * cpus + i);
    this.#wheel = wheel;
  }
}
