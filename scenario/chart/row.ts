/** A vcpu on a cpu, or what stands for several that would be too narrow to see. */
export interface Bar {
  readonly fromNs: number;
  readonly toNs: number;
  readonly thread: number;
}

/** What ran on one cpu, no finer than can be drawn: narrower bars that lie close together become one. */
export class Row {
  readonly bars: Bar[] = [];
  readonly #finestNs: number;
  // of the narrow bars in the present slot
  #slot = -1;
  #fromNs = 0;
  readonly #usedNs = new Map<number, number>();

  constructor(finestNs: number) {
    this.#finestNs = finestNs;
  }

  /** In the order of time. */
  add(fromNs: number, toNs: number, thread: number): void {
    if (toNs - fromNs >= this.#finestNs) {
      this.close();
      this.bars.push({ fromNs, toNs, thread });
      return;
    }
    const slot = Math.floor(fromNs / this.#finestNs);
    if (slot !== this.#slot) {
      this.close();
      this.#slot = slot;
      this.#fromNs = fromNs;
    }
    this.#usedNs.set(thread, (this.#usedNs.get(thread) ?? 0) + toNs - fromNs);
  }

  /** One bar for the narrow ones: as wide as all together, of the thread that has most of it. */
  close(): void {
    if (this.#usedNs.size === 0) return;
    const [most] = [...this.#usedNs].reduce((a, b) => (b[1] > a[1] ? b : a));
    const totalNs = [...this.#usedNs.values()].reduce((sum, ns) => sum + ns, 0);
    this.bars.push({ fromNs: this.#fromNs, toNs: this.#fromNs + totalNs, thread: most });
    this.#usedNs.clear();
    this.#slot = -1;
  }
}
