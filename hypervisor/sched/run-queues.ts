import { gathered, grown, type Room } from '../arrays.ts';
import { NONE } from '../cpus.ts';

/** A queue of waiting vcpus a cpu: doubly linked, so that any of them leaves in one step. The order is its owner's. */
export class RunQueues {
  head = new Int32Array(0);
  next = new Int32Array(0);
  #tail = new Int32Array(0);
  #prev = new Int32Array(0);
  /** The cpu whose queue a vcpu waits in, or NONE. */
  #queue = new Int16Array(0);

  has(vcpu: number): boolean {
    return this.#queue[vcpu] !== NONE;
  }

  /** Puts the vcpu before another, at the end if that is NONE. */
  insert(cpu: number, vcpu: number, before: number): void {
    const after = before === NONE ? this.#tail[cpu]! : this.#prev[before]!;
    this.next[vcpu] = before;
    this.#prev[vcpu] = after;
    if (after === NONE) this.head[cpu] = vcpu;
    else this.next[after] = vcpu;
    if (before === NONE) this.#tail[cpu] = vcpu;
    else this.#prev[before] = vcpu;
    this.#queue[vcpu] = cpu;
  }

  /** Takes the vcpu out of whichever queue it is in, if any. */
  drop(vcpu: number): void {
    const cpu = this.#queue[vcpu]!;
    if (cpu === NONE) return;
    const prev = this.#prev[vcpu]!;
    const next = this.next[vcpu]!;
    if (prev === NONE) this.head[cpu] = next;
    else this.next[prev] = next;
    if (next === NONE) this.#tail[cpu] = prev;
    else this.#prev[next] = prev;
    this.#queue[vcpu] = NONE;
  }

  grow(capacity: number): void {
    this.next = grown(this.next, capacity, NONE);
    this.#prev = grown(this.#prev, capacity, NONE);
    this.#queue = grown(this.#queue, capacity, NONE);
  }

  pack(room: Room): void {
    this.head = room.moved(this.head);
    this.next = room.moved(this.next);
    this.#tail = room.moved(this.#tail);
    this.#prev = room.moved(this.#prev);
    this.#queue = room.moved(this.#queue);
  }

  /** Queues follow their cpus; those of cpus that left are empty by now. */
  rebuild(from: Int32Array): void {
    this.head = gathered(this.head, from, NONE);
    this.#tail = gathered(this.#tail, from, NONE);
    for (let cpu = 0; cpu < from.length; cpu++) {
      for (let vcpu = this.head[cpu]!; vcpu !== NONE; vcpu = this.next[vcpu]!) this.#queue[vcpu] = cpu;
    }
  }
}
