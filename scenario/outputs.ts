import { done, type Outcome, type Refused, refuse } from '../interface/index.ts';
import { Gantt } from './chart/gantt.ts';
import { drawChart } from './chart/svg.ts';
import type { Invocation, Span } from './options.ts';
import { OutputFile } from './output-file.ts';
import { endOf, type Scenario } from './scenario.ts';
import type { Sink } from './sink.ts';
import { PERFETTO_CPUS, PerfettoTrace } from './trace/perfetto.ts';
import { TraceThread } from './trace/thread.ts';

type Wanted = Pick<Invocation, 'trace' | 'svg' | 'span'>;

/** What a chart shows where nobody says otherwise. */
const SPAN_S = 0.3;

/** The files that a run is asked for. */
export class Outputs {
  readonly sinks: readonly Sink[];
  readonly #scenario: Scenario;
  readonly #trace: OutputFile | null;
  readonly #svg: OutputFile | null;
  readonly #gantt: Gantt | null;
  readonly #thread: TraceThread | null;

  private constructor(
    scenario: Scenario,
    span: Required<Span>,
    trace: OutputFile | null,
    svg: OutputFile | null,
    tracer: string | null,
  ) {
    const cpus = scenario.topology.cpus.length;
    this.#scenario = scenario;
    this.#trace = trace;
    this.#svg = svg;
    this.#gantt = svg === null ? null : new Gantt(span, cpus);
    this.#thread = trace === null || tracer === null ? null : new TraceThread(cpus, trace, tracer);
    const written = this.#thread ?? (trace === null ? null : new PerfettoTrace(cpus, trace));
    // The trace comes last: its thread takes the records away.
    this.sinks = [this.#gantt, written].filter((sink) => sink !== null);
  }

  /**
   * Begins the files, so that what cannot be written is known before anything runs. `tracer` is the program of the thread
   * that writes a trace; null: this one does.
   */
  static open(scenario: Scenario, wanted: Wanted, cwd: string, tracer: string | null): Outcome<Outputs> {
    const { trace, svg, span } = wanted;
    const cpus = scenario.topology.cpus.length;
    if (trace !== undefined && cpus > PERFETTO_CPUS)
      return refuse({
        code: 'usage',
        why: `Perfetto opens no trace of ${cpus} cpus`,
        hint: `make it a host of at most ${PERFETTO_CPUS}, or leave out --trace`,
      });
    const shown = shownSpan(span, scenario);
    if (!shown.ok) return shown;
    const traceFile = trace === undefined ? null : OutputFile.open(trace, cwd);
    if (traceFile?.ok === false) return traceFile;
    const svgFile = svg === undefined ? null : OutputFile.open(svg, cwd);
    if (svgFile?.ok === false) {
      traceFile?.value.discard();
      return svgFile;
    }
    return done(new Outputs(scenario, shown.value, traceFile?.value ?? null, svgFile?.value ?? null, tracer));
  }

  get fault(): Refused | null {
    return this.#trace?.fault ?? this.#svg?.fault ?? null;
  }

  /** Puts the files in their places. A chart of which nothing was reached is left out. */
  keep(): Outcome<void> {
    if (this.#gantt?.isBegun)
      this.#svg!.write(new TextEncoder().encode(drawChart(this.#gantt, this.#scenario)));
    const kept = this.fault ?? this.#trace?.keep() ?? done(undefined);
    return kept.ok && this.#gantt?.isBegun ? this.#svg!.keep() : kept;
  }

  /** Of a run that was cut, whether the chart it was to draw begins later. */
  get isChartMissing(): boolean {
    return this.#gantt?.isBegun === false;
  }

  /** Leaves nothing behind of what has not been kept. */
  discard(): void {
    this.#trace?.discard();
    this.#svg?.discard();
  }

  /** The same, once nobody writes any more. */
  async close(): Promise<void> {
    await this.#thread?.close();
    this.discard();
  }
}

/** What the chart shows: what is asked for, else 0.3 s after the first settling. */
function shownSpan(span: Span, scenario: Scenario): Outcome<Required<Span>> {
  const endS = endOf(scenario);
  const outside = (what: string, value: number, range: string) =>
    refuse({ code: 'out-of-range', what, value: `${value}`, range });
  if (span.fromS !== undefined && span.fromS >= endS)
    return outside('--from', span.fromS, `a time before the end of the run at ${endS} s`);
  if (span.toS !== undefined && (span.toS > endS || span.toS === 0))
    return outside('--to', span.toS, `a time after 0 s, up to the end of the run at ${endS} s`);
  const fromS = span.fromS ?? Math.min(scenario.settleS, Math.max(0, (span.toS ?? endS) - SPAN_S));
  return done({ fromS, toS: span.toS ?? Math.min(fromS + SPAN_S, endS) });
}
