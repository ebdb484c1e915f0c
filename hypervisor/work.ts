import { NS_PER_MS } from '../interface/words.ts';
import type { Workload } from '../interface/workload.ts';
import { grown, type Room } from './arrays.ts';
import { BURSTY, CPU, DUTY, IO, type Job, Jobs, PERIODIC, TRACE } from './jobs.ts';
import { exponential, nextRandom } from './random.ts';

/** A burst of `duty` that has not begun: its wall time counts from the vcpu's first instant on a cpu. */
const NOT_BEGUN = -1;

/** Of a vcpu that never sleeps. */
const STATELESS: WorkState = { leftNs: 0, cursor: 0, random: 0 };

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
  #job = new Uint16Array(0);
  // by vcpu, too, once there is one that ever sleeps: hogs need none of it
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
    if (this.#left.length > 0) this.#growState();
  }

  #growState(): void {
    const capacity = this.#job.length;
    this.#left = grown(this.#left, capacity);
    this.#cursor = grown(this.#cursor, capacity);
    this.#random = grown(this.#random, capacity);
  }

  pack(room: Room): void {
    this.#job = room.moved(this.#job);
    this.#left = room.moved(this.#left);
    this.#cursor = room.moved(this.#cursor);
    this.#random = room.moved(this.#random);
  }

  /** A vcpu that does this for the first time, awake unless it idles for ever. */
  init(vcpu: number, spec: Workload, random: number): void {
    const kind = this.#take(vcpu, spec);
    if (kind < DUTY) return;
    this.#random[vcpu] = random;
    this.#cursor[vcpu] = kind === PERIODIC ? this.#clock.nowNs : 0;
    this.#refill(vcpu);
  }

  /** A vcpu that has come from another pool. */
  load(vcpu: number, spec: Workload, state: WorkState): void {
    const { nowNs } = this.#clock;
    const kind = this.#take(vcpu, spec);
    if (kind < DUTY) return;
    this.#left[vcpu] = kind === DUTY && state.leftNs !== NOT_BEGUN ? state.leftNs + nowNs : state.leftNs;
    this.#cursor[vcpu] = kind === PERIODIC ? state.cursor + nowNs : state.cursor;
    this.#random[vcpu] = state.random;
  }

  /** Answers its kind. */
  #take(vcpu: number, spec: Workload): number {
    this.#job[vcpu] = this.#jobs.take(spec);
    const kind = this.#kind(vcpu);
    if (kind >= DUTY && this.#left.length === 0) this.#growState();
    return kind;
  }

  /** A vcpu that leaves. */
  save(vcpu: number): WorkState {
    const { nowNs } = this.#clock;
    const kind = this.#kind(vcpu);
    this.#jobs.give(this.#job[vcpu]!);
    if (kind < DUTY) return STATELESS;
    const leftNs = this.#left[vcpu]!;
    return {
      leftNs: kind === DUTY && leftNs !== NOT_BEGUN ? Math.max(0, leftNs - nowNs) : leftNs,
      cursor: kind === PERIODIC ? this.#cursor[vcpu]! - nowNs : this.#cursor[vcpu]!,
      random: this.#random[vcpu]!,
    };
  }

  spec(vcpu: number): Workload {
    return this.#jobOf(vcpu).spec;
  }

  /** The vcpu comes onto a cpu. */
  begin(vcpu: number): void {
    const { nowNs } = this.#clock;
    const { kind, runNs } = this.#jobOf(vcpu);
    if (kind === CPU) {
      this.blockNs = Infinity;
    } else if (kind !== DUTY) {
      this.blockNs = nowNs + this.#left[vcpu]!;
    } else {
      if (this.#left[vcpu] === NOT_BEGUN) this.#left[vcpu] = nowNs + runNs;
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

  #jobOf(vcpu: number): Job {
    return this.#jobs.get(this.#job[vcpu]!);
  }

  #kind(vcpu: number): number {
    return this.#jobOf(vcpu).kind;
  }

  #sleepFor(vcpu: number): number {
    const { kind, spec, sleepNs, jitter } = this.#jobOf(vcpu);
    switch (kind) {
      case PERIODIC:
        this.#cursor[vcpu]! += sleepNs;
        return Math.max(0, this.#cursor[vcpu]! - this.#clock.nowNs);
      case BURSTY:
        return Math.round(exponential(this.#draw(vcpu)) * sleepNs);
      case IO:
        return Math.round(sleepNs * (1 - jitter + 2 * jitter * (this.#draw(vcpu) / 2 ** 32)));
      case TRACE: {
        const trace = spec as Workload & { kind: 'trace' };
        const at = this.#cursor[vcpu]!;
        this.#cursor[vcpu] = (at + 1) % trace.runMs.length;
        return Math.round(trace.sleepMs[at]! * NS_PER_MS);
      }
      default:
        return sleepNs;
    }
  }

  #refill(vcpu: number): void {
    const { kind, spec, runNs } = this.#jobOf(vcpu);
    switch (kind) {
      case DUTY:
        this.#left[vcpu] = NOT_BEGUN;
        return;
      case BURSTY:
        this.#left[vcpu] = Math.max(1, Math.round(exponential(this.#draw(vcpu)) * runNs));
        return;
      case TRACE: {
        const trace = spec as Workload & { kind: 'trace' };
        this.#left[vcpu] = Math.max(1, Math.round(trace.runMs[this.#cursor[vcpu]!]! * NS_PER_MS));
        return;
      }
      default:
        this.#left[vcpu] = runNs;
    }
  }

  #draw(vcpu: number): number {
    const random = nextRandom(this.#random[vcpu]!);
    this.#random[vcpu] = random;
    return random;
  }
}
