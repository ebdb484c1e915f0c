import { NS_PER_MS } from '../interface/words.ts';
import type { Workload } from '../interface/workload.ts';

/** Kinds of workload; from DUTY on they sleep, and there is something to remember of each vcpu. */
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

/** One workload in the numbers that the event loop looks at. */
export class Job {
  readonly spec: Workload;
  readonly kind: number;
  /** Of a burst; of `trace` nothing. */
  readonly runNs: number;
  /** Of a sleep; of `periodic` the period. */
  readonly sleepNs: number;
  /** 0 … 1 */
  readonly jitter: number;
  users = 0;

  constructor(spec: Workload) {
    const [runMs, sleepMs] = times(spec);
    this.spec = spec;
    this.kind = KINDS[spec.kind];
    // A burst of at least a nanosecond: time must pass between two events of one vcpu.
    this.runNs = Math.max(1, Math.round(runMs * NS_PER_MS));
    this.sleepNs = Math.round(sleepMs * NS_PER_MS);
    this.jitter = spec.kind === 'io' ? spec.jitterPercent / 100 : 0;
  }
}

/** The workloads of one pool, each kept once however many vcpus have it: most guests of a pool do the same. */
export class Jobs {
  /** By number; those that nobody uses wait to be used again. */
  #jobs: Job[] = [];
  readonly #known = new Map<string, number>();
  readonly #free: number[] = [];

  /** The number of this workload, for one more user. */
  take(spec: Workload): number {
    const key = JSON.stringify(spec);
    const number = this.#known.get(key) ?? this.#add(key, spec);
    this.#jobs[number]!.users++;
    return number;
  }

  give(number: number): void {
    const job = this.#jobs[number]!;
    if (--job.users > 0) return;
    this.#known.delete(JSON.stringify(job.spec));
    this.#free.push(number);
  }

  get(number: number): Job {
    return this.#jobs[number]!;
  }

  #add(key: string, spec: Workload): number {
    const number = this.#free.pop() ?? this.#jobs.length;
    const job = new Job(spec);
    // No push: it would make room for 17, and most pools know one or two.
    if (number === this.#jobs.length) this.#jobs = this.#jobs.concat(job);
    else this.#jobs[number] = job;
    this.#known.set(key, number);
    return number;
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
