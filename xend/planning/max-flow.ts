/** Less than this percent of a cpu is rounding: the sums over 10,000 domains on 4,096 cpus are off by up to 5e-7. */
const EPSILON = 1e-6;

/**
 * The most that flows from `SOURCE` to `SINK` in a small network, by shortest augmenting paths (Dinic). Nodes are
 * numbers, capacities real.
 */
export class FlowNetwork {
  static readonly SOURCE = 0;
  static readonly SINK = 1;

  /** Edges lie in pairs, each beside its reverse: `edge ^ 1`. */
  readonly #to: number[] = [];
  readonly #left: number[] = [];
  readonly #edgesOf: number[][];
  #level: number[] = [];
  #next: number[] = [];

  constructor(nodes: number) {
    this.#edgesOf = Array.from({ length: nodes }, () => []);
  }

  connect(from: number, to: number, capacity: number): void {
    this.#edgesOf[from]!.push(this.#to.push(to) - 1);
    this.#edgesOf[to]!.push(this.#to.push(from) - 1);
    this.#left.push(capacity, 0);
  }

  /** Fills the network; afterwards `isReached` tells the side of a smallest cut. */
  saturate(): void {
    while (this.#findLevels()) {
      this.#next = this.#edgesOf.map(() => 0);
      while (this.#push(FlowNetwork.SOURCE, Infinity) > 0);
    }
  }

  /** Whether more could still flow from the source to here, though not to the sink. */
  isReached(node: number): boolean {
    return this.#level[node] !== -1;
  }

  #findLevels(): boolean {
    this.#level = this.#edgesOf.map(() => -1);
    this.#level[FlowNetwork.SOURCE] = 0;
    const queue = [FlowNetwork.SOURCE];
    for (const node of queue) {
      for (const edge of this.#edgesOf[node]!) {
        const to = this.#to[edge]!;
        if (this.#left[edge]! <= EPSILON || this.#level[to] !== -1) continue;
        this.#level[to] = this.#level[node]! + 1;
        queue.push(to);
      }
    }
    return this.#level[FlowNetwork.SINK] !== -1;
  }

  #push(node: number, amount: number): number {
    if (node === FlowNetwork.SINK) return amount;
    const edges = this.#edgesOf[node]!;
    for (; this.#next[node]! < edges.length; this.#next[node]!++) {
      const edge = edges[this.#next[node]!]!;
      const to = this.#to[edge]!;
      if (this.#left[edge]! <= EPSILON || this.#level[to] !== this.#level[node]! + 1) continue;
      const pushed = this.#push(to, Math.min(amount, this.#left[edge]!));
      if (pushed === 0) continue;
      this.#left[edge]! -= pushed;
      this.#left[edge ^ 1]! += pushed;
      return pushed;
    }
    return 0;
  }
}
