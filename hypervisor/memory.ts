import type { MemoryShare, NodeMemory } from '../interface/host.ts';
import type { NodePlace } from '../interface/topology.ts';
import type { NodeId } from '../interface/words.ts';

/** The host's memory, by node: given to a domain at its creation, and back at its end. */
export class Memory {
  readonly #places: readonly NodePlace[];
  readonly #freeMib: Map<NodeId, number>;
  readonly #kept = new Map<string, readonly MemoryShare[]>();

  constructor(places: readonly NodePlace[]) {
    this.#places = places;
    this.#freeMib = new Map(places.map(({ node, memoryMib }) => [node, memoryMib]));
  }

  /** The same shares, in the one copy there is of them: most domains are of a few sizes. */
  kept(shares: readonly MemoryShare[]): readonly MemoryShare[] {
    const key = JSON.stringify(shares);
    const known = this.#kept.get(key) ?? shares;
    this.#kept.set(key, known);
    return known;
  }

  get nodes(): NodeId[] {
    return this.#places.map(({ node }) => node);
  }

  read(): NodeMemory[] {
    return this.#places.map(({ node, memoryMib }) => ({
      node,
      totalMib: memoryMib,
      freeMib: this.#freeMib.get(node)!,
    }));
  }

  /** Takes all of it or nothing; answers the share that could not be had, with what was free for it. */
  take(shares: readonly MemoryShare[]): (MemoryShare & { readonly freeMib: number }) | null {
    for (const [i, share] of shares.entries()) {
      const freeMib = this.#freeMib.get(share.node) ?? 0;
      if (freeMib < share.mib) {
        this.give(shares.slice(0, i));
        return { ...share, freeMib };
      }
      this.#freeMib.set(share.node, freeMib - share.mib);
    }
    return null;
  }

  give(shares: readonly MemoryShare[]): void {
    for (const { node, mib } of shares) this.#freeMib.set(node, this.#freeMib.get(node)! + mib);
  }
}
