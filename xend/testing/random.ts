/** Numbers that look random and are the same for the same seed: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to `below` - 1. */
  number(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  of<T>(items: readonly T[]): T {
    return items[this.number(items.length)]!;
  }

  /** One to `most` of these, in their order. */
  some<T>(items: readonly T[], most: number): T[] {
    const left = [...items];
    const count = 1 + this.number(Math.min(most, left.length));
    while (left.length > count) left.splice(this.number(left.length), 1);
    return left;
  }
}
