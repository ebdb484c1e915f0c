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
  /** Cpus of each core: online, ours, and the giver's. */
  readonly #sizes: Tally;
  readonly #cores: Tally;
  readonly #givers: Tally;
  /** Our cpus of each cache and node. */
  readonly #caches: Tally;
  readonly #nodes: Tally;
  readonly #ours: Uint8Array;

  constructor({ topology, online }: CpuGround, giver: readonly Cpu[], ours: readonly Cpu[]) {
    const placesOf = (cpus: readonly Cpu[]) => cpus.map((cpu) => topology.cpus[cpu]!);
    this.#topology = topology;
    this.#sizes = tally(placesOf(online), coreOf);
    this.#givers = tally(placesOf(giver), coreOf);
    this.#cores = tally(placesOf(ours), coreOf);
    this.#caches = tally(placesOf(ours), cacheOf);
    this.#nodes = tally(placesOf(ours), nodeOf);
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
    return cpus.length + (this.#cores.get(core) ?? 0) === this.#sizes.get(core);
  }

  /**
   * What choosing these costs, the gravest first: cores that we share with others, caches, nodes, cores left to
   * the giver in part, runs of numbers. All are counted as they change, so mending is a gain. The less the better.
   */
  score(chosen: readonly Cpu[]): readonly number[] {
    const places = chosen.map((cpu) => this.#topology.cpus[cpu]!);
    const [shared, left] = this.#splits(tally(places, coreOf));
    const caches = new Set(places.map(cacheOf).filter((cache) => !this.#caches.has(cache)));
    const nodes = new Set(places.map(nodeOf).filter((node) => !this.#nodes.has(node)));
    return [shared, caches.size, nodes.size, left, this.#runsAdded(chosen)];
  }

  #splits(chosen: Tally): [shared: number, left: number] {
    let shared = 0;
    let left = 0;
    for (const [core, taken] of chosen) {
      const isPart = (cpus: number) => Number(cpus > 0 && cpus < this.#sizes.get(core)!);
      const had = this.#cores.get(core) ?? 0;
      const given = this.#givers.get(core)!;
      shared += isPart(had + taken) - isPart(had);
      left += isPart(given - taken) - isPart(given);
    }
    return [shared, left];
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
