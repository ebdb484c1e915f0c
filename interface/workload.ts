/**
 * What a domain's vcpus do on the embedded host (DESIGN: scenarios). All vcpus of a domain do the same.
 * Times are milliseconds; `run` and `burst` say whether cpu time or wall time is meant.
 */
export type Workload =
  /** Always runnable. */
  | { readonly kind: 'cpu' }
  /** Never runnable. */
  | { readonly kind: 'idle' }
  /** Wants the cpu for `burstMs` of wall time, then sleeps `sleepMs`: who is preempted does less, not the same later. */
  | { readonly kind: 'duty'; readonly burstMs: number; readonly sleepMs: number }
  /** Needs `runMs` of cpu time every `periodMs`; what is late is done at once. */
  | { readonly kind: 'periodic'; readonly runMs: number; readonly periodMs: number }
  /** Exponentially distributed cpu time and sleep with these means, from the seed. */
  | { readonly kind: 'bursty'; readonly runMs: number; readonly sleepMs: number }
  /** `runMs` of cpu time, then a sleep drawn evenly from `sleepMs` ± `jitterPercent`: a server answering requests. */
  | { readonly kind: 'io'; readonly runMs: number; readonly sleepMs: number; readonly jitterPercent: number }
  /** Replays pairs of cpu time and sleep, round and round. */
  | { readonly kind: 'trace'; readonly runMs: readonly number[]; readonly sleepMs: readonly number[] };

export const CPU_HOG: Workload = { kind: 'cpu' };
export const IDLE: Workload = { kind: 'idle' };

/** The most one vcpu of this workload can use, percent of one cpu: what it would use alone on a cpu. */
export function demandPercent(workload: Workload): number {
  switch (workload.kind) {
    case 'cpu':
      return 100;
    case 'idle':
      return 0;
    case 'duty':
      return ratio(workload.burstMs, workload.sleepMs);
    case 'periodic':
      return Math.min(100, (100 * workload.runMs) / workload.periodMs);
    case 'bursty':
    case 'io':
      return ratio(workload.runMs, workload.sleepMs);
    case 'trace':
      return ratio(sum(workload.runMs), sum(workload.sleepMs));
  }
}

const ratio = (run: number, sleep: number) => (run + sleep === 0 ? 0 : (100 * run) / (run + sleep));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
