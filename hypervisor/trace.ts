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

/** A record's second number: the thread, the cpu as the host counts, and what happened. */
const KINDS = 8;
const CPUS = 4096;
const codeOf = (thread: number, cpu: number, kind: number) =>
  (thread + 1) * (CPUS * KINDS) + cpu * KINDS + kind;
/** Who has come or was woken, as `threads` counts, or IDLE_THREAD. */
export const threadOf = (code: number) => Math.floor(code / (CPUS * KINDS)) - 1;
export const cpuOf = (code: number) => Math.floor(code / KINDS) % CPUS;
export const kindOf = (code: number) => code % KINDS;

const FIRST_ROOM = 4096;

/**
 * Who ran where from when to when, on all cpus of a machine, in the order in which it came about: the records since
 * the last `clear`. Whoever traces lets time pass in stretches and takes the records in between, so the room that the
 * busiest stretch needed is soon there and nothing is allocated any more.
 */
export class Trace {
  count = 0;
  /** Two numbers a record, the time and what `threadOf`, `cpuOf` and `kindOf` read: each array that is written costs. */
  records = new Float64Array(2 * FIRST_ROOM);
  /** Every vcpu ever seen. A number is a vcpu's for ever, wherever its domain moves. */
  readonly threads: { readonly domain: number; readonly vcpu: number }[] = [];

  clear(): void {
    this.count = 0;
  }

  /** Goes on with another array, for somebody has taken this one away. */
  refill(records: Float64Array<ArrayBuffer>): void {
    this.count = 0;
    this.records = records;
  }

  /** The number of a vcpu that begins to exist. */
  enrol(domain: number, vcpu: number): number {
    return this.threads.push({ domain, vcpu }) - 1;
  }

  grow(): void {
    this.records = grown(this.records, 2 * this.records.length);
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
    const at = 2 * trace.count;
    if (at === trace.records.length) trace.grow();
    trace.records[at] = this.#clock.nowNs;
    trace.records[at + 1] = codeOf(thread, cpu, kind);
    trace.count++;
  }
}

/** Why a vcpu with these flags is off its cpu. */
const WHY_OFF = Uint8Array.from({ length: RUNNABLE_MASK + 1 }, (_, flags) => {
  if ((flags & PAUSED) !== 0) return STOPPED;
  if ((flags & PARKED) !== 0) return CAPPED;
  return (flags & WANTS) !== 0 ? PREEMPTED : BLOCKED;
});
