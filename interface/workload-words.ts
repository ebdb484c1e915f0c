import type { Workload } from './workload.ts';

export type WorkloadKind = Workload['kind'];

/** What each kind needs besides its name, in the order people write it: `duty 20 80`. */
export const WORKLOAD_FIELDS: Readonly<Record<WorkloadKind, readonly string[]>> = {
  cpu: [],
  idle: [],
  duty: ['burstMs', 'sleepMs'],
  periodic: ['runMs', 'periodMs'],
  bursty: ['runMs', 'sleepMs'],
  io: ['runMs', 'sleepMs', 'jitterPercent'],
  trace: ['runMs', 'sleepMs'],
};

/** A microsecond to a day: below it a simulated second would never end, above it nothing happens. */
const SHORTEST_MS = 0.001;
const LONGEST_MS = 86_400_000;
const LONGEST_TRACE = 10_000;

/** What is wrong with one field of a workload; `null` if it can be run. */
export function workloadFault(kind: WorkloadKind, field: string, value: unknown): string | null {
  if (kind !== 'trace') return numberFault(field, value);
  if (!Array.isArray(value) || value.length === 0) return 'must be a list of milliseconds';
  if (value.length > LONGEST_TRACE) return `has ${value.length} times, ${LONGEST_TRACE} are the most`;
  return value.map((ms) => numberFault(field, ms)).find((fault) => fault !== null) ?? null;
}

function numberFault(field: string, value: unknown): string | null {
  const [least, most, unit] =
    field === 'jitterPercent' ? [0, 100, 'percent'] : [SHORTEST_MS, LONGEST_MS, 'milliseconds'];
  const fits = typeof value === 'number' && value >= least && value <= most;
  return fits ? null : `must be a number of ${unit} from ${least} to ${most}`;
}
