import { NONE } from './cpus.ts';
import { Wheel } from './wheel.ts';

/**
 * The timers of a pool by what they are for. Slots of the wheel: a tick a cpu, then a slice a cpu, then one for the
 * scheduler, then the wake-up of each vcpu; the order in which those due at one instant fire.
 */
export class Timers {
  #wheel = new Wheel(1);
  #cpus = 0;
  #vcpus = 0;

  armTick(cpu: number, timeNs: number): void {
    this.#wheel.arm(cpu, timeNs);
  }

  cancelTick(cpu: number): void {
    this.#wheel.cancel(cpu);
  }

  armCpu(cpu: number, timeNs: number): void {
    this.#wheel.arm(this.#cpus + cpu, timeNs);
  }

  cancelCpu(cpu: number): void {
    this.#wheel.cancel(this.#cpus + cpu);
  }

  armScheduler(timeNs: number): void {
    this.#wheel.arm(2 * this.#cpus, timeNs);
  }

  cancelScheduler(): void {
    this.#wheel.cancel(2 * this.#cpus);
  }

  armWake(vcpu: number, timeNs: number): void {
    this.#wheel.arm(2 * this.#cpus + 1 + vcpu, timeNs);
  }

  cancelWake(vcpu: number): void {
    this.#wheel.cancel(2 * this.#cpus + 1 + vcpu);
  }

  /** When the vcpu wakes up; Infinity: it does not sleep. */
  wakeNs(vcpu: number): number {
    return this.#wheel.dueNs[2 * this.#cpus + 1 + vcpu]!;
  }

  /** The slot due next, or NONE; it stays armed. `dueNs` says when, the order of slots above what it is. */
  first(): number {
    return this.#wheel.first();
  }

  dueNs(slot: number): number {
    return this.#wheel.dueNs[slot]!;
  }

  /** The same timers for other numbers of cpus and vcpus; `from[i]` is the old index of cpu i, or NONE. */
  rebuild(from: Int32Array, vcpus: number): void {
    const old = this.#wheel.dueNs;
    const wheel = new Wheel(2 * from.length + 1 + vcpus);
    const take = (oldSlot: number, slot: number) => {
      if (old[oldSlot]! < Infinity) wheel.arm(slot, old[oldSlot]!);
    };
    for (let cpu = 0; cpu < from.length; cpu++) {
      if (from[cpu] === NONE) continue;
      take(from[cpu]!, cpu);
      take(this.#cpus + from[cpu]!, from.length + cpu);
    }
    for (let i = 0; i <= this.#vcpus; i++) take(2 * this.#cpus + i, 2 * from.length + i);
    this.#wheel = wheel;
    this.#cpus = from.length;
    this.#vcpus = vcpus;
  }
}
