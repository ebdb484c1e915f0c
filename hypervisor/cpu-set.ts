/** A set of a pool's cpus by their index in the pool: Xen's cpumask. Never allocates after its birth. */
export class CpuSet {
  readonly #words: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#words = new Int32Array(Math.max(1, (capacity + 31) >>> 5));
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
      const bits = other === null ? set.#words[w]! : set.#words[w]! & other.#words[w]!;
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

  /** The first member above `after`, from the start again if there is none; -1 of an empty set. Xen's cpumask_cycle. */
  cycle(after: number): number {
    const above = this.#firstFrom(after + 1);
    return above >= 0 ? above : this.#firstFrom(0);
  }

  first(): number {
    return this.#firstFrom(0);
  }

  #firstFrom(index: number): number {
    let w = index >>> 5;
    if (w >= this.#words.length) return -1;
    let bits = this.#words[w]! & (-1 << (index & 31));
    while (bits === 0) {
      if (++w >= this.#words.length) return -1;
      bits = this.#words[w]!;
    }
    return (w << 5) + 31 - Math.clz32(bits & -bits);
  }
}

function popCount(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
