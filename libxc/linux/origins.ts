import { sameCpus } from '../../interface/index.ts';
import { pinThread } from './affinity.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { type Process, threadsIn } from './processes.ts';
import type { Origin } from './state-file.ts';
import { allowedFor } from './threads.ts';

const EFFECTIVE = 'cpuset.cpus.effective';

/** Where a process is, and those of its threads that may not run everywhere. */
export function originOf(groups: CgroupFiles, { pid, place }: Process): Origin {
  const offered = groups.list(groups.has(place, EFFECTIVE) ? place : '', EFFECTIVE);
  const pins = threadsIn(pid).flatMap((thread) => {
    const cpus = allowedFor(thread);
    return cpus === null || sameCpus(cpus, offered) ? [] : [{ thread, cpus }];
  });
  return { pid, place, pins };
}

/** Pins threads as they were pinned. A pin to cpus that pools have by now cannot be. */
export async function repin(origins: readonly Origin[]): Promise<void> {
  for (const { thread, cpus } of origins.flatMap(({ pins }) => pins)) await pinThread(thread, cpus);
}

/** Kernels before 6.2 let who comes into the root cgroup run on all cpus, also on those of pools. */
export async function keepOffPools(groups: CgroupFiles, pids: readonly number[]): Promise<void> {
  const effective = groups.list('', EFFECTIVE);
  for (const thread of pids.flatMap(threadsIn)) {
    const isBeyond = allowedFor(thread)?.some((cpu) => !effective.includes(cpu));
    if (isBeyond) await pinThread(thread, effective);
  }
}
