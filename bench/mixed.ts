// Events a cpu second of the reference job; bench/README.md says what the job is.
import { spawnSync } from 'node:child_process';
import type { SchedulerName } from '../interface/words.ts';
import { baseline } from './peers/baseline.ts';
import { cpuSeconds, type Kind, print, referenceJob, runTo } from './peers/job.ts';

const ROUNDS = 3;
const SECONDS = 60;
/** SimPy is slower by far; its rate needs no longer run. */
const SIMPY_SECONDS = 5;
const BASELINE_EVENTS = 5_000_000;
const MUST_OVER_SIMPY = 5;

const JOBS = [
  ['mixed', 10],
  ['mixed', 1],
  ['hog', 10],
  ['hog', 1],
] as const;

const SCHEDULERS: readonly { name: SchedulerName; must: number; bound: string }[] = [
  { name: 'credit', must: 3_000_000, bound: '>= 3 M (goal 6 M)' },
  { name: 'credit2', must: 2_000_000, bound: '>= 2 M (goal 4 M)' },
  { name: 'rtds', must: 2_000_000, bound: '>= 2 M (goal 4 M)' },
  { name: 'arinc653', must: 5_000_000, bound: '>= 5 M (goal 10 M)' },
  { name: 'null', must: 5_000_000, bound: '>= 5 M (goal 10 M)' },
];

const best = new Map<string, number>();
for (let round = 0; round < ROUNDS; round++) {
  for (const scheduler of SCHEDULERS)
    for (const [kind, pools] of JOBS)
      keepBest(title(scheduler.name, kind, pools), ourRate(kind, pools, scheduler.name));
  keepBest('baseline', baselineRate());
  keepBest('simpy', simpyRate());
}

const base = best.get('baseline')!;
for (const { name, must, bound } of SCHEDULERS) {
  for (const [kind, pools] of JOBS) {
    const what = title(name, kind, pools);
    const rate = best.get(what)!;
    // Hogs with a cpu each under null never have an event.
    if (rate === 0) continue;
    const isBound = kind === 'mixed' && { bound, limit: must };
    print({ what, measured: millions(rate), value: rate, ...isBound });
    print({ what: `${what} / baseline loop`, measured: (rate / base).toFixed(2), value: rate / base });
  }
}
print({ what: 'baseline loop', measured: millions(base), value: base });
printSimpy(best.get('simpy')!, best.get(title('credit', 'mixed', 1))!);

function ourRate(kind: Kind, pools: number, scheduler: SchedulerName): number {
  const job = referenceJob(kind, pools, scheduler);
  runTo(job, 1);
  const started = cpuSeconds();
  const events = runTo(job, 1 + SECONDS);
  return events / (cpuSeconds() - started);
}

function baselineRate(): number {
  const started = cpuSeconds();
  baseline(BASELINE_EVENTS);
  return BASELINE_EVENTS / (cpuSeconds() - started);
}

/** 0: not installed. Debian's own Python is the one that Debian's package belongs to. */
function simpyRate(): number {
  const { status, stdout } = spawnSync(
    '/usr/bin/python3',
    ['bench/peers/simpy_job.py', 'mixed', `${SIMPY_SECONDS}`],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  if (status !== 0) return 0;
  const { events, cpuSeconds } = JSON.parse(stdout) as { events: number; cpuSeconds: number };
  return events / cpuSeconds;
}

function printSimpy(simpy: number, ours: number): void {
  const what = 'mixed, 1 pool / SimPy';
  if (simpy === 0) {
    print({ what, measured: 'not installed (apt-get install python3-simpy3)' });
    return;
  }
  print({ what: 'SimPy, mixed', measured: millions(simpy), value: simpy });
  const ratio = ours / simpy;
  print({ what, measured: ratio.toFixed(1), bound: '>= 5', value: ratio, limit: MUST_OVER_SIMPY });
}

/** Credit's rows keep the names they were first recorded under. */
function title(scheduler: SchedulerName, kind: string, pools: number): string {
  const job = `${kind}, ${pools} pool${pools === 1 ? '' : 's'}`;
  return scheduler === 'credit' ? job : `${scheduler}, ${job}`;
}

function keepBest(what: string, rate: number): void {
  best.set(what, Math.max(best.get(what) ?? 0, rate));
}

function millions(rate: number): string {
  return `${(rate / 1e6).toFixed(2)} M events/cpu-s`;
}
