import { NS_PER_MS } from '../interface/words.ts';
import type { Workload } from '../interface/workload.ts';
import { grown } from './arrays.ts';
import { BURSTY, CPU, DUTY, IO, Jobs, PERIODIC, TRACE } from './jobs.ts';
import { exponential, nextRandom } from './random.ts';

/** A burst of `duty` that has not begun: its wall time counts from the vcpu's first instant on a cpu. */
const NOT_BEGUN = -1;

/** The state of a vcpu's workload while it is in no pool; times count from the instant of the move. */
export interface WorkState {
  readonly leftNs: number;
  readonly cursor: number;
  readonly random: number;
}

/**
 * What the vcpus of one pool do when they run, for how long they sleep, and how far they are. Instants go in and out
 * by fields: as arguments and results of a call that is not inlined they would be boxed, 14 bytes an event (measured).
 */
export class Work {
  /** Set by `begin`: when the vcpu will block by itself. */
  blockNs = 0;
  /** Set by `finish`: when the next burst wants to begin; not later than now if at once. */
  wakeNs = 0;
  readonly #clock: { readonly nowNs: number };
  readonly #jobs = new Jobs();

  // by vcpu
  #job = new Int32Array(0);
  /** Cpu time left of the burst; of `duty` the instant its burst ends. */
  #left = new Float64Array(0);
  /** Of `periodic` the release of the present job, of `trace` the position. */
  #cursor = new Float64Array(0);
  #random = new Uint32Array(0);

  constructor(clock: { readonly nowNs: number }) {
    this.#clock = clock;
  }

  grow(capacity: number): void {
    this.#job = grown(this.#job, capacity);
    this.#left = grown(this.#left, capacity);
    this.#cursor = grown(this.#cursor, capacity);
    this.#random = grown(this.#random, capacity);
  }

  /** A vcpu that does this for the first time, awake unless it idles for ever. */
  init(vcpu: number, spec: Workload, random: number): void {
    this.#job[vcpu] = this.#jobs.take(spec);
    this.#random[vcpu] = random;
    this.#cursor[vcpu] = this.#kind(vcpu) === PERIODIC ? this.#clock.nowNs : 0;
    this.#refill(vcpu);
  }

  /** A vcpu that has come from another pool. */
  load(vcpu: number, spec: Workload, state: WorkState): void {
    const { nowNs } = this.#clock;
    this.#job[vcpu] = this.#jobs.take(spec);
    const kind = this.#kind(vcpu);
    this.#left[vcpu] = kind === DUTY && state.leftNs !== NOT_BEGUN ? state.leftNs + nowNs : state.leftNs;
    this.#cursor[vcpu] = kind === PERIODIC ? state.cursor + nowNs : state.cursor;
    this.#random[vcpu] = state.random;
  }

  /** A vcpu that leaves. */
  save(vcpu: number): WorkState {
    const { nowNs } = this.#clock;
    const kind = this.#kind(vcpu);
    const leftNs = this.#left[vcpu]!;
    this.#jobs.give(this.#job[vcpu]!);
    return {
      leftNs: kind === DUTY && leftNs !== NOT_BEGUN ? Math.max(0, leftNs - nowNs) : leftNs,
      cursor: kind === PERIODIC ? this.#cursor[vcpu]! - nowNs : this.#cursor[vcpu]!,
      random: this.#random[vcpu]!,
    };
  }

  spec(vcpu: number): Workload {
    return this.#jobs.spec(this.#job[vcpu]!);
  }

  /** The vcpu comes onto a cpu. */
  begin(vcpu: number): void {
    const { nowNs } = this.#clock;
    const kind = this.#kind(vcpu);
    if (kind === CPU) {
      this.blockNs = Infinity;
    } else if (kind !== DUTY) {
      this.blockNs = nowNs + this.#left[vcpu]!;
    } else {
      if (this.#left[vcpu] === NOT_BEGUN) this.#left[vcpu] = nowNs + this.#jobs.runNs[this.#job[vcpu]!]!;
      this.blockNs = Math.max(nowNs, this.#left[vcpu]!);
    }
  }

  /** The vcpu has been on a cpu for so long. */
  ran(vcpu: number, ranNs: number): void {
    const kind = this.#kind(vcpu);
    if (kind !== CPU && kind !== DUTY) this.#left[vcpu]! -= ranNs;
  }

  /** The burst is over. */
  finish(vcpu: number): void {
    this.wakeNs = this.#clock.nowNs + this.#sleepFor(vcpu);
    this.#refill(vcpu);
  }

  #kind(vcpu: number): number {
    return this.#jobs.kind[this.#job[vcpu]!]!;
  }

  #sleepFor(vcpu: number): number {
    const job = this.#job[vcpu]!;
    const sleepNs = this.#jobs.sleepNs[job]!;
    switch (this.#jobs.kind[job]) {
      case PERIODIC:
        this.#cursor[vcpu]! += sleepNs;
        return Math.max(0, this.#cursor[vcpu]! - this.#clock.nowNs);
      case BURSTY:
        return Math.round(exponential(this.#draw(vcpu)) * sleepNs);
      case IO: {
        const jitter = this.#jobs.jitter[job]!;
        return Math.round(sleepNs * (1 - jitter + 2 * jitter * (this.#draw(vcpu) / 2 ** 32)));
      }
      case TRACE: {
        const trace = this.#jobs.spec(job) as Workload & { kind: 'trace' };
        const at = this.#cursor[vcpu]!;
        this.#cursor[vcpu] = (at + 1) % trace.runMs.length;
        return Math.round(trace.sleepMs[at]! * NS_PER_MS);
      }
      default:
        return sleepNs;
    }
  }

  #refill(vcpu: number): void {
    const job = this.#job[vcpu]!;
    switch (this.#jobs.kind[job]) {
      case DUTY:
        this.#left[vcpu] = NOT_BEGUN;
        return;
      case BURSTY:
        this.#left[vcpu] = Math.max(1, Math.round(exponential(this.#draw(vcpu)) * this.#jobs.runNs[job]!));
        return;
      case TRACE: {
        const trace = this.#jobs.spec(job) as Workload & { kind: 'trace' };
        this.#left[vcpu] = Math.max(1, Math.round(trace.runMs[this.#cursor[vcpu]!]! * NS_PER_MS));
        return;
      }
      default:
        this.#left[vcpu] = this.#jobs.runNs[job]!;
    }
  }

  #draw(vcpu: number): number {
    const random = nextRandom(this.#random[vcpu]!);
    this.#random[vcpu] = random;
    return random;
  }
}
