import { NS_PER_MS } from '../interface/words.ts';
import type { Workload } from '../interface/workload.ts';
import { grown } from './arrays.ts';
import { exponential, nextRandom } from './random.ts';

const CPU = 0;
const IDLE = 1;
const DUTY = 2;
const PERIODIC = 3;
const BURSTY = 4;
const IO = 5;
const TRACE = 6;
const KINDS = {
  cpu: CPU,
  idle: IDLE,
  duty: DUTY,
  periodic: PERIODIC,
  bursty: BURSTY,
  io: IO,
  trace: TRACE,
} as const;

/** A burst of `duty` that has not begun: its wall time counts from the vcpu's first instant on a cpu. */
const NOT_BEGUN = -1;

/** The state of a vcpu's workload while it is in no pool; times count from the instant of the move. */
export interface WorkState {
  readonly leftNs: number;
  readonly cursor: number;
  readonly random: number;
}

/**
 * What the vcpus of one pool do when they run, and for how long they sleep. Parameters by domain, progress by vcpu.
 * Instants go in and out by fields: as arguments and results of a call that is not inlined they would be boxed, 14
 * bytes an event (measured).
 */
export class Work {
  /** Set by `begin`: when the vcpu will block by itself. */
  blockNs = 0;
  /** Set by `finish`: when the next burst wants to begin; not later than now if at once. */
  wakeNs = 0;
  readonly #clock: { readonly nowNs: number };
  readonly #specs: (Workload | null)[] = [];
  #kind = new Uint8Array(0);
  #runNs = new Float64Array(0);
  #sleepNs = new Float64Array(0);
  #jitter = new Float64Array(0);
  /** Cpu time left of the burst; of `duty` the instant its burst ends. */
  #left = new Float64Array(0);
  /** Of `periodic` the release of the present job, of `trace` the position. */
  #cursor = new Float64Array(0);
  #random = new Uint32Array(0);

  constructor(clock: { readonly nowNs: number }) {
    this.#clock = clock;
  }

  growDomains(capacity: number): void {
    this.#kind = grown(this.#kind, capacity);
    this.#runNs = grown(this.#runNs, capacity);
    this.#sleepNs = grown(this.#sleepNs, capacity);
    this.#jitter = grown(this.#jitter, capacity);
  }

  growVcpus(capacity: number): void {
    this.#left = grown(this.#left, capacity);
    this.#cursor = grown(this.#cursor, capacity);
    this.#random = grown(this.#random, capacity);
  }

  describe(domain: number, spec: Workload): void {
    this.#specs[domain] = spec;
    this.#kind[domain] = KINDS[spec.kind];
    const [runMs, sleepMs] = times(spec);
    // A burst of at least a nanosecond: time must pass between two events of one vcpu.
    this.#runNs[domain] = Math.max(1, Math.round(runMs * NS_PER_MS));
    this.#sleepNs[domain] = Math.round(sleepMs * NS_PER_MS);
    this.#jitter[domain] = spec.kind === 'io' ? spec.jitterPercent / 100 : 0;
  }

  /** A vcpu that does this for the first time, awake unless it idles for ever. */
  init(vcpu: number, domain: number, random: number): void {
    this.#random[vcpu] = random;
    this.#cursor[vcpu] = this.#kind[domain] === PERIODIC ? this.#clock.nowNs : 0;
    this.#refill(vcpu, domain);
  }

  save(vcpu: number, domain: number): WorkState {
    const { nowNs } = this.#clock;
    const kind = this.#kind[domain];
    const leftNs = this.#left[vcpu]!;
    return {
      leftNs: kind === DUTY && leftNs !== NOT_BEGUN ? Math.max(0, leftNs - nowNs) : leftNs,
      cursor: kind === PERIODIC ? this.#cursor[vcpu]! - nowNs : this.#cursor[vcpu]!,
      random: this.#random[vcpu]!,
    };
  }

  load(vcpu: number, domain: number, state: WorkState): void {
    const { nowNs } = this.#clock;
    const kind = this.#kind[domain];
    this.#left[vcpu] = kind === DUTY && state.leftNs !== NOT_BEGUN ? state.leftNs + nowNs : state.leftNs;
    this.#cursor[vcpu] = kind === PERIODIC ? state.cursor + nowNs : state.cursor;
    this.#random[vcpu] = state.random;
  }

  /** The vcpu comes onto a cpu. */
  begin(vcpu: number, domain: number): void {
    const { nowNs } = this.#clock;
    const kind = this.#kind[domain]!;
    if (kind === CPU) {
      this.blockNs = Infinity;
    } else if (kind !== DUTY) {
      this.blockNs = nowNs + this.#left[vcpu]!;
    } else {
      if (this.#left[vcpu] === NOT_BEGUN) this.#left[vcpu] = nowNs + this.#runNs[domain]!;
      this.blockNs = Math.max(nowNs, this.#left[vcpu]!);
    }
  }

  /** The vcpu has been on a cpu for so long. */
  ran(vcpu: number, domain: number, ranNs: number): void {
    const kind = this.#kind[domain]!;
    if (kind !== CPU && kind !== DUTY) this.#left[vcpu]! -= ranNs;
  }

  /** The burst is over. */
  finish(vcpu: number, domain: number): void {
    this.wakeNs = this.#clock.nowNs + this.#sleepFor(vcpu, domain);
    this.#refill(vcpu, domain);
  }

  #sleepFor(vcpu: number, domain: number): number {
    const sleepNs = this.#sleepNs[domain]!;
    switch (this.#kind[domain]) {
      case PERIODIC:
        this.#cursor[vcpu]! += sleepNs;
        return Math.max(0, this.#cursor[vcpu]! - this.#clock.nowNs);
      case BURSTY:
        return Math.round(exponential(this.#draw(vcpu)) * sleepNs);
      case IO: {
        const jitter = this.#jitter[domain]!;
        return Math.round(sleepNs * (1 - jitter + 2 * jitter * (this.#draw(vcpu) / 2 ** 32)));
      }
      case TRACE: {
        const trace = this.#specs[domain] as Workload & { kind: 'trace' };
        const at = this.#cursor[vcpu]!;
        this.#cursor[vcpu] = (at + 1) % trace.runMs.length;
        return Math.round(trace.sleepMs[at]! * NS_PER_MS);
      }
      default:
        return sleepNs;
    }
  }

  #refill(vcpu: number, domain: number): void {
    switch (this.#kind[domain]) {
      case DUTY:
        this.#left[vcpu] = NOT_BEGUN;
        return;
      case BURSTY:
        this.#left[vcpu] = Math.max(1, Math.round(exponential(this.#draw(vcpu)) * this.#runNs[domain]!));
        return;
      case TRACE: {
        const trace = this.#specs[domain] as Workload & { kind: 'trace' };
        this.#left[vcpu] = Math.max(1, Math.round(trace.runMs[this.#cursor[vcpu]!]! * NS_PER_MS));
        return;
      }
      default:
        this.#left[vcpu] = this.#runNs[domain]!;
    }
  }

  #draw(vcpu: number): number {
    const random = nextRandom(this.#random[vcpu]!);
    this.#random[vcpu] = random;
    return random;
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
