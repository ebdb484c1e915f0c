import { isDeepStrictEqual } from 'node:util';
import {
  applyStep,
  type Cpu,
  type DomainId,
  type DomainState,
  explain,
  type Host,
  type HostState,
  type Outcome,
  type PlannedStep,
  type PoolState,
  type Refusal,
  type Step,
} from '../interface/index.ts';
import { lawViolations } from './planning/law.ts';

/** How carrying out a plan ended. `undone`: everything was taken back. */
export type Ending =
  | { readonly kind: 'done'; readonly state: HostState }
  | {
      readonly kind: 'undone' | 'stuck';
      readonly step: Step;
      readonly why: string;
      /** What the host says would help. */
      readonly remedy?: string;
      /** The host's own word, where it refused before anything was done. */
      readonly refusal?: Refusal;
    };

/** Why a step was not done; `refusal` unless the driver threw. */
export interface Failure {
  readonly why: string;
  readonly remedy?: string;
  readonly refusal?: Refusal;
}

/**
 * Carries the plan to the host and reads it back (law 6): all steps, or none. A step that is refused takes those
 * before it back in reverse order. `from` is where the host stands: 0, or anywhere in a plan that a crash left open.
 */
export async function carryOut(
  host: Host,
  before: HostState,
  steps: readonly PlannedStep[],
  from = 0,
): Promise<Ending> {
  for (let i = from; i < steps.length; ) {
    const together = alike(host, steps, i);
    const failure =
      together.length > 1 ? await moveTogether(host, together) : await attempt(host, steps[i]!.step);
    // A driver that threw may have done it all the same.
    if (failure !== null) {
      const tried = steps.slice(0, i + together.length);
      const { refusal: _, ...reason } = failure;
      return takeBack(host, tried, steps[i]!.step, i === 0 ? failure : reason);
    }
    i += together.length;
  }
  const state = await host.read();
  const shown = progress(state, steps);
  if (shown < steps.length)
    return takeBack(host, steps, steps[shown]!.step, { why: 'it said done, and is not so' });
  const broken = breach(before, state);
  return broken === undefined
    ? { kind: 'done', state }
    : takeBack(host, steps, steps.at(-1)!.step, { why: broken });
}

/** From this step on, those that a host can do in one: cpus that go to the same pool. */
function alike(host: Host, steps: readonly PlannedStep[], from: number): readonly PlannedStep[] {
  const { step } = steps[from]!;
  if (step.do !== 'moveCpu' || host.moveCpus === undefined) return [steps[from]!];
  let end = from + 1;
  for (; end < steps.length; end++) {
    const next = steps[end]!.step;
    if (next.do !== 'moveCpu' || next.to !== step.to) break;
  }
  return steps.slice(from, end);
}

function moveTogether(host: Host, steps: readonly PlannedStep[]): Promise<Failure | null> {
  const moves = steps.map(({ step }) => step as Extract<Step, { do: 'moveCpu' }>);
  return tried(() =>
    host.moveCpus!(
      moves.map(({ cpu }) => cpu),
      moves[0]!.to,
    ),
  );
}

/** The first breach of the law that was not there before: a host may have been changed behind our back. */
function breach(before: HostState, after: HostState): string | undefined {
  const broken = lawViolations(after);
  if (broken.length === 0) return undefined;
  const known = new Set(lawViolations(before));
  return broken.find((sentence) => !known.has(sentence));
}

/** Takes back what the host shows of these steps, the last one first. */
async function takeBack(
  host: Host,
  tried: readonly PlannedStep[],
  step: Step,
  failure: Failure,
): Promise<Ending> {
  let kind: 'undone' | 'stuck' = 'undone';
  const state = await host.read();
  for (const planned of tried.toReversed())
    if (!isMissing(state, planned) && (await attempt(host, planned.undo)) !== null) kind = 'stuck';
  return { kind, step, ...failure };
}

/**
 * How many steps of the plan the host shows as done: up to the first that is evidently not. One whose trace a later
 * step covered, as a rename does, is neither, and so done.
 */
export function progress(state: HostState, steps: readonly PlannedStep[]): number {
  const first = steps.findIndex((planned) => isMissing(state, planned));
  return first === -1 ? steps.length : first;
}

/** Evidently not done: its effect is missing, and that of its undo is there. */
const isMissing = (state: HostState, { step, undo }: PlannedStep): boolean =>
  !holds(state, step) && holds(state, undo);

/** Whether the host is as this step would leave it. */
export function holds(state: HostState, step: Step): boolean {
  switch (step.do) {
    case 'createPool':
      return poolOf(state, step.pool) !== undefined;
    case 'destroyPool':
      return poolOf(state, step.pool) === undefined;
    case 'renamePool':
      return poolOf(state, step.to) !== undefined && poolOf(state, step.pool) === undefined;
    case 'moveCpu':
      return hasCpu(poolOf(state, step.to)?.cpus ?? [], step.cpu);
    case 'setCpuOnline':
      return hasCpu(state.online, step.cpu) === step.online;
    case 'setPoolNodes':
      return isDeepStrictEqual(poolOf(state, step.pool)?.nodes, step.nodes);
    case 'setPoolParams':
      return containsAll(poolOf(state, step.pool)?.params ?? {}, step.params);
    case 'setPoolScheduler': {
      const pool = poolOf(state, step.pool);
      return pool?.scheduler === step.scheduler && containsAll(pool.params, step.params);
    }
    case 'createDomain':
      return domainOf(state, step.spec.id) !== undefined;
    case 'destroyDomain':
    case 'releaseDomain':
      return domainOf(state, step.domain) === undefined;
    case 'renameDomain':
      return domainOf(state, step.domain)?.name === step.to;
    case 'moveDomain': {
      const domain = domainOf(state, step.domain);
      return domain?.pool === step.to && isDeepStrictEqual(domain.scheduling, step.scheduling);
    }
    case 'setScheduling':
      return isDeepStrictEqual(domainOf(state, step.domain)?.scheduling, step.scheduling);
    case 'shutdownDomain':
      // It was asked, and ends in its own time.
      return true;
    case 'setPaused':
      return domainOf(state, step.domain)?.paused === step.paused;
  }
}

export const poolOf = (state: HostState, name: string): PoolState | undefined =>
  state.pools.find((pool) => pool.name === name);

/** Domains come by id, so that ten thousand of them cost a dozen comparisons. */
export function domainOf(state: HostState, id: DomainId): DomainState | undefined {
  const at = firstNotBelow(state.domains.length, (i) => state.domains[i]!.id, id);
  return state.domains[at]?.id === id ? state.domains[at] : undefined;
}

/** A refusal in one line, for a log or as the reason of another. */
export const inWords = (refusal: Refusal): string => explain(refusal).sentence;

const hasCpu = (ascending: readonly Cpu[], cpu: Cpu): boolean =>
  ascending[firstNotBelow(ascending.length, (i) => ascending[i]!, cpu)] === cpu;

function firstNotBelow(length: number, at: (i: number) => number, value: number): number {
  let low = 0;
  for (let high = length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (at(middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether every named value of `part` is the same in `all`. */
export const containsAll = (all: object, part: object): boolean =>
  Object.entries(part).every(([name, value]) =>
    isDeepStrictEqual((all as Record<string, unknown>)[name], value),
  );

/** One step; says why it failed. A driver that throws has failed like one that refuses. */
export const attempt = (host: Host, step: Step): Promise<Failure | null> =>
  tried(() => applyStep(host, step));

async function tried(work: () => Promise<Outcome<void>>): Promise<Failure | null> {
  try {
    const result = await work();
    if (result.ok) return null;
    const { sentence, remedy } = explain(result.refusal);
    return { why: sentence, remedy, refusal: result.refusal };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}
