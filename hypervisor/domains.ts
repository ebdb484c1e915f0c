import { grown, type Room } from './arrays.ts';
import { NONE } from './cpus.ts';

/** The members of one pool, by slot. */
export class Domains {
  /** The machine's number of the domain. */
  id = new Uint16Array(0);
  weight = new Uint16Array(0);
  cap = new Uint16Array(0);
  /** Its first vcpu's slot; the others follow by `vcpus.sibling`. NONE: the slot is free. */
  first = new Int32Array(0);
  #free: number[] = [];
  #used = 0;

  get capacity(): number {
    return this.first.length;
  }

  get isFull(): boolean {
    return this.#free.length === 0 && this.#used === this.capacity;
  }

  take(): number {
    return this.#free.pop() ?? this.#used++;
  }

  give(domain: number): void {
    this.id[domain] = NONE;
    this.first[domain] = NONE;
    this.#free.push(domain);
  }

  grow(capacity: number): void {
    this.id = grown(this.id, capacity, NONE);
    this.weight = grown(this.weight, capacity);
    this.cap = grown(this.cap, capacity);
    this.first = grown(this.first, capacity, NONE);
  }

  pack(room: Room): void {
    this.weight = room.moved(this.weight);
    this.cap = room.moved(this.cap);
    this.first = room.moved(this.first);
  }
}
