import type { Trace } from '../hypervisor/index.ts';
import type { DomainState, HostState } from '../interface/index.ts';

/** What was recorded: the part of a trace that is read. */
export type Records = Pick<Trace, 'count' | 'records' | 'threads'>;

/** What a domain is called, and how many there are of it. */
export type Named = Pick<DomainState, 'id' | 'name' | 'vcpus'>;

/** What follows a run: a trace file, a chart. It is told everything in the order in which it came about. */
export interface Sink {
  /** From now on pools and domains are like this. */
  described(state: HostState): void;
  /** Who ran where since the last time. It may take the trace's arrays away, for others. */
  took(trace: Trace): void | Promise<void>;
  /** A command of the scenario is carried out. */
  acted(atNs: number, words: string): void;
  /** The run is over, or was cut short. */
  ended(atNs: number): void | Promise<void>;
}
