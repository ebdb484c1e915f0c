import { NONE } from '../cpus.ts';

/** The search for the vcpus that two run queues should exchange so that their loads differ least (Xen's consider()). */
export class Exchange {
  /** Who is handed over and who comes in return; NONE: nobody. */
  push = NONE;
  pull = NONE;
  /** Our load less theirs. */
  difference = 0;
  #ours = new Side();
  #theirs = new Side();

  grow(capacity: number): void {
    this.#ours = new Side(capacity);
    this.#theirs = new Side(capacity);
  }

  clear(): void {
    this.#ours.count = 0;
    this.#theirs.count = 0;
  }

  offer(vcpu: number, loads: Float64Array): void {
    this.#ours.add(vcpu, loads);
  }

  ask(vcpu: number, loads: Float64Array): void {
    this.#theirs.add(vcpu, loads);
  }

  /** Sets `push` and `pull`: every push, pull and swap is tried, of equally good ones the first counts. */
  find(): void {
    const { difference } = this;
    const ours = this.#ours;
    const theirs = this.#theirs;
    let least = Math.abs(difference);
    this.push = NONE;
    this.pull = NONE;
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
}

/** The vcpus of one queue that could go, with their loads. */
class Side {
  count = 0;
  readonly vcpus: Int32Array;
  readonly loads: Float64Array;

  constructor(capacity = 0) {
    this.vcpus = new Int32Array(capacity);
    this.loads = new Float64Array(capacity);
  }

  add(vcpu: number, loads: Float64Array): void {
    this.vcpus[this.count] = vcpu;
    this.loads[this.count++] = loads[vcpu]!;
  }
}
