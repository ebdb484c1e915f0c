import { grown } from './arrays.ts';
import { NONE } from './cpus.ts';

/** The members of one pool, by slot. */
export class Domains {
  /** The machine's number of the domain. */
  id = new Int32Array(0);
  weight = new Int32Array(0);
  cap = new Int32Array(0);
  paused = new Uint8Array(0);
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
    this.paused = grown(this.paused, capacity);
    this.first = grown(this.first, capacity, NONE);
  }
}
