import type { Room } from '../arrays.ts';
import { CpuSet } from '../cpu-set.ts';
import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import type { RunQueues } from './run-queues.ts';

/** The two rounds of every question about affinity: first where a vcpu likes to be, then where it may be. */
export const SOFT = 0;
export const HARD = 1;

/** Credit's choice of a cpu for a vcpu that is new, that must move, or that could be better off (csched_cpu_pick). */
export class Placement {
  readonly #pool: Pool;
  readonly #queues: RunQueues;
  /** By cpu: the idle neighbour chosen last when coming from there, so that they take turns. */
  #idleBias = new Int16Array(0);
  #left = new CpuSet(0);

  constructor(pool: Pool, queues: RunQueues) {
    this.#pool = pool;
    this.#queues = queues;
  }

  rebuildCpus(): void {
    const { count } = this.#pool.cpus;
    this.#idleBias = new Int16Array(count).fill(NONE);
    this.#left = new CpuSet(count);
  }

  pack(room: Room): void {
    this.#idleBias = room.moved(this.#idleBias);
  }

  /** Where the vcpu should be: its own cpu if nothing better idles, else the idle one with the most idle neighbours. */
  pick(vcpu: number): number {
    const { cpus, vcpus } = this.#pool;
    if (cpus.count === 0) return NONE;
    const pin = vcpus.pin(vcpu);
    const own = vcpus.where[vcpu]!;
    let cpu = own;
    for (let step = pin?.soft ? SOFT : HARD; step <= HARD; step++) {
      const mask = pin === null ? null : step === SOFT ? pin.soft : pin.hard;
      cpu =
        own !== NONE && (mask === null || mask.has(own))
          ? own
          : mask === null
            ? Math.max(0, own)
            : mask.cycle(own);
      // Its own cpu counts as idle when nobody else waits there.
      const alone = cpu === own && this.#queues.head[cpu] === NONE && !cpus.idle.has(cpu);
      if (cpus.idle.size === 0) {
        if (alone) return cpu;
        continue;
      }
      if (alone) cpus.setIdle(cpu, true);
      cpu = this.#idlest(cpu, mask);
      const found = cpus.idle.has(cpu);
      if (alone) cpus.setIdle(own, false);
      if (found) return cpu;
    }
    return cpu;
  }

  /**
   * Walks the idle cpus of `mask`, from `cpu` on, and moves on to one whose surroundings are idler: within a socket the
   * core with more idle threads, across sockets only one twice as idle.
   */
  #idlest(start: number, mask: CpuSet | null): number {
    const { cpus } = this.#pool;
    const left = this.#left;
    left.setToIntersection(cpus.idle, mask);
    let cpu = start;
    if (left.size > 0 && !left.has(cpu)) cpu = left.cycle(cpu);
    left.delete(cpu);
    while (left.size > 0) {
      const other = left.cycle(cpu);
      const sameSocket = cpus.socket[other] === cpus.socket[cpu];
      const group = sameSocket ? cpus.core : cpus.socket;
      const factor = sameSocket ? 1 : 2;
      if (cpus.idleIn[group[cpu]!]! * factor < cpus.idleIn[group[other]!]!) {
        cpu = this.#nextIn(left, group, group[other]!, this.#idleBias[other]!);
        this.#idleBias[other] = cpu;
        removeGroup(left, cpus.core, cpus.core[cpu]!);
      } else {
        removeGroup(left, group, group[other]!);
      }
    }
    return cpu;
  }

  /** The member of `set` in this group that follows `after`. */
  #nextIn(set: CpuSet, groups: Int16Array, group: number, after: number): number {
    let cpu = set.cycle(after);
    while (groups[cpu] !== group) cpu = set.cycle(cpu);
    return cpu;
  }
}

function removeGroup(set: CpuSet, groups: Int16Array, group: number): void {
  const size = set.size;
  for (let seen = 0, cpu = set.first(); seen < size; seen++) {
    const next = set.cycle(cpu);
    if (groups[cpu] === group) set.delete(cpu);
    cpu = next;
  }
}
