import { Pool, seedFor, type Trace } from '../../hypervisor/index.ts';
import { regularTopology } from '../../interface/topology.ts';
import type { Cpu, SchedulerName } from '../../interface/words.ts';
import { CPU_HOG, type Workload } from '../../interface/workload.ts';

const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 };

/** The reference job of bench/README.md: 100 cpus and 1,000 vcpus, in so many pools. */
export function referenceJob(
  kind: 'hog' | 'mixed',
  pools: number,
  scheduler: SchedulerName = 'credit',
  trace: Trace | null = null,
): Pool[] {
  const { cpus } = regularTopology({ cpus: 100 / pools });
  return Array.from({ length: pools }, (_, p) => {
    const pool = new Pool(scheduler, 0, { trace });
    pool.setCpus(cpus.map((place) => ({ ...place, cpu: (place.cpu + p * cpus.length) as Cpu })));
    for (let d = 0; d < 1000 / pools; d++) {
      pool.insert({
        id: d,
        weight: 256,
        cap: 0,
        workload: kind === 'mixed' && d % 2 === 1 ? SERVER : CPU_HOG,
        paused: false,
        vcpus: [
          {
            cpuNs: 0,
            affinity: { hard: null, soft: null },
            reservation: null,
            random: seedFor(1, p, d),
            work: null,
            wakeInNs: null,
            ...(trace !== null && { thread: trace.enrol(1 + (p * 1000) / pools + d, 0) }),
          },
        ],
      });
    }
    return pool;
  });
}

/** Runs all pools to this second; answers the events fired since before. */
export function runTo(pools: readonly Pool[], seconds: number): number {
  let events = 0;
  for (const pool of pools) {
    events -= pool.events;
    pool.runUntil(seconds * 1e9);
    events += pool.events;
  }
  return events;
}

/** Processor seconds, user and system, since the process began. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** One row of the table, in the format of bench/README.md. */
export function print(row: {
  what: string;
  measured: string;
  bound?: string;
  value?: number;
  limit?: number;
}): void {
  console.log(JSON.stringify({ bound: '', ...row }));
}
