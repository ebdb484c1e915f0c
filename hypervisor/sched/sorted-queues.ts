import { grown } from '../arrays.ts';
import { NONE } from '../cpus.ts';

const BUCKETS = 32;
/** Widths of a bucket, as powers of two: about half a millisecond of credit, and of debt, which is rarer, 4 ms. */
const CREDIT_SHIFT = 19;
const DEBT_SHIFT = 22;
/** The lowest bucket of credit; below are those of a debt of up to 12 ms. */
const FIRST_CREDIT = 3;

/**
 * Queues of waiting vcpus in order of credit, the highest first, first come first served among equals. A list is
 * doubly linked; of each half millisecond of credit the last vcpu is known, so that one is put in its place without
 * passing all those before it, also where a hundred wait.
 */
export class SortedQueues {
  head = new Int32Array(0);
  next = new Int32Array(0);
  /** By vcpu, waiting or not. While one waits its credit stands still, except for `resort`. */
  credit = new Int32Array(0);
  #prev = new Int32Array(0);
  /** The queue a vcpu waits in, or NONE. */
  #queue = new Int32Array(0);
  #bucket = new Uint8Array(0);
  /** By queue and bucket: its last vcpu; which of them there are, a bit each, by queue. */
  #last = new Int32Array(0);
  #filled = new Int32Array(0);

  has(vcpu: number): boolean {
    return this.#queue[vcpu] !== NONE;
  }

  insert(queue: number, vcpu: number): void {
    const { credit, head, next } = this;
    const mine = credit[vcpu]!;
    const bucket = this.#bucketOf(mine);
    const at = queue * BUCKETS + bucket;
    const last = this.#last[at]!;
    let before = last;
    if (last === NONE) {
      before = this.#lastAbove(queue, bucket);
      this.#filled[queue]! |= 1 << bucket;
    } else {
      while (before !== NONE && credit[before]! < mine) before = this.#prev[before]!;
    }
    if (before === last || last === NONE) this.#last[at] = vcpu;
    const after = before === NONE ? head[queue]! : next[before]!;
    this.#prev[vcpu] = before;
    next[vcpu] = after;
    if (before === NONE) head[queue] = vcpu;
    else next[before] = vcpu;
    if (after !== NONE) this.#prev[after] = vcpu;
    this.#queue[vcpu] = queue;
    this.#bucket[vcpu] = bucket;
  }

  #bucketOf(credit: number): number {
    const bucket = FIRST_CREDIT + (credit >> (credit < 0 ? DEBT_SHIFT : CREDIT_SHIFT));
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
  }

  /** The last vcpu of all that are in a higher bucket. */
  #lastAbove(queue: number, bucket: number): number {
    const above = this.#filled[queue]! & ~((2 << bucket) - 1);
    return above === 0 ? NONE : this.#last[queue * BUCKETS + 31 - Math.clz32(above & -above)]!;
  }

  /** Takes the vcpu out of its queue. */
  drop(vcpu: number): void {
    const queue = this.#queue[vcpu]!;
    const prev = this.#prev[vcpu]!;
    const next = this.next[vcpu]!;
    const bucket = this.#bucket[vcpu]!;
    const at = queue * BUCKETS + bucket;
    if (this.#last[at] === vcpu) {
      const stays = prev !== NONE && this.#bucket[prev] === bucket;
      this.#last[at] = stays ? prev : NONE;
      if (!stays) this.#filled[queue]! &= ~(1 << bucket);
    }
    if (prev === NONE) this.head[queue] = next;
    else this.next[prev] = next;
    if (next !== NONE) this.#prev[next] = prev;
    this.#queue[vcpu] = NONE;
  }

  /** All credits of a queue have changed, their order has not. */
  resort(queue: number): void {
    const from = queue * BUCKETS;
    this.#last.fill(NONE, from, from + BUCKETS);
    let filled = 0;
    for (let vcpu = this.head[queue]!; vcpu !== NONE; vcpu = this.next[vcpu]!) {
      const bucket = this.#bucketOf(this.credit[vcpu]!);
      this.#bucket[vcpu] = bucket;
      this.#last[from + bucket] = vcpu;
      filled |= 1 << bucket;
    }
    this.#filled[queue] = filled;
  }

  grow(capacity: number): void {
    this.next = grown(this.next, capacity, NONE);
    this.credit = grown(this.credit, capacity);
    this.#prev = grown(this.#prev, capacity, NONE);
    this.#queue = grown(this.#queue, capacity, NONE);
    this.#bucket = grown(this.#bucket, capacity);
  }

  /** So many empty queues; answers who waited until now, queue by queue, each in order. */
  clear(queues: number): number[] {
    const waited: number[] = [];
    for (const head of this.head) {
      for (let vcpu = head; vcpu !== NONE; vcpu = this.next[vcpu]!) waited.push(vcpu);
    }
    for (const vcpu of waited) this.#queue[vcpu] = NONE;
    this.head = new Int32Array(queues).fill(NONE);
    this.#last = new Int32Array(queues * BUCKETS).fill(NONE);
    this.#filled = new Int32Array(queues);
    return waited;
  }

  /** assertSorted: every queue descends in credit, and who is in its list says so. */
  assertSorted(): void {
    let found = 0;
    for (const [queue, head] of this.head.entries()) {
      for (let vcpu = head; vcpu !== NONE; vcpu = this.next[vcpu]!) {
        const next = this.next[vcpu]!;
        found++;
        if (this.#queue[vcpu] !== queue) throw new Error(`vcpu ${vcpu} is in the list of queue ${queue}`);
        if (next !== NONE && this.credit[vcpu]! < this.credit[next]!)
          throw new Error(`vcpu ${vcpu} waits before ${next}, which has more credit`);
        if (this.#bucket[vcpu] !== this.#bucketOf(this.credit[vcpu]!))
          throw new Error(`the credit of vcpu ${vcpu} changed while it waited`);
      }
    }
    const waiting = this.#queue.reduce((sum, queue) => sum + (queue === NONE ? 0 : 1), 0);
    if (found !== waiting) throw new Error(`${waiting} vcpus wait, the lists have ${found}`);
  }
}
