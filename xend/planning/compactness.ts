import type { Cpu, CpuPlace, Topology } from '../../interface/index.ts';

/** The host as a choice of cpus sees it: a core is whole when all its online cpus are chosen. */
export interface CpuGround {
  readonly topology: Topology;
  /** Ascending. */
  readonly online: readonly Cpu[];
}

/** How a cpu lies to those we have: a thread of a core of ours, in a cache of ours, on a node of ours, a stranger. */
export const KIN = { core: 3, cache: 2, node: 1, none: 0 } as const;

/** How compact cpus lie together with those we have: scores choices, and says how near a cpu is. */
export class Compactness {
  readonly #topology: Topology;
  /** Online cpus of each core. */
  readonly #coreSizes: Tally;
  /** Our cpus of each core, cache and node. */
  readonly #cores: Tally;
  readonly #caches: Tally;
  readonly #nodes: Tally;
  readonly #ours: Uint8Array;

  constructor({ topology, online }: CpuGround, ours: readonly Cpu[]) {
    this.#topology = topology;
    const places = ours.map((cpu) => topology.cpus[cpu]!);
    const isOnline = online.map((cpu) => topology.cpus[cpu]!);
    this.#coreSizes = tally(isOnline, coreOf);
    this.#cores = tally(places, coreOf);
    this.#caches = tally(places, cacheOf);
    this.#nodes = tally(places, nodeOf);
    this.#ours = new Uint8Array(topology.cpus.length + 1);
    for (const cpu of ours) this.#ours[cpu] = 1;
  }

  kinship(cpu: Cpu): number {
    const { core, cache, node } = this.#topology.cpus[cpu]!;
    if (this.#cores.has(core)) return KIN.core;
    if (this.#caches.has(cache)) return KIN.cache;
    return this.#nodes.has(node) ? KIN.node : KIN.none;
  }

  /** Whether with these cpus, all of one core, the core is wholly ours. */
  completesCore(cpus: readonly Cpu[]): boolean {
    const { core } = this.#topology.cpus[cpus[0]!]!;
    return cpus.length + (this.#cores.get(core) ?? 0) === this.#coreSizes.get(core);
  }

  /**
   * What choosing these costs, the gravest first: cores split, caches, nodes and runs of numbers added to ours.
   * The less the better, compared in this order; negative where a choice mends what is split.
   */
  score(chosen: readonly Cpu[]): readonly number[] {
    const places = chosen.map((cpu) => this.#topology.cpus[cpu]!);
    let splits = 0;
    for (const [core, added] of tally(places, coreOf)) {
      const had = this.#cores.get(core) ?? 0;
      const size = this.#coreSizes.get(core)!;
      splits += Number(had + added < size) - Number(had > 0 && had < size);
    }
    const caches = new Set(places.map(cacheOf).filter((cache) => !this.#caches.has(cache)));
    const nodes = new Set(places.map(nodeOf).filter((node) => !this.#nodes.has(node)));
    return [splits, caches.size, nodes.size, this.#runsAdded(chosen)];
  }

  /** Each cpu starts a run, and ends one for each neighbour it meets. `chosen` ascends. */
  #runsAdded(chosen: readonly Cpu[]): number {
    let runs = 0;
    chosen.forEach((cpu, i) => {
      const meetsBelow = chosen[i - 1] === cpu - 1 || this.#ours[cpu - 1] === 1;
      runs += 1 - Number(meetsBelow) - this.#ours[cpu + 1]!;
    });
    return runs;
  }
}

type Tally = ReadonlyMap<number, number>;

/** How many things have each key. */
function tally<T>(things: readonly T[], keyOf: (thing: T) => number): Tally {
  const counts = new Map<number, number>();
  for (const thing of things) {
    const key = keyOf(thing);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const coreOf = ({ core }: CpuPlace) => core;
const cacheOf = ({ cache }: CpuPlace) => cache;
const nodeOf = ({ node }: CpuPlace) => node;
