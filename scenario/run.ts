import {
  DOMAIN0,
  type DomainState,
  type DomainUsage,
  done,
  NS_PER_S,
  type Outcome,
  refuse,
  type Usage,
} from '../interface/index.ts';
import { entitledPercents } from '../xend/planning/entitlement.ts';
import type { Scenario } from './scenario.ts';
import { Stage } from './stage.ts';

/** What `xm simulate --json` prints: names here are promises. */
export interface ScenarioResult {
  readonly seed: number;
  readonly windows: readonly Window[];
  readonly events: readonly ScenarioEvent[];
}

/** A stretch of time in which nobody changed anything. */
export interface Window {
  /** Counts from 1; repeat n runs under seed `seed + n - 1`. */
  readonly repeat: number;
  readonly fromS: number;
  readonly toS: number;
  /** By name; Domain-0 does nothing in a scenario and is left out. */
  readonly domains: Readonly<Record<string, DomainShare>>;
}

export interface DomainShare {
  readonly pool: string;
  readonly vcpus: number;
  readonly weight: number;
  readonly cap: number;
  readonly cpuSeconds: number;
  /** Percent of one cpu over the window. */
  readonly sharePercent: number;
  readonly vcpuSharePercent: readonly number[];
  /** What weight, cap, pins and demand promise inside the pool. */
  readonly entitledPercent: number;
}

export interface ScenarioEvent {
  readonly repeat: number;
  readonly atS: number;
  readonly do: string;
  /** What the change did not keep, what it left where it was. */
  readonly notes: readonly string[];
}

/** Plays a scenario to its end. The same scenario gives the same result, byte for byte, on every machine. */
export async function runScenario(scenario: Scenario): Promise<Outcome<ScenarioResult>> {
  const rehearsed = await rehearse(scenario);
  if (!rehearsed.ok) return rehearsed;
  const windows: Window[] = [];
  const events: ScenarioEvent[] = [];
  for (let repeat = 1; repeat <= scenario.repeats; repeat++) {
    const stage = await Stage.set(scenario, scenario.seed + repeat - 1);
    if (!stage.ok) return stage;
    const played = await play(scenario, stage.value, repeat);
    if (!played.ok) return played;
    windows.push(...played.value.windows);
    events.push(...played.value.events);
  }
  return done({ seed: scenario.seed, windows, events });
}

/** Makes every change of a scenario without letting time pass, so that what cannot be done is refused before anything runs. */
async function rehearse(scenario: Scenario): Promise<Outcome<null>> {
  const stage = await Stage.set(scenario, scenario.seed);
  if (!stage.ok) return stage;
  for (const action of scenario.actions) {
    if (action.atS >= endOf(scenario)) {
      const why = `at ${action.atS} s everything is over: settleS and seconds together are ${endOf(scenario)}`;
      return refuse({
        code: 'bad-scenario',
        file: scenario.file,
        line: action.line,
        field: action.field,
        why,
      });
    }
    const changed = await stage.value.change(action);
    if (!changed.ok) return changed;
  }
  return done(null);
}

const endOf = ({ settleS, seconds }: Scenario) => settleS + seconds;

async function play(
  scenario: Scenario,
  stage: Stage,
  repeat: number,
): Promise<Outcome<Omit<ScenarioResult, 'seed'>>> {
  const windows: Window[] = [];
  const events: ScenarioEvent[] = [];
  let fromS = scenario.settleS;
  for (const action of scenario.actions) {
    // Actions in quick succession leave no window between them.
    if (action.atS > fromS) windows.push(await measure(stage, repeat, fromS, action.atS));
    stage.advanceTo(action.atS);
    const changed = await stage.change(action);
    if (!changed.ok) return changed;
    events.push({ repeat, atS: action.atS, do: action.words, notes: changed.value.notes });
    fromS = action.atS + scenario.settleS;
  }
  if (endOf(scenario) > fromS) windows.push(await measure(stage, repeat, fromS, endOf(scenario)));
  return done({ windows, events });
}

async function measure(stage: Stage, repeat: number, fromS: number, toS: number): Promise<Window> {
  stage.advanceTo(fromS);
  const before = await stage.usage();
  stage.advanceTo(toS);
  const after = await stage.usage();
  const { domains, pools } = await stage.state();
  const used = new Map(after.domains.map((usage) => [usage.id, usage]));
  const shares = new Map<string, DomainShare>();
  for (const { name, cpus } of pools) {
    const members = domains.filter(({ pool }) => pool === name);
    const entitled = entitledPercents(
      cpus,
      members.map((domain) => claimOf(domain, used.get(domain.id)!)),
    );
    for (const [index, domain] of members.entries()) {
      if (domain.id !== DOMAIN0) shares.set(domain.name, shareOf(domain, before, after, entitled[index]!));
    }
  }
  const named = domains
    .filter(({ name }) => shares.has(name))
    .map(({ name }) => [name, shares.get(name)!] as const);
  return { repeat, fromS: rounded(fromS, 6), toS: rounded(toS, 6), domains: Object.fromEntries(named) };
}

function claimOf({ vcpus, paused, scheduling }: DomainState, { demandPercent }: DomainUsage) {
  const { weight, cap, affinity } = scheduling;
  return {
    weight,
    vcpus,
    cap,
    demandPercent: paused ? 0 : demandPercent,
    hard: affinity.map(({ hard }) => hard),
  };
}

function shareOf(domain: DomainState, before: Usage, after: Usage, entitled: number): DomainShare {
  const timesNs = ({ domains }: Usage) => domains.find(({ id }) => id === domain.id)!.vcpuNs;
  const earlier = timesNs(before);
  const usedNs = timesNs(after).map((ns, vcpu) => ns - earlier[vcpu]!);
  const percent = (ns: number) => rounded((100 * ns) / (after.nowNs - before.nowNs), 3);
  const totalNs = usedNs.reduce((sum, ns) => sum + ns, 0);
  return {
    pool: domain.pool,
    vcpus: domain.vcpus,
    weight: domain.scheduling.weight,
    cap: domain.scheduling.cap,
    cpuSeconds: rounded(totalNs / NS_PER_S, 6),
    sharePercent: percent(totalNs),
    vcpuSharePercent: usedNs.map(percent),
    entitledPercent: rounded(entitled, 3),
  };
}

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
