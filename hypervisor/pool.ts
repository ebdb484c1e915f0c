import type { Affinity, Reservation, SchedulerParams } from '../interface/host.ts';
import type { CpuPlace } from '../interface/topology.ts';
import type { SchedulerName } from '../interface/words.ts';
import type { Workload } from '../interface/workload.ts';
import { Room } from './arrays.ts';
import { NONE } from './cpus.ts';
import { Dispatcher } from './dispatcher.ts';
import { Domains } from './domains.ts';
import { createScheduler } from './sched/create.ts';
import type { Scheduler } from './sched/scheduler.ts';
import { PoolTrace, type Trace } from './trace.ts';
import { PAUSED, pinnedTo, WANTS } from './vcpus.ts';
import type { WorkState } from './work.ts';

/** A domain on its way into a pool or out of one. */
export interface DomainLoad {
  readonly id: number;
  readonly weight: number;
  readonly cap: number;
  readonly workload: Workload;
  readonly paused: boolean;
  readonly vcpus: readonly VcpuLoad[];
}

export interface VcpuLoad {
  readonly cpuNs: number;
  readonly affinity: Affinity;
  /** `null`: the default. */
  readonly reservation: Reservation | null;
  /** Set for a vcpu that begins here; else `work` says where it was. */
  readonly random: number;
  readonly work: WorkState | null;
  /** How long it will still sleep; null: it is awake. */
  readonly wakeInNs: number | null;
  /** Its number in the machine's trace, if there is one. */
  readonly thread?: number;
}

const MIN_SLOTS = 8;

/** By an eighth: what a pool has too much is memory for nothing, and growing costs little at a domain's birth. */
const roomier = (capacity: number) => Math.max(capacity + MIN_SLOTS, Math.ceil(capacity * 1.125));

/**
 * One pool: its cpus, the vcpus of its members, one timing wheel, one scheduler. Nothing outside is ever looked at
 * (law 5), so pools run one after the other, each by itself, up to the next control operation. The operations here are
 * carried out at `nowNs`, between two events.
 */
export class Pool extends Dispatcher {
  readonly domains = new Domains();
  readonly scheduler: Scheduler;

  /** `events`: those of the pool that this one takes the place of; `trace`: where it notes who runs. */
  constructor(
    scheduler: SchedulerName,
    nowNs: number,
    { events = 0, trace = null }: { events?: number; trace?: Trace | null } = {},
  ) {
    super();
    this.nowNs = nowNs;
    this.events = events;
    if (trace !== null) this.trace = new PoolTrace(trace, this);
    this.scheduler = createScheduler(scheduler, this);
  }

  // ---- settings

  setParams(params: SchedulerParams): void {
    this.scheduler.setParams(params);
    for (let cpu = 0; cpu < this.cpus.count; cpu++) {
      if (this.cpus.current[cpu] !== NONE) this.armTick(cpu);
    }
    this.settle();
  }

  setWeight(domain: number, weight: number, cap: number): void {
    this.scheduler.setDomain(domain, weight, cap);
    this.domains.weight[domain] = weight;
    this.domains.cap[domain] = cap;
    this.settle();
  }

  setPaused(domain: number, paused: boolean): void {
    const { vcpus } = this;
    for (let vcpu = this.domains.first[domain]!; vcpu !== NONE; vcpu = vcpus.sibling[vcpu]!) {
      const wasRunnable = vcpus.isRunnable(vcpu);
      if (paused) vcpus.flags[vcpu]! |= PAUSED;
      else vcpus.flags[vcpu]! &= ~PAUSED;
      if (wasRunnable && paused) this.putToSleep(vcpu);
      else if (!wasRunnable && vcpus.isRunnable(vcpu)) this.wake(vcpu);
    }
    this.settle();
  }

  /** All vcpus of a domain, or none. */
  isPaused(domain: number): boolean {
    return (this.vcpus.flags[this.domains.first[domain]!]! & PAUSED) !== 0;
  }

  setAffinity(vcpu: number, wish: Affinity): void {
    this.vcpus.setPin(vcpu, pinnedTo(wish, this.cpus));
    this.#placeAnew(vcpu);
    this.settle();
  }

  setReservation(vcpu: number, reservation: Reservation | null): void {
    this.vcpus.setReservation(vcpu, reservation);
    this.scheduler.setReservation(vcpu);
    this.settle();
  }

  #placeAnew(vcpu: number): void {
    if (this.isOnCpu(vcpu)) {
      this.migrate(vcpu);
    } else {
      if (this.vcpus.isRunnable(vcpu)) this.scheduler.sleep(vcpu);
      this.scheduler.place(vcpu);
    }
  }

  yield(vcpu: number): void {
    this.scheduler.yield(vcpu);
    this.raise(this.vcpus.where[vcpu]!);
    this.settle();
  }

  // ---- members

  insert(load: DomainLoad): number {
    const capacity = this.vcpus.capacity + this.domains.capacity;
    const domain = this.#takeDomain(load);
    let last = NONE;
    for (const one of load.vcpus) {
      if (this.vcpus.isFull) this.#growVcpus(roomier(this.vcpus.capacity));
      const vcpu = this.vcpus.take();
      this.vcpus.domain[vcpu] = domain;
      this.vcpus.sibling[vcpu] = NONE;
      if (last === NONE) this.domains.first[domain] = vcpu;
      else this.vcpus.sibling[last] = vcpu;
      last = vcpu;
      this.#insertVcpu(vcpu, load, one);
    }
    this.settle();
    if (this.vcpus.capacity + this.domains.capacity > capacity) this.#packAll();
    return domain;
  }

  #takeDomain(load: DomainLoad): number {
    const { domains } = this;
    if (domains.isFull) {
      const capacity = roomier(domains.capacity);
      domains.grow(capacity);
      this.scheduler.growDomains(capacity);
    }
    const domain = domains.take();
    domains.id[domain] = load.id;
    this.scheduler.setDomain(domain, load.weight, load.cap);
    domains.weight[domain] = load.weight;
    domains.cap[domain] = load.cap;
    domains.first[domain] = NONE;
    return domain;
  }

  #insertVcpu(vcpu: number, load: DomainLoad, one: VcpuLoad): void {
    const { vcpus, work } = this;
    vcpus.cpuNs[vcpu] = one.cpuNs;
    this.trace?.setThread(vcpu, one.thread ?? NONE);
    vcpus.flags[vcpu] = load.paused ? PAUSED : 0;
    vcpus.setPin(vcpu, pinnedTo(one.affinity, this.cpus));
    vcpus.setReservation(vcpu, one.reservation);
    if (one.work === null) work.init(vcpu, load.workload, one.random);
    else work.load(vcpu, load.workload, one.work);
    this.scheduler.insert(vcpu);
    if (load.workload.kind === 'idle') return;
    if (one.wakeInNs === null) {
      vcpus.flags[vcpu]! |= WANTS;
      if (vcpus.isRunnable(vcpu)) this.wake(vcpu);
    } else {
      this.timers.armWake(vcpu, one.wakeInNs);
    }
  }

  /** Takes a domain out, as it is; `insert` elsewhere goes on where it stopped. */
  remove(domain: number): DomainLoad {
    const { domains, vcpus } = this;
    const workload = this.workload(domain);
    const paused = this.isPaused(domain);
    const taken: VcpuLoad[] = [];
    for (let vcpu = domains.first[domain]!; vcpu !== NONE; ) {
      const next = vcpus.sibling[vcpu]!;
      taken.push(this.#removeVcpu(vcpu));
      vcpu = next;
    }
    const load: DomainLoad = {
      id: domains.id[domain]!,
      weight: domains.weight[domain]!,
      cap: domains.cap[domain]!,
      workload,
      paused,
      vcpus: taken,
    };
    domains.give(domain);
    this.settle();
    return load;
  }

  #removeVcpu(vcpu: number): VcpuLoad {
    const { vcpus } = this;
    const wakeInNs = this.timers.wakeInNs(vcpu);
    this.timers.cancelWake(vcpu);
    const cpu = vcpus.where[vcpu]!;
    if (this.isOnCpu(vcpu)) {
      this.takeOff(cpu, vcpu);
      this.raise(cpu);
    }
    this.scheduler.remove(vcpu);
    const load: VcpuLoad = {
      cpuNs: vcpus.cpuNs[vcpu]!,
      affinity: vcpus.affinity(vcpu),
      reservation: vcpus.reservation(vcpu),
      random: 0,
      work: this.work.save(vcpu),
      wakeInNs: wakeInNs === Infinity ? null : wakeInNs,
      ...(this.trace !== null && { thread: this.trace.thread(vcpu) }),
    };
    vcpus.give(vcpu);
    return load;
  }

  /** All vcpus of a domain do the same. */
  workload(domain: number): Workload {
    return this.work.spec(this.domains.first[domain]!);
  }

  // ---- cpus

  /** The pool's cpus from now on, ascending. Who was on one that leaves goes on elsewhere in the pool at once. */
  setCpus(places: readonly CpuPlace[]): void {
    const from = Int32Array.from(places, (place) => this.cpus.indexOf(place.cpu));
    const displaced = this.#evacuate(from);
    this.timers.rebuild(from, this.vcpus.capacity);
    this.cpus.rebuild(places, from);
    this.rebuildRaised();
    this.scheduler.rebuildCpus(from);
    this.#rebindVcpus(from);
    for (const vcpu of displaced) this.scheduler.place(vcpu);
    this.#obeyPins();
    // A new cpu looks for work at once; Xen's once waited for the next event (commit d92b0e7fca).
    for (let cpu = 0; cpu < from.length; cpu++) if (from[cpu] === NONE) this.raise(cpu);
    this.settle();
    this.#packAll();
  }

  /** Takes every vcpu off the cpus that leave; who was on none may find one now. */
  #evacuate(from: Int32Array): number[] {
    const stays = new Set(from);
    const displaced: number[] = [];
    for (let vcpu = 0; vcpu < this.vcpus.end; vcpu++) {
      const cpu = this.vcpus.where[vcpu]!;
      if (this.vcpus.domain[vcpu] === NONE || (cpu !== NONE && stays.has(cpu))) continue;
      if (this.isOnCpu(vcpu)) this.takeOff(cpu, vcpu);
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
      const pin = vcpus.pin(vcpu);
      if (pin) vcpus.setPin(vcpu, pinnedTo(pin.wish, this.cpus));
    }
  }

  /** A cpu that has come back may be the one a vcpu is pinned to, while it runs or waits elsewhere. */
  #obeyPins(): void {
    const { vcpus } = this;
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) {
      const cpu = vcpus.where[vcpu]!;
      if (vcpus.domain[vcpu] !== NONE && cpu !== NONE && !vcpus.mayRunOn(vcpu, cpu)) this.#placeAnew(vcpu);
    }
  }

  #packAll(): void {
    Room.fill((room) => {
      this.pack(room);
      this.domains.pack(room);
    });
  }

  #growVcpus(capacity: number): void {
    this.timers.rebuild(
      Int32Array.from(this.cpus.ids, (_, cpu) => cpu),
      capacity,
    );
    this.vcpus.grow(capacity);
    this.work.grow(capacity);
    this.trace?.grow(capacity);
    this.scheduler.growVcpus(capacity);
  }
}
