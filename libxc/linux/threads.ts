import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Cpu, parseCpuList } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { textIn } from './text-in.ts';

/** What the kernel says of a thread. */
export interface Thread {
  /** The letter of proc(5); `R` runs or waits for a cpu. */
  readonly state: string;
  /** Where it runs or ran last. */
  readonly cpu: Cpu;
  /** The scheduling class, as the kernel numbers them. */
  readonly policy: number;
}

export const DEADLINE_POLICY = 6;

/** Processes of a cgroup and of those below it. */
export function processesIn(groups: CgroupFiles, directory: string): number[] {
  const own = groups.text(directory, 'cgroup.procs') ?? '';
  const below = groups.children(directory).flatMap((child) => processesIn(groups, join(directory, child)));
  return [...own.split('\n').filter(Boolean).map(Number), ...below];
}

/** Threads of a cgroup and of those below it, ascending. */
export function tidsIn(groups: CgroupFiles, directory: string): number[] {
  const own = (groups.text(directory, 'cgroup.threads') ?? '').split('\n').filter(Boolean).map(Number);
  const below = groups.children(directory).flatMap((child) => tidsIn(groups, join(directory, child)));
  return [...own, ...below].sort((a, b) => a - b);
}

/** Threads that want a cpu first, else by age; those that have just ended are left out. */
export function threadsOf(pids: readonly number[]): Thread[] {
  const threads = foldersOf(pids)
    .map((folder) => parseStat(textIn(`${folder}/stat`)))
    .filter((thread) => thread !== null);
  const [eager, others] = [threads.filter(isEager), threads.filter((thread) => !isEager(thread))];
  return [...eager, ...others];
}

/** One thread, and the cpu time it has used, in ns; `null` if it has ended. */
export function threadAt(thread: number): (Thread & { readonly usedNs: number }) | null {
  const folder = `/proc/${thread}/task/${thread}`;
  const found = parseStat(textIn(`${folder}/stat`));
  if (found === null) return null;
  return { ...found, usedNs: Number(textIn(`${folder}/schedstat`).split(' ', 1)[0]) };
}

/** The cpus that each thread may use, as far as they differ. */
export function allowedCpus(pids: readonly number[]): Cpu[][] {
  const lists = foldersOf(pids).map((folder) => listIn(textIn(`${folder}/status`)));
  const differing = new Map(lists.filter((list) => list !== null).map((list) => [list.join(), list]));
  return [...differing.values()];
}

/** The cpus that one thread may use; `null` if it has ended. */
export function allowedFor(thread: number): Cpu[] | null {
  return listIn(textIn(`/proc/${thread}/status`));
}

const isEager = ({ state }: Thread) => state === 'R';

function listIn(status: string): Cpu[] | null {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  if (list === undefined) return null;
  const cpus = parseCpuList(list);
  return cpus.ok ? cpus.value : [];
}

function foldersOf(pids: readonly number[]): string[] {
  return pids.flatMap((pid) => namesIn(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}`));
}

/** The name of a process is in parentheses and may hold anything, so fields are counted from the last one. */
export function parseStat(stat: string): Thread | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, cpu, policy] = [fields[0], Number(fields[PROCESSOR]), Number(fields[POLICY])];
  return state === undefined || !Number.isInteger(cpu) ? null : { state, cpu: cpu as Cpu, policy };
}

/** `processor` and `policy`, fields 39 and 41 of proc(5), counted from `state`, which is 3. */
const PROCESSOR = 39 - 3;
const POLICY = 41 - 3;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
