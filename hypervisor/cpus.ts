import type { CpuPlace } from '../interface/topology.ts';
import { gathered, type Room } from './arrays.ts';
import { CpuSet } from './cpu-set.ts';

export const NONE = -1;

/**
 * The cpus of one pool. Inside a pool a cpu is an index, ascending with its number on the host; nodes, sockets and
 * cores are indices too, over those the pool touches. Cores are numbered after the sockets.
 */
export class Cpus {
  /** The host's numbers, ascending. */
  ids = new Int16Array(0);
  node = new Int16Array(0);
  socket = new Int16Array(0);
  core = new Int16Array(0);
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
  /** By socket and core: how many of its cpus idle. */
  idleIn = new Int16Array(0);
  /** By node: its cpus in the pool, ascending. */
  ofNode: Int16Array[] = [];

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
    const more = idles ? 1 : -1;
    this.idleIn[this.core[cpu]!]! += more;
    this.idleIn[this.socket[cpu]!]! += more;
  }

  pack(room: Room): void {
    this.ids = room.moved(this.ids);
    this.node = room.moved(this.node);
    this.socket = room.moved(this.socket);
    this.core = room.moved(this.core);
    this.current = room.moved(this.current);
    this.sinceNs = room.moved(this.sinceNs);
    this.countedNs = room.moved(this.countedNs);
    this.blockNs = room.moved(this.blockNs);
    this.sliceEndNs = room.moved(this.sliceEndNs);
    this.idleIn = room.moved(this.idleIn);
    for (let node = 0; node < this.nodes; node++) this.ofNode[node] = room.moved(this.ofNode[node]!);
  }

  /** Takes over new cpus; `from[i]` is the old index of new cpu i, -1 of one that has joined, which idles. */
  rebuild(places: readonly CpuPlace[], from: Int32Array): void {
    const idled = this.idle;
    this.ids = Int16Array.from(places, (place) => place.cpu);
    this.current = gathered(this.current, from, NONE);
    this.sinceNs = gathered(this.sinceNs, from);
    this.countedNs = gathered(this.countedNs, from);
    this.blockNs = gathered(this.blockNs, from, Infinity);
    this.sliceEndNs = gathered(this.sliceEndNs, from, Infinity);
    this.node = dense(places.map((place) => place.node));
    this.socket = dense(places.map((place) => place.socket));
    const sockets = new Set(this.socket).size;
    this.core = dense(places.map((place) => place.core)).map((core) => sockets + core);
    this.nodes = places.length === 0 ? 0 : Math.max(...this.node) + 1;
    const ofNode = Array.from({ length: this.nodes }, (): number[] => []);
    for (let cpu = 0; cpu < places.length; cpu++) ofNode[this.node[cpu]!]!.push(cpu);
    this.ofNode = ofNode.map((cpus) => Int16Array.from(cpus));
    this.idle = new CpuSet(places.length);
    this.idleIn = new Int16Array(2 * places.length);
    for (let cpu = 0; cpu < places.length; cpu++) {
      if (from[cpu]! < 0 || idled.has(from[cpu]!)) this.setIdle(cpu, true);
    }
  }
}

/** `[7, 7, 9]` → `[0, 0, 1]`, in order of first appearance. */
function dense(ids: readonly number[]): Int16Array<ArrayBuffer> {
  const seen = new Map<number, number>();
  return Int16Array.from(ids, (id) => {
    const known = seen.get(id);
    if (known !== undefined) return known;
    seen.set(id, seen.size);
    return seen.size - 1;
  });
}
