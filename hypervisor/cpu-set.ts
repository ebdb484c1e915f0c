/** A set of a pool's cpus by their index in the pool: Xen's cpumask. Never allocates after its birth. */
export class CpuSet {
  /** No typed array: that takes ten times the room of one word. */
  readonly #words: number[];
  #size = 0;

  constructor(capacity: number) {
    this.#words = Array(Math.max(1, (capacity + 31) >>> 5)).fill(0);
  }

  get size(): number {
    return this.#size;
  }

  has(index: number): boolean {
    return (this.#words[index >>> 5]! & (1 << (index & 31))) !== 0;
  }

  add(index: number): void {
    if (this.has(index)) return;
    this.#words[index >>> 5]! |= 1 << (index & 31);
    this.#size++;
  }

  delete(index: number): void {
    if (!this.has(index)) return;
    this.#words[index >>> 5]! &= ~(1 << (index & 31));
    this.#size--;
  }

  clear(): void {
    this.#words.fill(0);
    this.#size = 0;
  }

  /** The members of both; `other` may be null for "all". */
  setToIntersection(set: CpuSet, other: CpuSet | null): void {
    this.#size = 0;
    for (let w = 0; w < this.#words.length; w++) {
      const bits = set.#word(w, other);
      this.#words[w] = bits;
      this.#size += popCount(bits);
    }
  }

  intersects(other: CpuSet): boolean {
    for (let w = 0; w < this.#words.length; w++) {
      if ((this.#words[w]! & other.#words[w]!) !== 0) return true;
    }
    return false;
  }

  containsAllOf(other: CpuSet): boolean {
    for (let w = 0; w < this.#words.length; w++) {
      if ((other.#words[w]! & ~this.#words[w]!) !== 0) return false;
    }
    return true;
  }

  /**
   * The first member above `after`, from the start again if there is none; of those that are in `mask`, too, unless that
   * is null. -1: there is none at all. Xen's cpumask_cycle.
   */
  cycle(after: number, mask: CpuSet | null = null): number {
    const above = this.#firstFrom(after + 1, mask);
    return above >= 0 ? above : this.#firstFrom(0, mask);
  }

  first(): number {
    return this.#firstFrom(0, null);
  }

  #firstFrom(index: number, mask: CpuSet | null): number {
    let w = index >>> 5;
    if (w >= this.#words.length) return -1;
    let bits = this.#word(w, mask) & (-1 << (index & 31));
    while (bits === 0) {
      if (++w >= this.#words.length) return -1;
      bits = this.#word(w, mask);
    }
    return (w << 5) + 31 - Math.clz32(bits & -bits);
  }

  #word(w: number, mask: CpuSet | null): number {
    return mask === null ? this.#words[w]! : this.#words[w]! & mask.#words[w]!;
  }
}

function popCount(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
