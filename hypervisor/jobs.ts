import { NS_PER_MS } from '../interface/words.ts';
import type { Workload } from '../interface/workload.ts';
import { grown } from './arrays.ts';

export const CPU = 0;
export const IDLE = 1;
export const DUTY = 2;
export const PERIODIC = 3;
export const BURSTY = 4;
export const IO = 5;
export const TRACE = 6;
const KINDS = {
  cpu: CPU,
  idle: IDLE,
  duty: DUTY,
  periodic: PERIODIC,
  bursty: BURSTY,
  io: IO,
  trace: TRACE,
} as const;

const FIRST_ROOM = 4;

/** The workloads of one pool, each kept once however many vcpus have it: most guests of a pool do the same. */
export class Jobs {
  kind = new Uint8Array(0);
  /** Of a burst; of `trace` nothing. */
  runNs = new Float64Array(0);
  /** Of a sleep; of `periodic` the period. */
  sleepNs = new Float64Array(0);
  /** 0 … 1 */
  jitter = new Float64Array(0);
  readonly #specs: Workload[] = [];
  readonly #users: number[] = [];
  readonly #known = new Map<string, number>();
  readonly #free: number[] = [];

  /** The number of this workload, for one more user. */
  take(spec: Workload): number {
    const key = JSON.stringify(spec);
    const job = this.#known.get(key) ?? this.#describe(key, spec);
    this.#users[job]!++;
    return job;
  }

  give(job: number): void {
    if (--this.#users[job]! > 0) return;
    this.#known.delete(JSON.stringify(this.#specs[job]));
    this.#free.push(job);
  }

  spec(job: number): Workload {
    return this.#specs[job]!;
  }

  #describe(key: string, spec: Workload): number {
    const job = this.#free.pop() ?? this.#specs.length;
    if (job === this.kind.length) this.#grow(Math.max(FIRST_ROOM, 2 * job));
    const [runMs, sleepMs] = times(spec);
    this.kind[job] = KINDS[spec.kind];
    // A burst of at least a nanosecond: time must pass between two events of one vcpu.
    this.runNs[job] = Math.max(1, Math.round(runMs * NS_PER_MS));
    this.sleepNs[job] = Math.round(sleepMs * NS_PER_MS);
    this.jitter[job] = spec.kind === 'io' ? spec.jitterPercent / 100 : 0;
    this.#specs[job] = spec;
    this.#users[job] = 0;
    this.#known.set(key, job);
    return job;
  }

  #grow(room: number): void {
    this.kind = grown(this.kind, room);
    this.runNs = grown(this.runNs, room);
    this.sleepNs = grown(this.sleepNs, room);
    this.jitter = grown(this.jitter, room);
  }
}

/** Milliseconds of running and of sleeping; `periodic` keeps its period where others keep their sleep. */
function times(spec: Workload): readonly [number, number] {
  switch (spec.kind) {
    case 'duty':
      return [spec.burstMs, spec.sleepMs];
    case 'periodic':
      return [spec.runMs, spec.periodMs];
    case 'bursty':
    case 'io':
      return [spec.runMs, spec.sleepMs];
    default:
      return [0, 0];
  }
}
