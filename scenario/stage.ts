import { seedFor } from '../hypervisor/index.ts';
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

/** An embedded host under a clock that stands still until told: where a scenario is played. */
export class Stage {
  readonly #file: string;
  readonly #host: EmbeddedHost;
  readonly #description: HostDescription;
  readonly #clock: { nowNs: number };

  private constructor(
    file: string,
    host: EmbeddedHost,
    description: HostDescription,
    clock: { nowNs: number },
  ) {
    this.#file = file;
    this.#host = host;
    this.#description = description;
    this.#clock = clock;
  }

  /** With the scenario's pools and domains on it, or why they cannot be. */
  static async set(scenario: Scenario, seed: number): Promise<Outcome<Stage>> {
    const clock = { nowNs: 0 };
    const host = await openEmbedded({ topology: scenario.topology, clock: () => clock.nowNs, seed });
    const stage = new Stage(scenario.file, host, await host.describe(), clock);
    const startsS = startTimes(scenario, seed);
    for (const [index, placed] of scenario.setup.entries()) {
      stage.advanceTo(startsS[index]!);
      const made = await stage.change(placed);
      if (!made.ok) return made;
    }
    return done(stage);
  }

  advanceTo(seconds: number): void {
    this.#clock.nowNs = Math.round(seconds * NS_PER_S);
  }

  state(): Promise<HostState> {
    return this.#host.read();
  }

  usage(): Promise<Usage> {
    return this.#host.usage();
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
    }
    return done(planned);
  }
}

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
