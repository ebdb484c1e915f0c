/**
 * The law of pools, read off the files of a Linux host by nobody who has anything to do with its driver. Only in the
 * laboratory.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

export interface Pool {
  readonly name: string;
  readonly directory: string;
  /** What it was given. */
  readonly wished: readonly number[];
}

/** A pool as the files show it, and what in them is not as it should be. */
export interface Reading {
  readonly pool: Pool;
  readonly health: 'healthy' | 'degraded' | 'broken';
  readonly faults: readonly string[];
}

/** What domains need of a pool. */
const CONTROLLERS = ['cpu', 'cpuset'];

/** Law 1 and 3 to 5, for these pools; and of the whole host, that every online cpu is somebody's, and one's alone. */
export function readHost(pools: readonly Pool[]): { readings: Reading[]; unaccounted: string[] } {
  const online = listOf('/sys/devices/system/cpu/online');
  const owners = ['', ...partitions()].map((directory) => ({
    directory,
    cpus: listOf(join(ROOT, directory, 'cpuset.cpus.effective')),
  }));
  const due = (pool: Pool) => pool.wished.filter((cpu) => online.includes(cpu));
  const faults = pools.map((pool) => asPartition(pool, due(pool), owners));
  // Threads are many: they are looked at where everything else is right.
  if (faults.every((some) => some.length === 0))
    for (const [thread, place, allowed] of threads())
      pools.forEach((pool, i) => {
        faults[i]!.push(...asHome(pool, due(pool), thread, place, allowed));
      });
  const readings = pools.map((pool, i) => {
    const isBroken = faults[i]!.length > 0 && due(pool).length > 0;
    const isWhole = due(pool).length === pool.wished.length;
    return {
      pool,
      health: isBroken ? ('broken' as const) : isWhole ? ('healthy' as const) : ('degraded' as const),
      faults: faults[i]!,
    };
  });
  const unaccounted = online.flatMap((cpu) => {
    const its = owners.filter(({ cpus }) => cpus.includes(cpu));
    const names = its.map(({ directory }) => directory || 'the root').join(' and in ');
    return its.length === 1 ? [] : [`cpu ${cpu} is in ${names || 'nobody’s hands'}`];
  });
  return { readings, unaccounted };
}

interface Owner {
  readonly directory: string;
  readonly cpus: readonly number[];
}

/** It is a partition, has what is due, and nobody else has any of it. */
function asPartition({ directory }: Pool, due: readonly number[], owners: readonly Owner[]): string[] {
  const state = text(join(ROOT, directory, 'cpuset.cpus.partition'));
  const effective = listOf(join(ROOT, directory, 'cpuset.cpus.effective'));
  const faults: string[] = [];
  if (state !== 'root') faults.push(`${directory} says ${state}`);
  if (`${effective}` !== `${due}`) faults.push(`${directory} has cpus ${effective}, not ${due}`);
  const passedOn = text(join(ROOT, directory, 'cgroup.subtree_control')).split(' ');
  const withheld = CONTROLLERS.filter((name) => !passedOn.includes(name));
  if (withheld.length > 0 && namesIn(join(ROOT, directory)).some((name) => name.startsWith('dom-')))
    faults.push(`${directory} does not pass ${withheld} on`);
  for (const other of owners) {
    const common = other.cpus.filter((cpu) => due.includes(cpu));
    if (common.length > 0 && !`${other.directory}/`.startsWith(`${directory}/`))
      faults.push(`cpus ${common} are also those of ${other.directory || 'the root'}`);
  }
  return faults;
}

/** Its threads run in it and nobody else's do. */
function asHome(
  { directory }: Pool,
  due: readonly number[],
  thread: string,
  place: string,
  allowed: readonly number[],
): string[] {
  const isMember = place.startsWith(`/${directory}/`);
  const inside = allowed.filter((cpu) => due.includes(cpu)).length;
  const isRight = isMember ? inside === allowed.length : inside === 0;
  return isRight ? [] : [`thread ${thread}, which is in ${place}, may run on ${allowed}`];
}

/** Every cgroup that says it has cpus of its own, wherever it is. */
function partitions(directory = ''): string[] {
  const below = readdirSync(join(ROOT, directory), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => partitions(join(directory, name)));
  const state = directory === '' ? '' : text(join(ROOT, directory, 'cpuset.cpus.partition'));
  return /^(root|isolated)$/.test(state) ? [directory, ...below] : below;
}

/** Threads of the kernel are there for good, and run where they have to. */
const kernelThreads = new Set<string>();

/** Every thread, the cgroup it is in, the cpus it may use. */
function threads(): [string, string, number[]][] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !kernelThreads.has(name));
  return pids.flatMap((pid) => {
    if (text(`/proc/${pid}/cmdline`) === '') {
      if (!/^State:\s+[ZX]/m.test(text(`/proc/${pid}/status`))) kernelThreads.add(pid);
      return [];
    }
    const place = /^0::(.*)$/m.exec(text(`/proc/${pid}/cgroup`))?.[1] ?? '';
    return namesIn(`/proc/${pid}/task`).flatMap((thread) => {
      const status = text(`/proc/${pid}/task/${thread}/status`);
      const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
      return list === undefined ? [] : [[thread, `${place}/`, numbers(list)] as [string, string, number[]]];
    });
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

const listOf = (file: string) => numbers(text(file));

function numbers(list: string): number[] {
  return list
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number) as [number, number?];
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}
