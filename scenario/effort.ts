import type { DomainState, PoolState, Workload } from '../interface/index.ts';

/** A busy cpu: a tick every 10 ms, a slice every 30. */
const EVENTS_PER_CPU = 130;

/** About how many events a pool takes a virtual second. Good enough to share out work, and to see what is short. */
export function eventsPerSecond({ name, cpus }: PoolState, domains: readonly DomainState[]): number {
  const members = domains.filter((domain) => domain.pool === name && !domain.paused);
  const busy = Math.min(
    cpus.length,
    members.reduce((sum, { vcpus, workload }) => sum + (workload.kind === 'idle' ? 0 : vcpus), 0),
  );
  const wakings = members.reduce((sum, { vcpus, workload }) => sum + vcpus * burstsPerSecond(workload), 0);
  return busy * EVENTS_PER_CPU + 2 * wakings;
}

function burstsPerSecond(workload: Workload): number {
  switch (workload.kind) {
    case 'cpu':
    case 'idle':
      return 0;
    case 'duty':
      return 1000 / (workload.burstMs + workload.sleepMs);
    case 'periodic':
      return 1000 / workload.periodMs;
    case 'trace': {
      const sum = (times: readonly number[]) => times.reduce((total, ms) => total + ms, 0);
      return (1000 * workload.runMs.length) / (sum(workload.runMs) + sum(workload.sleepMs));
    }
    default:
      return 1000 / (workload.runMs + workload.sleepMs);
  }
}
