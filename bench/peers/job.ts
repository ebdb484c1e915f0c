import { Pool, seedFor, type Trace } from '../../hypervisor/index.ts';
import type { SchedulerParams } from '../../interface/host.ts';
import { regularTopology } from '../../interface/topology.ts';
import type { Cpu, DomainId, SchedulerName } from '../../interface/words.ts';
import { CPU_HOG, IDLE, type Workload } from '../../interface/workload.ts';

export type Kind = 'hog' | 'mixed' | 'idle';

const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 };
/** What the vcpus do, in turn. */
const WORKLOADS: Record<Kind, readonly [Workload, Workload]> = {
  hog: [CPU_HOG, CPU_HOG],
  mixed: [CPU_HOG, SERVER],
  idle: [IDLE, IDLE],
};

/** How the job is set up for a scheduler that does not take it as it is. */
interface Setup {
  readonly vcpusPerCpu?: number;
  readonly cpusPerPool?: number;
  readonly params?: SchedulerParams;
  /** For the table. */
  readonly note: string;
}

export const SETUPS: Partial<Record<SchedulerName, Setup>> = {
  arinc653: {
    cpusPerPool: 1,
    params: {
      schedule: {
        frameUs: 30_000,
        slots: Array.from({ length: 10 }, (_, domain) => ({
          domain: domain as DomainId,
          vcpu: 0,
          runUs: 3_000,
        })),
      },
    },
    note: 'pools of one cpu, ten slots of 3 ms',
  },
  null: { vcpusPerCpu: 1, note: 'one vcpu a cpu: more would never run' },
};

/** The reference job of bench/README.md: 100 cpus and 1,000 vcpus, in so many pools. */
export function referenceJob(
  kind: Kind,
  pools: number,
  scheduler: SchedulerName = 'credit',
  trace: Trace | null = null,
): Pool[] {
  const { cpusPerPool = 100 / pools } = SETUPS[scheduler] ?? {};
  return Array.from({ length: 100 / cpusPerPool }, (_, p) =>
    filledPool(kind, cpusPerPool, 10 * cpusPerPool, p, { scheduler, trace, firstCpu: p * cpusPerPool }),
  );
}

interface PoolOptions {
  readonly scheduler?: SchedulerName;
  readonly trace?: Trace | null;
  readonly firstCpu?: number;
}

/** A pool on a host of its own, with so many domains of one vcpu. */
export function filledPool(
  kind: Kind,
  cpus: number,
  vcpus: number,
  seed: number,
  { scheduler = 'credit', trace = null, firstCpu = 0 }: PoolOptions = {},
): Pool {
  const { vcpusPerCpu = Infinity, params } = SETUPS[scheduler] ?? {};
  const pool = new Pool(scheduler, 0, { trace });
  pool.setCpus(
    regularTopology({ cpus }).cpus.map((place) => ({ ...place, cpu: (firstCpu + place.cpu) as Cpu })),
  );
  if (params !== undefined) pool.setParams(params);
  for (let d = 0; d < Math.min(vcpus, cpus * vcpusPerCpu); d++) {
    pool.insert({
      id: d,
      weight: 256,
      cap: 0,
      workload: WORKLOADS[kind][d % 2]!,
      paused: false,
      vcpus: [
        {
          cpuNs: 0,
          affinity: { hard: null, soft: null },
          reservation: null,
          random: seedFor(1, seed, d),
          work: null,
          wakeInNs: null,
          ...(trace !== null && { thread: trace.enrol(1 + seed * vcpus + d, 0) }),
        },
      ],
    });
  }
  return pool;
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
