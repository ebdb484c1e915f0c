import type { CpuPlace } from '../interface/topology.ts';
import { gathered } from './arrays.ts';
import { CpuSet } from './cpu-set.ts';

export const NONE = -1;

/**
 * The cpus of one pool. Inside a pool a cpu is an index, ascending with its number on the host; nodes, sockets and
 * cores are indices too, over those the pool touches.
 */
export class Cpus {
  /** The host's numbers, ascending. */
  ids = new Int32Array(0);
  node = new Int32Array(0);
  socket = new Int32Array(0);
  core = new Int32Array(0);
  nodes = 0;
  /** The vcpu on the cpu, or NONE: it idles. */
  current = new Int32Array(0);
  /** Since when the current vcpu is on it: Xen's state_entry_time, what the ratelimit looks at. */
  sinceNs = new Float64Array(0);
  /** Until when the current vcpu's cpu time has been counted. */
  countedNs = new Float64Array(0);
  /** When the current vcpu will block by itself, and when its slice ends: the cpu's timer is the earlier of the two. */
  blockNs = new Float64Array(0);
  sliceEndNs = new Float64Array(0);
  /** Idle and not yet called to work. */
  idle = new CpuSet(0);
  idleInCore = new Int32Array(0);
  idleInSocket = new Int32Array(0);
  /** By node: its cpus in the pool, ascending. */
  ofNode: Int32Array[] = [];

  get count(): number {
    return this.ids.length;
  }

  indexOf(id: number): number {
    let low = 0;
    let high = this.ids.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.ids[middle] === id) return middle;
      if (this.ids[middle]! < id) low = middle + 1;
      else high = middle - 1;
    }
    return NONE;
  }

  setIdle(cpu: number, idles: boolean): void {
    if (this.idle.has(cpu) === idles) return;
    if (idles) this.idle.add(cpu);
    else this.idle.delete(cpu);
    this.idleInCore[this.core[cpu]!]! += idles ? 1 : -1;
    this.idleInSocket[this.socket[cpu]!]! += idles ? 1 : -1;
  }

  /** Takes over new cpus; `from[i]` is the old index of new cpu i, -1 of one that has joined, which idles. */
  rebuild(places: readonly CpuPlace[], from: Int32Array): void {
    const idled = this.idle;
    this.ids = Int32Array.from(places, (place) => place.cpu);
    this.current = gathered(this.current, from, NONE);
    this.sinceNs = gathered(this.sinceNs, from);
    this.countedNs = gathered(this.countedNs, from);
    this.blockNs = gathered(this.blockNs, from, Infinity);
    this.sliceEndNs = gathered(this.sliceEndNs, from, Infinity);
    this.node = dense(places.map((place) => place.node));
    this.socket = dense(places.map((place) => place.socket));
    this.core = dense(places.map((place) => place.core));
    this.nodes = places.length === 0 ? 0 : Math.max(...this.node) + 1;
    const ofNode = Array.from({ length: this.nodes }, (): number[] => []);
    for (let cpu = 0; cpu < places.length; cpu++) ofNode[this.node[cpu]!]!.push(cpu);
    this.ofNode = ofNode.map((cpus) => Int32Array.from(cpus));
    this.idle = new CpuSet(places.length);
    this.idleInCore = new Int32Array(places.length);
    this.idleInSocket = new Int32Array(places.length);
    for (let cpu = 0; cpu < places.length; cpu++) {
      if (from[cpu]! < 0 || idled.has(from[cpu]!)) this.setIdle(cpu, true);
    }
  }
}

/** `[7, 7, 9]` → `[0, 0, 1]`, in order of first appearance. */
function dense(ids: readonly number[]): Int32Array<ArrayBuffer> {
  const seen = new Map<number, number>();
  return Int32Array.from(ids, (id) => {
    const known = seen.get(id);
    if (known !== undefined) return known;
    seen.set(id, seen.size);
    return seen.size - 1;
  });
}
