import { done, type Outcome } from '../interface/index.ts';
import { endOf, type Scenario } from './scenario.ts';
import { Stage, type Watch } from './stage.ts';
import { measure, type WindowPart } from './window.ts';

export interface ScenarioEvent {
  readonly repeat: number;
  readonly atS: number;
  readonly do: string;
  /** What the change did not keep, what it left where it was. */
  readonly notes: readonly string[];
}

/** What can be played by itself: a repeat, or of a repeat those pools that have to do with each other. */
export interface Part {
  readonly repeat: number;
  /** By every name they will have; null: all. */
  readonly pools: readonly string[] | null;
  /** Into how many parts this repeat is divided. */
  readonly of: number;
}

export interface Played {
  readonly part: Part;
  readonly windows: readonly WindowPart[];
  readonly events: readonly ScenarioEvent[];
  /** Somebody ended it before it was over. */
  readonly isCut: boolean;
}

/** Sums of seconds miss each other by less; a window so short would say nothing anyway. */
const SHORTEST_WINDOW_S = 0.001;

/** Plays a part of a scenario to its end, or until it is told to stop. */
export async function play(scenario: Scenario, part: Part, watch: Watch): Promise<Outcome<Played>> {
  const pools = part.pools === null ? {} : { pools: new Set(part.pools) };
  const set = await Stage.set(scenario, scenario.seed + part.repeat - 1, { ...watch, ...pools });
  if (!set.ok) return set;
  const stage = set.value;
  const windows: WindowPart[] = [];
  const events: ScenarioEvent[] = [];
  let fromS = scenario.settleS;
  const measureTo = async (toS: number) => {
    const window = toS - fromS >= SHORTEST_WINDOW_S ? await measure(stage, part.repeat, fromS, toS) : null;
    if (window !== null) windows.push(window);
    await stage.passTo(toS);
  };
  for (const action of scenario.actions) {
    await measureTo(action.atS);
    if (stage.isCut) break;
    stage.announce(action.words);
    const changed = await stage.change(action);
    if (!changed.ok) return changed;
    events.push({ repeat: part.repeat, atS: action.atS, do: action.words, notes: changed.value.notes });
    fromS = action.atS + scenario.settleS;
  }
  await measureTo(endOf(scenario));
  await stage.end();
  return done({ part, windows, events, isCut: stage.isCut });
}
