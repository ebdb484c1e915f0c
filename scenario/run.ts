import { done, type Outcome, refuse } from '../interface/index.ts';
import type { Action, Scenario } from './scenario.ts';
import { Stage } from './stage.ts';
import { measure, type Window } from './window.ts';

/** What `xm simulate --json` prints: names here are promises. */
export interface ScenarioResult {
  readonly seed: number;
  readonly windows: readonly Window[];
  readonly events: readonly ScenarioEvent[];
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

/** Makes every change without waiting for its time, so that what cannot be done is refused before anything runs. */
async function rehearse(scenario: Scenario): Promise<Outcome<null>> {
  const stage = await Stage.set(scenario, scenario.seed);
  if (!stage.ok) return stage;
  for (const action of scenario.actions) {
    if (action.atS >= endOf(scenario)) return refuseLate(scenario, action);
    const changed = await stage.value.change(action);
    if (!changed.ok) return changed;
  }
  return done(null);
}

const endOf = ({ settleS, seconds }: Scenario) => settleS + seconds;

function refuseLate(scenario: Scenario, { atS, field, line }: Action) {
  const why = `at ${atS} s everything is over: settleS and seconds together are ${endOf(scenario)}`;
  return refuse({ code: 'bad-scenario', file: scenario.file, line, field, why });
}

/** Sums of seconds miss each other by less; a window so short would say nothing anyway. */
const SHORTEST_WINDOW_S = 0.001;

async function play(
  scenario: Scenario,
  stage: Stage,
  repeat: number,
): Promise<Outcome<Omit<ScenarioResult, 'seed'>>> {
  const windows: Window[] = [];
  const events: ScenarioEvent[] = [];
  let fromS = scenario.settleS;
  const measureTo = async (toS: number) => {
    if (toS - fromS >= SHORTEST_WINDOW_S) windows.push(await measure(stage, repeat, fromS, toS));
  };
  for (const action of scenario.actions) {
    await measureTo(action.atS);
    stage.advanceTo(action.atS);
    const changed = await stage.change(action);
    if (!changed.ok) return changed;
    events.push({ repeat, atS: action.atS, do: action.words, notes: changed.value.notes });
    fromS = action.atS + scenario.settleS;
  }
  await measureTo(endOf(scenario));
  return done({ windows, events });
}
