import { gathered, grown } from '../arrays.ts';
import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import type { LoadAverages } from './load-averages.ts';
import type { QueueCpus } from './queue-cpus.ts';
import type { QueueMembers } from './queue-members.ts';

/** Credit2's choice of a run queue, and of a cpu to begin with, for a vcpu that is new or must move (csched2_res_pick). */
export class QueuePlacement {
  readonly #pool: Pool;
  readonly #cpus: QueueCpus;
  readonly #members: QueueMembers;
  readonly #loads: LoadAverages;
  /** By queue: the cpu chosen last, so that they take turns. */
  #turn = new Int32Array(0);
  /** By vcpu: the queue that balancing sends it to once it is off its cpu, or NONE. */
  target = new Int32Array(0);

  constructor(pool: Pool, cpus: QueueCpus, members: QueueMembers, loads: LoadAverages) {
    this.#pool = pool;
    this.#cpus = cpus;
    this.#members = members;
    this.#loads = loads;
  }

  /** The queue with the least load where it likes to be, else where it may be. */
  pick(vcpu: number): number {
    const pin = this.#pool.vcpus.pin(vcpu);
    const target = this.target[vcpu]!;
    this.target[vcpu] = NONE;
    if (target !== NONE && this.mayJoin(vcpu, target)) return this.#takeTurn(vcpu, target);
    let liked = NONE;
    let allowed = NONE;
    let likedLoad = Infinity;
    let allowedLoad = Infinity;
    for (let queue = 0; queue < this.#cpus.count; queue++) {
      if (!this.mayJoin(vcpu, queue)) continue;
      const load = this.#loadWithout(vcpu, queue);
      if (load < likedLoad && pin?.soft && this.#cpus.within(queue, pin.soft) !== 0) {
        liked = queue;
        likedLoad = load;
      }
      if (load < allowedLoad) {
        allowed = queue;
        allowedLoad = load;
      }
    }
    if (allowed === NONE) return NONE;
    if (liked === NONE) return this.#takeTurn(vcpu, allowed);
    // Whose turn it is, Xen looks up and notes with the queue of the least load, also where another one is liked.
    const cpu = this.#cpus.cycle(liked, this.#cpus.within(liked, pin!.soft), this.#turn[allowed]!);
    this.#turn[allowed] = cpu;
    return cpu;
  }

  /** In its own queue a vcpu does not compete with itself. */
  #loadWithout(vcpu: number, queue: number): number {
    const load = this.#loads.planned[queue]!;
    return queue === this.#members.queueOf[vcpu] ? Math.max(0, load - this.#loads.vcpu[vcpu]!) : load;
  }

  mayJoin(vcpu: number, queue: number): boolean {
    const pin = this.#pool.vcpus.pin(vcpu);
    return pin === null || this.#cpus.within(queue, pin.hard) !== 0;
  }

  /** The next cpu of this queue where it may be. */
  #takeTurn(vcpu: number, queue: number): number {
    const allowed = this.#cpus.within(queue, this.#pool.vcpus.pin(vcpu)?.hard ?? null);
    const cpu = this.#cpus.cycle(queue, allowed, this.#turn[queue]!);
    this.#turn[queue] = cpu;
    return cpu;
  }

  /** A vcpu that is neither on a cpu nor waiting goes over to another queue. */
  move(vcpu: number, queue: number): void {
    this.#members.leave(vcpu);
    this.#pool.vcpus.where[vcpu] = this.#takeTurn(vcpu, queue);
    this.#members.join(vcpu, queue);
  }

  grow(capacity: number): void {
    this.target = grown(this.target, capacity, NONE);
  }

  /** Queue i goes on from `origins[i]`, cpu c is `to[c]` now; NONE where there is none. */
  rebuild(origins: Int32Array, to: Int32Array): void {
    const before = gathered(this.#turn, origins, NONE);
    this.#turn = Int32Array.from(this.#cpus.members, (cpus, queue) => {
      const cpu = before[queue] === NONE ? NONE : to[before[queue]!]!;
      return cpu === NONE ? cpus[0]! : cpu;
    });
  }
}
