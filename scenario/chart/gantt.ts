import { cpuOf, IDLE_THREAD, kindOf, type Trace, threadOf, WOKEN } from '../../hypervisor/index.ts';
import { DOMAIN0, type DomainState, type HostState, NS_PER_S } from '../../interface/index.ts';
import type { Sink } from '../sink.ts';
import { type Bar, Row } from './row.ts';

/** Half a pixel of a chart as wide as ours. */
const SLOTS = 1800;
/** All rows together: some megabytes of picture at most. */
const MOST_SLOTS = 60_000;

export interface Mark {
  readonly atNs: number;
  readonly words: string;
}

/** Collects who ran where in a span of a run. */
export class Gantt implements Sink {
  readonly fromNs: number;
  /** Comes down to where the run was cut. */
  toNs: number;
  readonly marks: Mark[] = [];
  /** How the host was set up when the span began. */
  state: HostState | null = null;
  /** Cpu time in the span, by domain. */
  readonly usedNs = new Map<number, number>();
  readonly #rows: readonly Row[];
  /** By cpu: who is on it and since when. */
  readonly #current: Int32Array;
  readonly #sinceNs: Float64Array;
  readonly #latecomers = new Map<number, DomainState>();
  #threads: Trace['threads'] = [];
  #nowNs = 0;

  constructor({ fromS, toS }: { readonly fromS: number; readonly toS: number }, cpus: number) {
    this.fromNs = Math.round(fromS * NS_PER_S);
    this.toNs = Math.round(toS * NS_PER_S);
    const finestNs = (this.toNs - this.fromNs) / Math.min(SLOTS, MOST_SLOTS / cpus);
    this.#rows = Array.from({ length: cpus }, () => new Row(finestNs));
    this.#current = new Int32Array(cpus).fill(IDLE_THREAD);
    this.#sinceNs = new Float64Array(cpus);
  }

  /** Whether the run has come so far that there is something to see. */
  get isBegun(): boolean {
    return this.#nowNs > this.fromNs;
  }

  bars(cpu: number): readonly Bar[] {
    return this.#rows[cpu]!.bars;
  }

  /** Whose vcpu a bar shows. */
  thread(number: number): Trace['threads'][number] {
    return this.#threads[number]!;
  }

  /** Those that were there when the span began, and whoever came later. */
  get domains(): readonly DomainState[] {
    const first = this.state?.domains.filter(({ id }) => id !== DOMAIN0) ?? [];
    return [...first, ...this.#latecomers.values()].sort((a, b) => a.id - b.id);
  }

  described(state: HostState): void {
    if (this.state === null || state.nowNs <= this.fromNs) this.state = state;
    else if (state.nowNs <= this.toNs)
      for (const domain of state.domains)
        if (!this.state.domains.some(({ id }) => id === domain.id)) this.#latecomers.set(domain.id, domain);
  }

  took(trace: Trace): void {
    this.#threads = trace.threads;
    const { count, records } = trace;
    for (let at = 0; at < 2 * count; at += 2) {
      const code = records[at + 1]!;
      if (kindOf(code) === WOKEN) continue;
      const cpu = cpuOf(code);
      this.#leave(cpu, records[at]!);
      this.#current[cpu] = threadOf(code);
      this.#sinceNs[cpu] = records[at]!;
    }
  }

  acted(atNs: number, words: string): void {
    if (atNs >= this.fromNs && atNs <= this.toNs) this.marks.push({ atNs, words });
  }

  ended(atNs: number): void {
    this.#nowNs = atNs;
    this.toNs = Math.min(this.toNs, atNs);
    for (let cpu = 0; cpu < this.#rows.length; cpu++) {
      this.#leave(cpu, atNs);
      this.#rows[cpu]!.close();
    }
  }

  #leave(cpu: number, atNs: number): void {
    const thread = this.#current[cpu]!;
    const fromNs = Math.max(this.fromNs, this.#sinceNs[cpu]!);
    const toNs = Math.min(this.toNs, atNs);
    if (thread === IDLE_THREAD || toNs <= fromNs) return;
    this.#rows[cpu]!.add(fromNs, toNs, thread);
    const { domain } = this.#threads[thread]!;
    this.usedNs.set(domain, (this.usedNs.get(domain) ?? 0) + toNs - fromNs);
  }
}
