import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What /proc says of a process. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** A thread of the kernel's own, which nobody can move. */
  readonly isKernel: boolean;
  /** The cgroup it is in, from the root of the tree. */
  readonly place: string;
}

/** PF_KTHREAD, of `flags`, field 9 of proc(5). */
const KERNEL_THREAD = 0x00200000;

/** `null` for one that is not there (any more). */
export function processAt(pid: number): Process | null {
  const stat = textIn(`/proc/${pid}/stat`);
  // Its name may hold anything, so fields are counted from behind it: state, parent, …, flags.
  const named = /^\d+ \((.*)\) (\S) (\d+) (.*)$/s.exec(stat);
  if (named === null || named[2] === 'Z' || named[2] === 'X') return null;
  const flags = Number(named[4]!.split(' ')[4]);
  return {
    pid,
    parent: Number(named[3]),
    command: named[1]!,
    isKernel: (flags & KERNEL_THREAD) !== 0,
    place: placeIn(`/proc/${pid}`),
  };
}

/** One that has just ended needs none. */
export function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // it is gone
  }
}

/** A process and all that descends from it, parents first. */
export function treeOf(pid: number): Process[] {
  const children = new Map<number, Process[]>();
  for (const name of readdirSync('/proc')) {
    const found = /^\d+$/.test(name) ? processAt(Number(name)) : null;
    if (found !== null) children.set(found.parent, [...(children.get(found.parent) ?? []), found]);
  }
  const root = processAt(pid);
  const tree = root === null ? [] : [root];
  for (const { pid } of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** The threads of a process, itself among them. */
export function threadsIn(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** The cgroup of one thread, from the root of the tree: another than that of its process where that is threaded. */
export const placeOfThread = (pid: number, thread: number): string => placeIn(`/proc/${pid}/task/${thread}`);

/** A process, its parent, and so on up to the first. */
export function ancestorsOf(pid: number): number[] {
  const line: number[] = [];
  for (let at = processAt(pid); at !== null && at.pid > 0; at = processAt(at.parent)) line.push(at.pid);
  return line;
}

/** Whether it sees other processes than we do: it is in a container. */
export function isContained(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) !== readlinkSync('/proc/self/ns/pid');
  } catch {
    return false;
  }
}

const placeIn = (folder: string): string => /^0::\/(.*)$/m.exec(textIn(`${folder}/cgroup`))?.[1] ?? '';

function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
