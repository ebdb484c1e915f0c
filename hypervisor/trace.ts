import { grown } from './arrays.ts';
import { NONE } from './cpus.ts';
import { PARKED, PAUSED, RUNNABLE_MASK, WANTS } from './vcpus.ts';

/** What a record says. The first four: another vcpu is on the cpu now, and why the one before is there no more. */
export const PREEMPTED = 0;
export const BLOCKED = 1;
/** Its cap is used up. */
export const CAPPED = 2;
export const STOPPED = 3;
/** A vcpu wants to run again and waits for this cpu. */
export const WOKEN = 4;

/** In place of a vcpu: the cpu idles. */
export const IDLE_THREAD = -1;

const KIND_BITS = 3;
export const kindOf = (place: number) => place & ((1 << KIND_BITS) - 1);
export const cpuOf = (place: number) => place >> KIND_BITS;

const FIRST_ROOM = 4096;

/** Records, a number of each array: all have the same length. */
export interface Arrays {
  atNs: Float64Array<ArrayBuffer>;
  /** The vcpu that has come or was woken, as `threads` counts, or IDLE_THREAD. */
  thread: Int32Array<ArrayBuffer>;
  /** What happened on which cpu of the host: `kindOf`, `cpuOf`. One number, for each that is written costs. */
  place: Int32Array<ArrayBuffer>;
}

export const arraysFor = (room: number): Arrays => ({
  atNs: new Float64Array(room),
  thread: new Int32Array(room),
  place: new Int32Array(room),
});

/**
 * Who ran where from when to when, on all cpus of a machine, in the order in which it came about: the records since
 * the last `clear`. Whoever traces lets time pass in stretches and takes the records in between, so the room that the
 * busiest stretch needed is soon there and nothing is allocated any more.
 */
export class Trace implements Arrays {
  count = 0;
  atNs = new Float64Array(FIRST_ROOM);
  thread = new Int32Array(FIRST_ROOM);
  place = new Int32Array(FIRST_ROOM);
  /** Every vcpu ever seen. A number is a vcpu's for ever, wherever its domain moves. */
  readonly threads: { readonly domain: number; readonly vcpu: number }[] = [];

  clear(): void {
    this.count = 0;
  }

  /** Goes on with other arrays, for somebody has taken these away. */
  refill({ atNs, thread, place }: Arrays): void {
    this.count = 0;
    this.atNs = atNs;
    this.thread = thread;
    this.place = place;
  }

  /** The number of a vcpu that begins to exist. */
  enrol(domain: number, vcpu: number): number {
    return this.threads.push({ domain, vcpu }) - 1;
  }

  grow(): void {
    const room = 2 * this.count;
    this.atNs = grown(this.atNs, room);
    this.thread = grown(this.thread, room);
    this.place = grown(this.place, room);
  }
}

/** What one pool notes in the trace of its machine. Vcpus come as the pool's slots. */
export class PoolTrace {
  readonly #trace: Trace;
  readonly #clock: { readonly nowNs: number };
  /** By slot. */
  #threads = new Int32Array(0);

  constructor(trace: Trace, clock: { readonly nowNs: number }) {
    this.#trace = trace;
    this.#clock = clock;
  }

  grow(capacity: number): void {
    this.#threads = grown(this.#threads, capacity, IDLE_THREAD);
  }

  thread(vcpu: number): number {
    return this.#threads[vcpu]!;
  }

  /** A slot's vcpu from now on. */
  setThread(vcpu: number, thread: number): void {
    this.#threads[vcpu] = thread;
  }

  /** `flags`: those of the vcpu that was on the cpu until now. */
  switched(cpu: number, flags: number, next: number): void {
    this.#note(cpu, next === NONE ? IDLE_THREAD : this.#threads[next]!, WHY_OFF[flags & RUNNABLE_MASK]!);
  }

  woken(cpu: number, vcpu: number): void {
    this.#note(cpu, this.#threads[vcpu]!, WOKEN);
  }

  #note(cpu: number, thread: number, kind: number): void {
    const trace = this.#trace;
    const at = trace.count;
    if (at === trace.atNs.length) trace.grow();
    trace.atNs[at] = this.#clock.nowNs;
    trace.thread[at] = thread;
    trace.place[at] = (cpu << KIND_BITS) | kind;
    trace.count = at + 1;
  }
}

/** Why a vcpu with these flags is off its cpu. */
const WHY_OFF = Uint8Array.from({ length: RUNNABLE_MASK + 1 }, (_, flags) => {
  if ((flags & PAUSED) !== 0) return STOPPED;
  if ((flags & PARKED) !== 0) return CAPPED;
  return (flags & WANTS) !== 0 ? PREEMPTED : BLOCKED;
});
