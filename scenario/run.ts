import { availableParallelism } from 'node:os';
import { done, type Outcome } from '../interface/index.ts';
import { breather } from './breath.ts';
import { type Lanes, playAll } from './lanes.ts';
import { partsOf } from './parts.ts';
import type { Played, ScenarioEvent } from './play.ts';
import { type Group, rehearse } from './rehearse.ts';
import { endOf, type Scenario } from './scenario.ts';
import { joined, type Window } from './window.ts';

/** What `xm simulate --json` prints: names here are promises. */
export interface ScenarioResult {
  readonly seed: number;
  /** The run was ended on the way. */
  readonly cut?: true;
  readonly windows: readonly Window[];
  readonly events: readonly ScenarioEvent[];
}

export interface RunOptions extends Omit<Lanes, 'jobs'> {
  /** How many threads; missing: as many as pay. */
  readonly jobs?: number;
}

/**
 * Plays a scenario to its end. The same scenario gives the same result, byte for byte, on every machine and whatever
 * the number of threads.
 */
export async function runScenario(
  scenario: Scenario,
  { jobs, ...options }: RunOptions = {},
): Promise<Outcome<ScenarioResult>> {
  const breathe = breather();
  const rehearsed = await rehearse(scenario, async () => {
    await breathe();
    return !options.signal?.aborted;
  });
  if (!rehearsed.ok) return rehearsed;
  const groups = rehearsed.value;
  const wanted = jobs ?? (options.worker === undefined ? 1 : jobsThatPay(scenario, groups));
  const isFollowed = (options.sinks ?? []).length > 0;
  const parts = partsOf(groups, scenario.repeats, wanted, isFollowed);
  const played = await playAll(scenario, parts, { ...options, jobs: Math.min(wanted, parts.length) });
  return played.ok ? done(resultOf(scenario, parts.length, played.value)) : played;
}

/** Below half a second or so of computing a second thread has hardly begun when the first is done. */
const SHORT_EVENTS = 3_000_000;

function jobsThatPay(scenario: Scenario, groups: readonly Group[]): number {
  const perSecond = groups.reduce((sum, { effort }) => sum + effort, 0);
  const events = perSecond * endOf(scenario) * scenario.repeats;
  return events < SHORT_EVENTS ? 1 : availableParallelism();
}

/** `played` lacks parts only of a run that was ended before they began. */
function resultOf({ seed, repeats }: Scenario, parts: number, played: readonly Played[]): ScenarioResult {
  const isCut = played.length < parts || played.some((one) => one.isCut);
  const ofRepeats = Array.from({ length: repeats }, (_, n) =>
    played.filter(({ part }) => part.repeat === n + 1),
  ).filter((of) => of.length > 0);
  return {
    seed,
    ...(isCut ? { cut: true as const } : {}),
    windows: ofRepeats.flatMap((of) =>
      joined(
        of.map(({ windows }) => windows),
        of[0]!.part.of,
      ),
    ),
    events: ofRepeats.flatMap(furthest),
  };
}

/** All parts of a repeat carry out the same actions; of a run that was ended, one may have come further than the others. */
const furthest = (of: readonly Played[]) =>
  of.map(({ events }) => events).reduce((a, b) => (b.length > a.length ? b : a));
