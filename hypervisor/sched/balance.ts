import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import { type LoadAverages, ONE_LOAD } from './load-averages.ts';
import type { QueueCpus } from './queue-cpus.ts';
import type { QueueMembers } from './queue-members.ts';
import type { QueuePlacement } from './queue-placement.ts';

/** Xen's tolerances: a whole load where there are cpus enough, an eighth where there are not. */
const UNDERLOADED_DIFFERENCE = ONE_LOAD;
const OVERLOADED_DIFFERENCE = ONE_LOAD / 8;

/** The search for the vcpus that two run queues should exchange so that their loads differ least (Xen's balance_load). */
export class Balance {
  /** Who is handed over to the other queue, and who comes from there in return; NONE: nobody. */
  push = NONE;
  pull = NONE;
  /** The other queue. */
  other = NONE;
  readonly #pool: Pool;
  readonly #cpus: QueueCpus;
  readonly #members: QueueMembers;
  readonly #loads: LoadAverages;
  readonly #placement: QueuePlacement;
  #ours = new Side(0);
  #theirs = new Side(0);

  constructor(
    pool: Pool,
    cpus: QueueCpus,
    members: QueueMembers,
    loads: LoadAverages,
    placement: QueuePlacement,
  ) {
    this.#pool = pool;
    this.#cpus = cpus;
    this.#members = members;
    this.#loads = loads;
    this.#placement = placement;
  }

  /** Looks what this queue should exchange with the one whose load is furthest from its own. */
  consider(queue: number): void {
    this.push = NONE;
    this.pull = NONE;
    this.#loads.updateQueue(queue, 0);
    if (this.#cpus.count === 1) return;
    const other = this.#furthest(queue);
    if (other === NONE || !this.#isWorthIt(queue, other)) return;
    this.other = other;
    this.#gather(this.#ours, queue, other);
    this.#gather(this.#theirs, other, queue);
    this.#search(queue, other);
  }

  #furthest(queue: number): number {
    const { planned } = this.#loads;
    let furthest = NONE;
    let most = 0;
    for (let other = 0; other < this.#cpus.count; other++) {
      if (other === queue) continue;
      this.#loads.updateQueue(other, 0);
      const difference = Math.abs(planned[queue]! - planned[other]!);
      if (difference <= most) continue;
      most = difference;
      furthest = other;
    }
    return furthest;
  }

  #isWorthIt(queue: number, other: number): boolean {
    const { planned } = this.#loads;
    // Whether there are cpus enough Xen judges by the last queue of its list, whichever the other one is.
    const last = this.#cpus.count - 1;
    const load = Math.max(planned[queue]!, planned[last]!);
    const cpus = Math.max(this.#cpus.members[queue]!.length, this.#cpus.members[last]!.length);
    const enough = load < cpus * ONE_LOAD ? UNDERLOADED_DIFFERENCE : OVERLOADED_DIFFERENCE;
    return Math.abs(planned[queue]! - planned[other]!) >= enough;
  }

  /** The vcpus of a queue that could go to another. */
  #gather(side: Side, queue: number, to: number): void {
    const { first, next } = this.#members;
    side.count = 0;
    for (let vcpu = first[queue]!; vcpu !== NONE; vcpu = next[vcpu]!) {
      this.#loads.updateVcpu(vcpu, this.#pool.vcpus.isRunnable(vcpu));
      if (this.#placement.target[vcpu] === NONE && this.#placement.mayJoin(vcpu, to))
        side.add(vcpu, this.#loads.vcpu);
    }
  }

  /** Tries every push, pull and swap; of equally good ones the first counts. */
  #search(queue: number, other: number): void {
    const ours = this.#ours;
    const theirs = this.#theirs;
    const difference = this.#loads.planned[queue]! - this.#loads.planned[other]!;
    let least = Math.abs(difference);
    for (let i = 0; i < ours.count; i++) {
      const after = difference - 2 * ours.loads[i]!;
      for (let j = 0; j < theirs.count; j++) {
        const left = Math.abs(after + 2 * theirs.loads[j]!);
        if (left >= least) continue;
        least = left;
        this.push = ours.vcpus[i]!;
        this.pull = theirs.vcpus[j]!;
      }
      if (Math.abs(after) >= least) continue;
      least = Math.abs(after);
      this.push = ours.vcpus[i]!;
      this.pull = NONE;
    }
    for (let j = 0; j < theirs.count; j++) {
      const left = Math.abs(difference + 2 * theirs.loads[j]!);
      if (left >= least) continue;
      least = left;
      this.push = NONE;
      this.pull = theirs.vcpus[j]!;
    }
  }

  grow(capacity: number): void {
    this.#ours = new Side(capacity);
    this.#theirs = new Side(capacity);
  }
}

/** The vcpus of one queue that could go, with their loads. */
class Side {
  count = 0;
  readonly vcpus: Int32Array;
  readonly loads: Float64Array;

  constructor(capacity: number) {
    this.vcpus = new Int32Array(capacity);
    this.loads = new Float64Array(capacity);
  }

  add(vcpu: number, loads: Float64Array): void {
    this.vcpus[this.count] = vcpu;
    this.loads[this.count++] = loads[vcpu]!;
  }
}
