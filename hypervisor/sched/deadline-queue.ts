import { grown } from '../arrays.ts';
import { NONE } from '../cpus.ts';

/**
 * Vcpus in order of level and then of deadline, first come first served among equals: a binary heap that knows where
 * each of them is, so that any of them leaves in logarithmic time. Xen has a sorted list and walks it. The keys are the
 * owner's, who may change those of a vcpu only while it is not in here.
 */
export class DeadlineQueue {
  size = 0;
  #heap = new Int32Array(0);
  /** By vcpu: its place in the heap, or NONE; and when it came. */
  #at = new Int32Array(0);
  #turn = new Float64Array(0);
  #level = new Int32Array(0);
  #deadlineNs = new Float64Array(0);
  #turns = 0;

  grow(capacity: number, level: Int32Array<ArrayBuffer>, deadlineNs: Float64Array<ArrayBuffer>): void {
    this.#heap = grown(this.#heap, capacity);
    this.#at = grown(this.#at, capacity, NONE);
    this.#turn = grown(this.#turn, capacity);
    this.#level = level;
    this.#deadlineNs = deadlineNs;
  }

  has(vcpu: number): boolean {
    return this.#at[vcpu] !== NONE;
  }

  /** Who goes first, or NONE. */
  first(): number {
    return this.size === 0 ? NONE : this.#heap[0]!;
  }

  /** In no order. */
  member(i: number): number {
    return this.#heap[i]!;
  }

  insert(vcpu: number): void {
    this.#turn[vcpu] = this.#turns++;
    this.#rise(this.size++, vcpu);
  }

  /** Takes the vcpu out, if it is in. */
  drop(vcpu: number): void {
    const hole = this.#at[vcpu]!;
    if (hole === NONE) return;
    this.#at[vcpu] = NONE;
    const last = this.#heap[--this.size]!;
    if (last === vcpu) return;
    if (hole > 0 && this.precedes(last, this.#heap[(hole - 1) >> 1]!)) this.#rise(hole, last);
    else this.#sink(hole, last);
  }

  /** Whether a goes before b: by level, by deadline, by when they came. */
  precedes(a: number, b: number): boolean {
    const levels = this.#level[a]! - this.#level[b]!;
    if (levels !== 0) return levels < 0;
    const deadlines = this.#deadlineNs[a]! - this.#deadlineNs[b]!;
    if (deadlines !== 0) return deadlines < 0;
    return this.#turn[a]! < this.#turn[b]!;
  }

  #rise(hole: number, vcpu: number): void {
    while (hole > 0) {
      const up = (hole - 1) >> 1;
      const above = this.#heap[up]!;
      if (!this.precedes(vcpu, above)) break;
      this.#put(hole, above);
      hole = up;
    }
    this.#put(hole, vcpu);
  }

  #sink(hole: number, vcpu: number): void {
    for (;;) {
      let down = 2 * hole + 1;
      if (down >= this.size) break;
      if (down + 1 < this.size && this.precedes(this.#heap[down + 1]!, this.#heap[down]!)) down++;
      const below = this.#heap[down]!;
      if (!this.precedes(below, vcpu)) break;
      this.#put(hole, below);
      hole = down;
    }
    this.#put(hole, vcpu);
  }

  #put(place: number, vcpu: number): void {
    this.#heap[place] = vcpu;
    this.#at[vcpu] = place;
  }
}
