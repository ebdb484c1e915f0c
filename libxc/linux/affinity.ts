import { type Cpu, formatCpuList, type Outcome } from '../../interface/index.ts';
import { changeThread, judged } from './programs.ts';

/** Lets one thread run on these cpus alone, as far as its cgroup has them. A thread that has ended is no matter. */
export async function pinThread(thread: number, cpus: readonly Cpu[]): Promise<Outcome<void>> {
  const list = formatCpuList(cpus);
  const complaint = await changeThread('taskset', ['-pc', list], thread);
  return complaint.ok ? judged(`pin thread ${thread} to cpus ${list}`, complaint.value) : complaint;
}
