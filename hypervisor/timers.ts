import type { Room } from './arrays.ts';
import { NONE } from './cpus.ts';
import { Wheel } from './wheel.ts';

/**
 * The timers of a pool by what they are for. Slots of the wheel: a tick a cpu, then one for the scheduler, then the
 * wake-up of each vcpu, then what ends the current stretch on each cpu; the order in which those due at one instant
 * fire. So every timer has been seen before a cpu chooses, as in Xen, where the schedule softirq comes after the timers'.
 * Arming takes a delay: small integers are passed as they are, instants would be boxed.
 */
export class Timers {
  readonly #clock: { readonly nowNs: number };
  #wheel = new Wheel(1);
  #vcpus = 0;
  /** The scheduler's slot; those below are ticks. */
  scheduler = 0;
  /** The first of the slots that end a stretch on a cpu; those between are wake-ups. */
  firstCpu = 1;

  constructor(clock: { readonly nowNs: number }) {
    this.#clock = clock;
  }

  armTick(cpu: number, delayNs: number): void {
    this.#arm(cpu, delayNs);
  }

  cancelTick(cpu: number): void {
    this.#wheel.cancel(cpu);
  }

  armCpu(cpu: number, delayNs: number): void {
    this.#arm(this.firstCpu + cpu, delayNs);
  }

  cancelCpu(cpu: number): void {
    this.#wheel.cancel(this.firstCpu + cpu);
  }

  armScheduler(delayNs: number): void {
    this.#arm(this.scheduler, delayNs);
  }

  cancelScheduler(): void {
    this.#wheel.cancel(this.scheduler);
  }

  armWake(vcpu: number, delayNs: number): void {
    this.#arm(this.scheduler + 1 + vcpu, delayNs);
  }

  cancelWake(vcpu: number): void {
    this.#wheel.cancel(this.scheduler + 1 + vcpu);
  }

  /** How long the vcpu still sleeps; Infinity: it does not. */
  wakeInNs(vcpu: number): number {
    return this.dueNs[this.scheduler + 1 + vcpu]! - this.#clock.nowNs;
  }

  #arm(slot: number, delayNs: number): void {
    this.#wheel.dueNs[slot] = this.#clock.nowNs + delayNs;
    this.#wheel.arm(slot);
  }

  /** The slot due next, or NONE; it stays armed. The order of slots above says what it is. */
  first(): number {
    return this.#wheel.first();
  }

  /** When each slot is due. */
  get dueNs(): Float64Array {
    return this.#wheel.dueNs;
  }

  pack(room: Room): void {
    this.#wheel.pack(room);
  }

  /** The same timers for other numbers of cpus and vcpus; `from[i]` is the old index of cpu i, or NONE. */
  rebuild(from: Int32Array, vcpus: number): void {
    const old = this.#wheel.dueNs;
    const wheel = new Wheel(2 * from.length + 1 + vcpus);
    const take = (oldSlot: number, slot: number) => {
      wheel.dueNs[slot] = old[oldSlot]!;
      if (old[oldSlot]! < Infinity) wheel.arm(slot);
    };
    const scheduler = from.length;
    const firstCpu = scheduler + 1 + vcpus;
    for (let cpu = 0; cpu < from.length; cpu++) {
      if (from[cpu] === NONE) continue;
      take(from[cpu]!, cpu);
      take(this.firstCpu + from[cpu]!, firstCpu + cpu);
    }
    for (let i = 0; i <= this.#vcpus; i++) take(this.scheduler + i, scheduler + i);
    this.#wheel = wheel;
    this.scheduler = scheduler;
    this.firstCpu = firstCpu;
    this.#vcpus = vcpus;
  }
}
