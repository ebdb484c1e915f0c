import type { Trace } from '../hypervisor/index.ts';
import type { HostState } from '../interface/index.ts';

/** What follows a run: a trace file, a chart. It is told everything in the order in which it came about. */
export interface Sink {
  /** From now on pools and domains are like this. */
  described(state: HostState): void;
  /** Who ran where since the last time. */
  took(trace: Trace): void;
  /** A command of the scenario is carried out. */
  acted(atNs: number, words: string): void;
  /** The run is over, or was cut short. */
  ended(atNs: number): void;
}
