import type { Outcome } from '../../interface/outcome.ts';
import type { Caller } from '../caller.ts';
import type { Line } from '../grammar/line.ts';

/** Carries a command out; the value is xm's exit status. */
export type Run = (line: Line, caller: Caller) => Promise<Outcome<number>>;

const poolList = () => import('./pool-list.ts');
const cpupoolCpu = () => import('./cpupool-cpu.ts');
const sched = () => import('./sched.ts');
const change = () => import('./change.ts');

/** Each loaded when it is wanted: xm starts nearly as fast as node itself. What is not here is a plain change. */
const RUNS: Readonly<Record<string, () => Promise<{ run: Run }>>> = {
  'pool-list': poolList,
  'cpupool-list': poolList,
  'cpupool-cpu-add': cpupoolCpu,
  'cpupool-cpu-remove': cpupoolCpu,
  create: () => import('./create.ts'),
  shutdown: () => import('./shutdown.ts'),
  list: () => import('./list.ts'),
  'vcpu-list': () => import('./vcpu-list.ts'),
  'sched-credit': sched,
  'sched-credit2': sched,
  'sched-rtds': sched,
  'sched-arinc653': sched,
  info: () => import('./info.ts'),
  events: () => import('./events.ts'),
  advise: () => import('./advise.ts'),
  simulate: () => import('./simulate.ts'),
  completion: () => import('./completion.ts'),
  help: () => import('./help.ts'),
  version: () => import('./version.ts'),
};

export async function runnerOf(command: string): Promise<Run> {
  const { run } = await (RUNS[command] ?? change)();
  return run;
}
