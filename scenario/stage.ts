import { seedFor, Trace } from '../hypervisor/index.ts';
import {
  applyStep,
  done,
  explain,
  type HostDescription,
  type HostState,
  NS_PER_S,
  type Outcome,
  type Plan,
  refuse,
  type Usage,
} from '../interface/index.ts';
import { type EmbeddedHost, openEmbedded } from '../libxc/embedded/host.ts';
import { plan } from '../xend/planning/plan.ts';
import type { PlacedRequest, Scenario } from './scenario.ts';
import type { Sink } from './sink.ts';

/** Events between two breaks: some 15 ms of one core, so that who waits is heard at once and breaks cost nothing. */
const STRETCH_EVENTS = 100_000;
/** While it is followed: what was recorded shall still be in the core's cache when it is taken. */
const FOLLOWED_EVENTS = 10_000;
const FIRST_STRETCH_NS = 1_000_000;

/** How a run is watched. */
export interface Watch {
  /** The pools that matter, by every name they will have; missing: all. */
  readonly pools?: ReadonlySet<string>;
  readonly sinks?: readonly Sink[];
  /** Asked in every break, with the virtual time; false ends the run. */
  readonly goOn?: (nowNs: number) => boolean | Promise<boolean>;
}

/** An embedded host under a clock that stands still until told: where a scenario is played. */
export class Stage {
  readonly #file: string;
  readonly #host: EmbeddedHost;
  readonly #description: HostDescription;
  readonly #clock: { nowNs: number };
  readonly #watch: Watch;
  readonly #trace: Trace | null;
  #stretchNs = FIRST_STRETCH_NS;
  #isCut = false;

  private constructor(
    file: string,
    host: EmbeddedHost,
    description: HostDescription,
    clock: { nowNs: number },
    watch: Watch,
    trace: Trace | null,
  ) {
    this.#file = file;
    this.#host = host;
    this.#description = description;
    this.#clock = clock;
    this.#watch = watch;
    this.#trace = trace;
  }

  /** With the scenario's pools and domains on it, or why they cannot be. */
  static async set(scenario: Scenario, seed: number, watch: Watch = {}): Promise<Outcome<Stage>> {
    const clock = { nowNs: 0 };
    const { pools, sinks = [] } = watch;
    const trace = sinks.length === 0 ? null : new Trace();
    const host = await openEmbedded({
      topology: scenario.topology,
      clock: () => clock.nowNs,
      seed,
      view: { ...(trace !== null && { trace }), ...(pools !== undefined && { pools }) },
    });
    const stage = new Stage(scenario.file, host, await host.describe(), clock, watch, trace);
    const startsS = startTimes(scenario, seed);
    for (const [index, placed] of scenario.setup.entries()) {
      clock.nowNs = toNs(startsS[index]!);
      const made = await stage.change(placed);
      if (!made.ok) return made;
      if (!(await stage.#mayGoOn())) break;
    }
    return done(stage);
  }

  get nowNs(): number {
    return this.#clock.nowNs;
  }

  /** Whether somebody ended it on the way. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Lets time pass up to then. In stretches of about as many events, with a break after each. */
  async passTo(seconds: number): Promise<void> {
    const { machine } = this.#host;
    const endNs = toNs(seconds);
    const wanted = this.#trace === null ? STRETCH_EVENTS : FOLLOWED_EVENTS;
    while (!this.#isCut && this.nowNs < endNs) {
      const stretchNs = Math.min(this.#stretchNs, endNs - this.nowNs);
      const before = machine.events();
      this.#clock.nowNs += stretchNs;
      machine.advance(this.nowNs);
      if (this.#trace !== null) await this.#handOver(this.#trace);
      const events = machine.events() - before;
      this.#stretchNs = Math.ceil(Math.min(2 * this.#stretchNs, (stretchNs * wanted) / Math.max(1, events)));
      await this.#mayGoOn();
    }
  }

  async #mayGoOn(): Promise<boolean> {
    const { goOn } = this.#watch;
    this.#isCut ||= goOn !== undefined && !(await goOn(this.nowNs));
    return !this.#isCut;
  }

  state(): Promise<HostState> {
    return this.#host.read();
  }

  usage(): Promise<Usage> {
    return this.#host.usage(this.#watch.pools && [...this.#watch.pools]);
  }

  /** Tells who follows that a command is carried out now. */
  announce(words: string): void {
    for (const sink of this.#sinks) sink.acted(this.nowNs, words);
  }

  /** Tells who follows that it is over. */
  async end(): Promise<void> {
    for (const sink of this.#sinks) await sink.ended(this.nowNs);
  }

  /** Plans and carries out a change under the same law as xend's. */
  async change({ request, field, line }: PlacedRequest): Promise<Outcome<Plan>> {
    const planned = plan(this.#description, await this.state(), request);
    const applied = planned.ok ? await this.#apply(planned.value) : planned;
    if (applied.ok) return applied;
    const why = explain(applied.refusal).sentence;
    return refuse({ code: 'bad-scenario', file: this.#file, line, field, why });
  }

  async #apply(planned: Plan): Promise<Outcome<Plan>> {
    for (const { step } of planned.steps) {
      const applied = await applyStep(this.#host, step);
      if (!applied.ok) return applied;
      if (this.#trace === null) continue;
      const state = await this.state();
      for (const sink of this.#sinks) sink.described(state);
    }
    return done(planned);
  }

  get #sinks(): readonly Sink[] {
    return this.#watch.sinks ?? [];
  }

  async #handOver(trace: Trace): Promise<void> {
    for (const sink of this.#sinks) await sink.took(trace);
    trace.clear();
  }
}

const toNs = (seconds: number) => Math.round(seconds * NS_PER_S);

/**
 * Guests do not start in the same nanosecond. Where they do, the timeslices, ticks and accounting of a whole pool stay in
 * step for ever, and the shares show it: 128 against 1024 on one cpu is 13.3 % then, and 11.3 % from most other starts, as on Xen.
 * So each starts at an instant of its own within the first 100 ms, drawn from the seed.
 */
const STARTS_WITHIN_S = 0.1;

function startTimes({ setup, settleS, actions }: Scenario, seed: number): number[] {
  const withinS = Math.min(STARTS_WITHIN_S, settleS, actions[0]?.atS ?? Infinity);
  const domains = setup.filter(({ request }) => request.kind === 'domain-create').length;
  let order = 0;
  let lastS = 0;
  return setup.map(({ request }) => {
    if (request.kind !== 'domain-create') return lastS;
    lastS = ((order + seedFor(seed, order, 0) / 2 ** 32) / domains) * withinS;
    order++;
    return lastS;
  });
}
