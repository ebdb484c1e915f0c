import { type Cpu, done, type Outcome, sameCpus } from '../../interface/index.ts';
import { pinThread } from './affinity.ts';
import type { Carrier } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { type Process, placeOfThread, processAt, signal, threadsIn } from './processes.ts';
import type { Origin } from './state-file.ts';
import { allowedFor } from './threads.ts';

const EFFECTIVE = 'cpuset.cpus.effective';

/** Where a process is, those of its threads that are elsewhere, and those that may not run everywhere there. */
export function originOf(groups: CgroupFiles, { pid, place }: Process): Origin {
  const all = threadsIn(pid).map((thread) => ({ thread, place: placeOfThread(pid, thread) }));
  const pins = all.flatMap(({ thread, place }) => {
    const offered = groups.list(groups.has(place, EFFECTIVE) ? place : '', EFFECTIVE);
    const cpus = allowedFor(thread);
    return cpus === null || sameCpus(cpus, offered) ? [] : [{ thread, cpus }];
  });
  const threads = all.filter((one) => one.place !== place && groups.has(one.place));
  return { pid, place, ...(threads.length > 0 && { threads }), pins };
}

/** Has the cgroups stay that these came from, each once. */
export async function keepPlaces(
  carrier: Carrier,
  origins: readonly Origin[],
): Promise<Outcome<readonly Origin[]>> {
  const kept: Origin[] = [];
  for (const origin of origins) {
    const isKept = kept.some(({ place }) => place === origin.place);
    const keeper = isKept ? done(null) : await carrier.keepPlace(origin.place);
    if (!keeper.ok) {
      leavePlaces(kept);
      return keeper;
    }
    kept.push(keeper.value === null ? origin : { ...origin, keeper: keeper.value });
  }
  return done(kept);
}

/** Nobody comes back any more. */
export function leavePlaces(origins: readonly Origin[]): void {
  for (const { keeper, place } of origins) {
    // Its number may be another's by now.
    if (keeper === undefined || processAt(keeper)?.place !== place) continue;
    signal(keeper, 'SIGKILL');
  }
}

/** Puts threads back into the parts of a threaded cgroup, once their processes are in it. One that has ended is no matter. */
export async function seat(groups: CgroupFiles, origins: readonly Origin[]): Promise<void> {
  for (const { thread, place } of origins.flatMap(({ threads = [] }) => threads))
    if (groups.has(place)) await groups.write(place, 'cgroup.threads', `${thread}`);
}

/** Pins threads as they were pinned. A pin to cpus that pools have by now cannot be. */
export async function repin(origins: readonly Origin[]): Promise<void> {
  for (const { thread, cpus } of origins.flatMap(({ pins }) => pins)) await pinThread(thread, cpus);
}

/**
 * Kernels before 6.2 let who comes into the root cgroup run on all cpus, also on those of pools. A cpu that is offline is
 * nobody's, and theirs again when it comes back.
 */
export async function keepOffPools(
  groups: CgroupFiles,
  online: readonly Cpu[],
  pids: readonly number[],
): Promise<void> {
  const effective = groups.list('', EFFECTIVE);
  for (const thread of pids.flatMap(threadsIn)) {
    const allowed = allowedFor(thread) ?? [];
    const rightful = allowed.filter((cpu) => effective.includes(cpu) || !online.includes(cpu));
    if (rightful.length < allowed.length) await pinThread(thread, rightful);
  }
}
