// What tracing costs: the reference job untraced, traced with the records dropped, and with the trace file written.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Trace } from '../hypervisor/index.ts';
import { OutputFile } from '../scenario/output-file.ts';
import { TraceThread } from '../scenario/trace/thread.ts';
import { cpuSeconds, print, referenceJob, runTo } from './peers/job.ts';

/** Short and many, by turns: what else the machine does must spoil no side. */
const ROUNDS = 600;
const WARM_UP_ROUNDS = 60;
/** Virtual time of a round: some 23,000 events. Records are taken after each stretch, as Stage does. */
const ROUND_S = 0.2;
const STRETCHES = 2;
const MUST = 0.8;

const folder = mkdtempSync(join(tmpdir(), 'bench-trace-'));
const MODES = ['untraced', 'dropped', 'written'] as const;
type Mode = (typeof MODES)[number];

/** The best of all rounds: events a second, and a cpu second of all threads together. */
interface Rates {
  wall: number;
  cpu: number;
}

for (const pools of [10, 1]) {
  const job = `mixed, ${pools} pool${pools === 1 ? '' : 's'}`;
  const { untraced, dropped, written } = await bestRates(pools);
  const speed = `${(untraced.wall / 1e6).toFixed(2)} M events/s`;
  print({ what: `${job}, untraced`, measured: speed, value: untraced.wall });
  report(`${job}, trace dropped / untraced`, dropped.wall / untraced.wall);
  report(`${job}, trace written / untraced`, written.wall / untraced.wall);
  const inCpu = written.cpu / untraced.cpu;
  print({ what: `${job}, the same in cpu time, the writer's too`, measured: inCpu.toFixed(3), value: inCpu });
}
rmSync(folder, { recursive: true });

function report(what: string, ratio: number): void {
  print({ what, measured: ratio.toFixed(3), bound: '>= 0.8 (goal 0.9)', value: ratio, limit: MUST });
}

async function bestRates(pools: number): Promise<Record<Mode, Rates>> {
  const best = Object.fromEntries(MODES.map((mode) => [mode, { wall: 0, cpu: 0 }])) as Record<Mode, Rates>;
  const jobs = MODES.map((mode) => [mode, startJob(mode, pools)] as const);
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++)
    for (const [mode, job] of jobs) {
      const started = { ms: performance.now(), cpuS: cpuSeconds() };
      const events = await job.run(round);
      if (round < WARM_UP_ROUNDS) continue;
      best[mode].wall = Math.max(best[mode].wall, (1000 * events) / (performance.now() - started.ms));
      best[mode].cpu = Math.max(best[mode].cpu, events / (cpuSeconds() - started.cpuS));
    }
  for (const [, job] of jobs) await job.close();
  return best;
}

function startJob(mode: Mode, count: number) {
  const trace = mode === 'untraced' ? null : new Trace();
  const pools = referenceJob('mixed', count, 'credit', trace);
  const writer = mode === 'written' ? startWriter() : null;
  return {
    /** One round more; how many events it took. */
    run: async (round: number) => {
      let events = 0;
      for (let stretch = 1; stretch <= STRETCHES; stretch++) {
        events += runTo(pools, ROUND_S * (round + stretch / STRETCHES));
        if (writer !== null) await writer.took(trace!);
        trace?.clear();
      }
      return events;
    },
    close: () => writer?.end(pools[0]!.nowNs),
  };
}

/** As `xm simulate --trace` does it. */
function startWriter() {
  const opened = OutputFile.open(join(folder, 'trace.pftrace'));
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const file = opened.value;
  const thread = new TraceThread(100, file, resolve('dist/trace-worker.cjs'));
  return {
    took: (trace: Trace) => thread.took(trace),
    end: async (nowNs: number) => {
      await thread.ended(nowNs);
      if (file.fault !== null) throw new Error(JSON.stringify(file.fault));
      await thread.close();
      file.discard();
    },
  };
}
