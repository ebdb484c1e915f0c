import { grown } from '../arrays.ts';
import { NONE } from '../cpus.ts';
import type { LoadAverages } from './load-averages.ts';

/** Which vcpus belong to which run queue, running, waiting or asleep, in the order they came; and how heavy they are. */
export class QueueMembers {
  // by queue
  first = new Int32Array(0);
  #last = new Int32Array(0);
  /** The highest weight among its members: who has it burns credits at the lowest rate. */
  maxWeight = new Int32Array(0);

  // by vcpu
  /** NONE: its cpu has left the pool. */
  queueOf = new Int32Array(0);
  next = new Int32Array(0);
  #prev = new Int32Array(0);
  weight = new Int32Array(0);
  readonly #loads: LoadAverages;

  constructor(loads: LoadAverages) {
    this.#loads = loads;
  }

  setWeight(vcpu: number, weight: number): void {
    const before = this.weight[vcpu]!;
    this.weight[vcpu] = weight;
    const queue = this.queueOf[vcpu]!;
    if (queue !== NONE) this.#weightChanged(queue, weight, before);
  }

  /** Of the members one has this weight now (0: it has gone) instead of that. */
  #weightChanged(queue: number, weight: number, before: number): void {
    if (weight > this.maxWeight[queue]!) this.maxWeight[queue] = weight;
    else if (before === this.maxWeight[queue]) this.maxWeight[queue] = this.heaviest(queue);
  }

  heaviest(queue: number): number {
    let most = 1;
    for (let vcpu = this.first[queue]!; vcpu !== NONE; vcpu = this.next[vcpu]!) {
      most = Math.max(most, this.weight[vcpu]!);
    }
    return most;
  }

  join(vcpu: number, queue: number): void {
    this.#link(vcpu, queue);
    this.#loads.plan(queue, vcpu);
  }

  leave(vcpu: number): void {
    const queue = this.queueOf[vcpu]!;
    if (queue === NONE) return;
    const prev = this.#prev[vcpu]!;
    const next = this.next[vcpu]!;
    if (prev === NONE) this.first[queue] = next;
    else this.next[prev] = next;
    if (next === NONE) this.#last[queue] = prev;
    else this.#prev[next] = prev;
    this.queueOf[vcpu] = NONE;
    this.#weightChanged(queue, 0, this.weight[vcpu]!);
    this.#loads.unplan(queue, vcpu);
  }

  #link(vcpu: number, queue: number): void {
    const last = this.#last[queue]!;
    this.queueOf[vcpu] = queue;
    this.#prev[vcpu] = last;
    this.next[vcpu] = NONE;
    if (last === NONE) this.first[queue] = vcpu;
    else this.next[last] = vcpu;
    this.#last[queue] = vcpu;
    this.#weightChanged(queue, this.weight[vcpu]!, 0);
  }

  /** All of them, queue by queue. */
  all(): number[] {
    const members: number[] = [];
    for (const first of this.first) {
      for (let vcpu = first; vcpu !== NONE; vcpu = this.next[vcpu]!) members.push(vcpu);
    }
    return members;
  }

  grow(capacity: number): void {
    this.queueOf = grown(this.queueOf, capacity, NONE);
    this.next = grown(this.next, capacity, NONE);
    this.#prev = grown(this.#prev, capacity, NONE);
    this.weight = grown(this.weight, capacity, 1);
  }

  /**
   * So many other queues: each vcpu belongs to `queueFor(vcpu)` from now on, NONE: none. `heirs[queue]` is the queue that
   * goes on with the load of an old one: who comes along is in it already.
   */
  rebuild(queues: number, heirs: Int32Array, queueFor: (vcpu: number) => number): void {
    const all = this.all();
    this.first = new Int32Array(queues).fill(NONE);
    this.#last = new Int32Array(queues).fill(NONE);
    this.maxWeight = new Int32Array(queues).fill(1);
    for (const vcpu of all) {
      const before = heirs[this.queueOf[vcpu]!]!;
      const after = queueFor(vcpu);
      this.queueOf[vcpu] = NONE;
      if (after !== NONE) this.#link(vcpu, after);
      if (after === before) continue;
      if (before !== NONE) this.#loads.unplan(before, vcpu);
      if (after !== NONE) this.#loads.plan(after, vcpu);
    }
  }

  /** assertWeights: a queue burns by the highest weight among its members. */
  assertWeights(): void {
    for (const [queue, weight] of this.maxWeight.entries()) {
      const heaviest = this.heaviest(queue);
      if (weight !== heaviest)
        throw new Error(`queue ${queue} burns by ${weight}, its heaviest has ${heaviest}`);
    }
  }
}
