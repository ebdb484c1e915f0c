import type { Cpu, CpuPlace, NodeId } from '../../interface/index.ts';

/** Where a cpu sits, in whatever words its source has: two cpus share a thing exactly when they name it alike. */
export interface NamedPlace {
  readonly node: NodeId;
  readonly socket: string;
  readonly core: string;
  readonly cache: string;
}

/** The places of cpus 0, 1, 2 …, the names turned into numbers in order of appearance. */
export function numberPlaces(places: readonly NamedPlace[]): CpuPlace[] {
  const sockets = new Map<string, number>();
  const cores = new Map<string, number>();
  const caches = new Map<string, number>();
  return places.map((place, n) => ({
    cpu: n as Cpu,
    node: place.node,
    socket: numberOf(place.socket, sockets),
    core: numberOf(place.core, cores),
    cache: numberOf(place.cache, caches),
  }));
}

function numberOf(name: string, numbers: Map<string, number>): number {
  const known = numbers.get(name) ?? numbers.size;
  numbers.set(name, known);
  return known;
}
