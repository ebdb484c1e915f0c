import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain } from '../../interface/index.ts';
import { parseScenario } from '../../scenario/parse.ts';
import { runScenario } from '../../scenario/run.ts';

/** One line of a measurement: a case as it was set up on a real Xen, and what its domains got in one window. */
export interface Row {
  readonly case: string;
  readonly note: string;
  readonly scheduler: string;
  readonly emulation: string;
  readonly pools: readonly { name: string; cpus: string; sched: string }[];
  readonly domains: readonly {
    readonly name: string;
    readonly pool: string;
    readonly vcpus: number;
    readonly weight: number;
    readonly cap: number;
    readonly pin: string;
    readonly guest: string;
  }[];
  readonly window_s: number;
  readonly share_percent: Readonly<Record<string, number>>;
  readonly repeat: number;
}

/** A domain's share there and here, percent of one cpu. */
export interface Comparison {
  readonly row: Row;
  readonly domain: string;
  readonly xenPercent: number;
  readonly oursPercent: number;
  readonly errorPercent: number;
  /** The error over the cpus of the domain's pool. */
  readonly errorPerCpu: number;
}

/** The files of this folder, by the scheduler they were taken under. */
export const FILES = { credit: 'xen-4.17-credit.jsonl', credit2: 'xen-4.17-credit2.jsonl' } as const;

/** All rows of a file that count, compared. */
export async function compareFile(folder: string, file: string): Promise<Comparison[]> {
  const rows = readRows(join(folder, file));
  return (await Promise.all(rows.map((row) => compareRow(row, rows)))).flat();
}

/** The rows of a file that count: those taken with the ticker where a case has them. */
function readRows(file: string): Row[] {
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const ticked = new Set(rows.filter(isTicked).map((row) => row.case));
  return rows.filter((row) => isTicked(row) || !ticked.has(row.case));
}

const isTicked = (row: Row) => row.emulation.includes('tick=500');

/** Plays the row's case up to it and compares domain by domain. */
async function compareRow(row: Row, rows: readonly Row[]): Promise<Comparison[]> {
  const shares = await simulate(row, stepsTo(row, rows));
  return Object.entries(row.share_percent).map(([domain, xenPercent]) => {
    const { sharePercent: oursPercent, poolCpus } = shares.get(domain)!;
    const errorPercent = oursPercent - xenPercent;
    return { row, domain, xenPercent, oursPercent, errorPercent, errorPerCpu: errorPercent / poolCpus };
  });
}

/** The setups that the row's case went through while its guests ran, each under a note of its own; the row's is the last. */
function stepsTo(row: Row, rows: readonly Row[]): Row[] {
  const steps = new Map<string, Row>();
  for (const one of rows) if (one.case === row.case && !steps.has(one.note)) steps.set(one.note, one);
  const all = [...steps.values()];
  return all.slice(0, all.findIndex(({ note }) => note === row.note) + 1);
}

/** On Xen a change was given 2 to 4 seconds to settle. */
const SETTLE_S = 4;

async function simulate(
  row: Row,
  steps: readonly Row[],
): Promise<Map<string, { sharePercent: number; poolCpus: number }>> {
  const [first] = steps;
  const stepS = SETTLE_S + row.window_s;
  const text = JSON.stringify({
    host: { cpus: 8, nodes: 2, coresPerSocket: 2, threadsPerCore: 2 },
    pools: first!.pools,
    domains: first!.domains.map(({ guest, ...domain }) => ({ ...domain, workload: workloadOf(guest) })),
    actions: steps
      .slice(1)
      .flatMap((step, i) => changes(steps[i]!, step).map((words) => ({ atS: (i + 1) * stepS, do: words }))),
    settleS: SETTLE_S,
    seconds: steps.length * stepS - SETTLE_S,
    seed: row.repeat,
  });
  const scenario = parseScenario(text, `case ${row.case}`);
  if (!scenario.ok) throw new Error(explain(scenario.refusal).sentence);
  const result = await runScenario(scenario.value);
  if (!result.ok) throw new Error(explain(result.refusal).sentence);
  const sizes = new Map(row.pools.map(({ name, cpus }) => [name, sizeOf(cpus)]));
  const domains = Object.entries(result.value.windows.at(-1)!.domains);
  return new Map(
    domains.map(([name, { sharePercent, pool }]) => [name, { sharePercent, poolCpus: sizes.get(pool)! }]),
  );
}

/** What was typed between two setups, in our words. Where Xen forgets a weight by moving, it is set here. */
function changes(before: Row, after: Row): string[] {
  const sched = `sched-${after.pools[0]!.sched}`;
  const pools = after.pools.filter(({ cpus }, i) => cpus !== before.pools[i]!.cpus);
  // A cpu is free only when the pool that gives it is smaller already.
  pools.sort((a, b) => sizeOf(a.cpus) - sizeOf(b.cpus));
  const domains = after.domains.flatMap((now, i) => {
    const was = before.domains[i]!;
    return [
      ...(now.pool === was.pool ? [] : [`pool-migrate ${now.name} ${now.pool}`]),
      ...(now.weight === was.weight ? [] : [`${sched} -d ${now.name} -w ${now.weight}`]),
      ...(now.cap === was.cap ? [] : [`${sched} -d ${now.name} -c ${now.cap}`]),
    ];
  });
  return [...pools.map(({ name, cpus }) => `pool-modify ${name} cpu=${cpus}`), ...domains];
}

/** `4` is one cpu, `4-7` four; the measurements know no other lists. */
function sizeOf(cpus: string): number {
  const [first, last = first] = cpus.split('-').map(Number);
  return last! - first! + 1;
}

/** The guests of the laboratory: `burn`, `idle`, `duty=B,S` (milliseconds of wall time). */
function workloadOf(guest: string): unknown {
  const [, burstMs, sleepMs] = /^duty=(\d+),(\d+)$/.exec(guest) ?? [];
  if (burstMs !== undefined) return { kind: 'duty', burstMs: Number(burstMs), sleepMs: Number(sleepMs) };
  return { kind: guest === 'burn' ? 'cpu' : guest };
}

/** The value that `percent` of all do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]!;
}

/** How far off we are as a whole: points of a cpu, and for the worst twentieth points for each cpu of the pool. */
export function summarize(comparisons: readonly Comparison[]): {
  median: number;
  perCpu95: number;
  worstPerCpu: number;
} {
  const perCpu = comparisons.map(({ errorPerCpu }) => Math.abs(errorPerCpu));
  return {
    median: percentile(
      comparisons.map(({ errorPercent }) => Math.abs(errorPercent)),
      50,
    ),
    perCpu95: percentile(perCpu, 95),
    worstPerCpu: Math.max(...perCpu),
  };
}

/** The bounds the comparison is held to. */
export const BOUNDS = { median: 1.0, perCpu95: 4.0 } as const;
