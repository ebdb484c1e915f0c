import { type Cpu, done, formatCpuList, type Outcome, refuse } from '../../interface/index.ts';
import { findProgram } from './launch.ts';
import { runProgram } from './programs.ts';

/** Lets one thread run on these cpus alone, as far as its cgroup has them. A thread that has ended is no matter. */
export async function pinThread(thread: number, cpus: readonly Cpu[]): Promise<Outcome<void>> {
  const taskset = findProgram('taskset');
  if (!taskset.ok) return refuse({ code: 'program-missing', program: 'taskset', package: 'util-linux' });
  const list = formatCpuList(cpus);
  const why = await runProgram([taskset.value, '-pc', list, `${thread}`]);
  if (why === null || why.endsWith('No such process')) return done(undefined);
  return refuse({ code: 'kernel-refused', step: `pin thread ${thread} to cpus ${list}`, why });
}
