import type { Step } from './steps.ts';

/** A step and the one that takes it back. */
export interface PlannedStep {
  readonly step: Step;
  readonly undo: Step;
}

/**
 * What a request comes to: steps in an order that keeps the law after each of them, taken back in reverse.
 * No steps: the host already is as asked.
 */
export interface Plan {
  readonly steps: readonly PlannedStep[];
  /** Sentences for the person: what a change did not keep, what it left where it was. */
  readonly notes: readonly string[];
}
