import type { ChangeRequest, Topology } from '../interface/index.ts';
import type { Place } from './field.ts';

/** A request and where in the file it is made. */
export interface PlacedRequest extends Place {
  readonly request: ChangeRequest;
}

/** A command that is given while the domains run. */
export interface Action extends PlacedRequest {
  readonly atS: number;
  /** As it is written: `pool-migrate B p2`. */
  readonly words: string;
}

/** A scenario file, read and understood; DESIGN of the format: docs/scenarios.md. */
export interface Scenario {
  readonly file: string;
  readonly about: string;
  readonly topology: Topology;
  /** The pools, then the domains. */
  readonly setup: readonly PlacedRequest[];
  /** By time. */
  readonly actions: readonly Action[];
  /** How long the host runs before each window: shares are measured when it has found its pace. */
  readonly settleS: number;
  /** From the end of the first settling to the end of the scenario. */
  readonly seconds: number;
  /** Runs under seeds `seed`, `seed + 1`, … */
  readonly repeats: number;
  readonly seed: number;
}

/** What `xm simulate` may set in place of the file. */
export type Overrides = Partial<Pick<Scenario, 'settleS' | 'seconds' | 'repeats' | 'seed'>>;

/** When everything is over. */
export const endOf = ({ settleS, seconds }: Scenario) => settleS + seconds;

/** The bounds of a scenario's own numbers; an hour and more is nothing unusual, a year would never end. */
export const SCENARIO_RANGES = {
  settleS: { least: 0, most: 86_400 },
  seconds: { least: 0.001, most: 864_000 },
  repeats: { least: 1, most: 1000, whole: true },
  seed: { least: 0, most: 0xffff_ffff, whole: true },
} as const;
