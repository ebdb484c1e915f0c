/** A Linux host as lines to compare, what a xend may have changed of it and all that there is: only in the laboratory. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainView, PoolView } from '../../interface/index.ts';
import type { Observer } from '../observer.ts';

const ROOT = '/sys/fs/cgroup';
const FILES = [
  'cpuset.cpus',
  'cpuset.cpus.effective',
  'cpuset.cpus.exclusive',
  'cpuset.cpus.partition',
  'cpuset.mems',
  'cpu.weight',
  'cpu.max',
  'cgroup.freeze',
  'cgroup.subtree_control',
];

/** All that a xend shows. */
export interface Seen {
  readonly pools: readonly PoolView[];
  readonly domains: readonly DomainView[];
  readonly problems: readonly string[];
}

export const seenBy = async (observer: Observer): Promise<Seen> => ({
  pools: await observer.pools(),
  domains: await observer.domains(),
  problems: (await observer.host()).problems,
});

/** Ids are told by name: a domain that is made again has another one. Nor is it said in which order pools were made. */
export function snapshot({ pools, domains, problems }: Seen): string[] {
  const nameOf = new Map<number, string>(domains.map(({ id, name }) => [id, name]));
  const named = (text: string) =>
    text.replace(/dom-(\d+)/g, (_, id) => `dom-${nameOf.get(Number(id)) ?? '?'}`);
  return [
    ...problems.map((problem) => `problem: ${problem}`),
    ...pools.map(({ name, cpuList, scheduler, domains, memory, state }) => {
      const members = domains.map((id) => nameOf.get(id)).sort();
      return `pool ${name}: ${cpuList} ${scheduler} ${state} nodes ${memory.tied ? memory.nodes : 'all'}; ${members}`;
    }),
    ...domains.map(({ name, pool, vcpus, weight, cap, state, vcpuList }) => {
      const pins = vcpuList.map(({ hard }) => hard ?? 'all').join('/');
      return `domain ${name}: ${pool} ${vcpus} ${weight} ${cap} ${state === 'paused' ? 'paused' : 'runs'} ${pins}`;
    }),
    `root: ${text('', 'cpuset.cpus.effective')}; ${text('', 'cgroup.subtree_control')}`,
    ...children('')
      .flatMap((home) => [home, ...children(home).map((child) => join(home, child))])
      .map((directory) => `${named(directory)}: ${filesOf(directory)}`),
    ...children('/proc/')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => processLine(pid))
      .map(named),
  ].sort();
}

/** What a cgroup is set to and what it has got; its numbers and who is in it not. */
const SETTINGS =
  /^(cgroup\.(controllers|freeze|subtree_control|type)|cpuset\..*|cpu\.(idle|max.*|weight.*))$/;
/** What the driver, its guests and the daemon keep while they run. */
const KEPT_IN = ['/run/cpu-pools', '/run/xend'];

/**
 * All that pools could leave behind, whoever's it is: every cgroup, where each process is, on which cpus and under
 * which policy its threads run, which cpus there are, what is kept in files.
 */
export function wholeHost(): string[] {
  return [
    `online: ${readable('/sys/devices/system/cpu/online')}`,
    `unbound work of the kernel: ${readable('/sys/devices/virtual/workqueue/cpumask')}`,
    ...groupsIn('').map((directory) => `/${directory}: ${settingsOf(directory)}`),
    ...namesIn('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(wholeProcess),
    ...KEPT_IN.flatMap((folder) => namesIn(folder).map((name) => `file ${join(folder, name)}`)),
  ].sort();
}

/** Once it is as expected, or after a while as it is: what was killed ends in its own time. */
export async function wholeHostWhen(expected: readonly string[]): Promise<string[]> {
  for (const deadline = performance.now() + SETTLE_MS; ; ) {
    const found = wholeHost();
    if (found.join('\n') === expected.join('\n') || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const SETTLE_MS = 10_000;

const groupsIn = (directory: string): string[] => [
  directory,
  ...children(directory).flatMap((child) => groupsIn(join(directory, child))),
];

const settingsOf = (directory: string) =>
  namesIn(join(ROOT, directory))
    .filter((file) => SETTINGS.test(file))
    .sort()
    .map((file) => `${file} ${text(directory, file)}`)
    .join(' | ');

/** Of the kernel's own threads only the one that all others come from: they run where they have to. */
function wholeProcess(pid: string): string[] {
  const command = readable(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  const status = readable(`/proc/${pid}/status`);
  if ((command === '' && pid !== '2') || /^State:\s+[ZX]/m.test(status)) return [];
  const [, place] = /^0::(.*)$/m.exec(readable(`/proc/${pid}/cgroup`)) ?? [];
  const threads = namesIn(`/proc/${pid}/task`).flatMap((thread) => {
    const folder = `/proc/${pid}/task/${thread}`;
    const [, allowed] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readable(`${folder}/status`)) ?? [];
    const stat = readable(`${folder}/stat`);
    // Field 41 of proc(5), counted from `state`, which is 3.
    const policy = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[41 - 3];
    return allowed === undefined ? [] : [`${allowed} policy ${policy}`];
  });
  return [`process ${pid} ${command}: ${place} ${[...new Set(threads)].sort()}`];
}

function filesOf(directory: string): string {
  return FILES.map((file) => {
    const value = text(directory, file);
    // A list that processes were under cannot be cleared: all come to the same.
    return /^(0-7|0-1)$/.test(value) && !file.endsWith('effective') ? '' : value;
  }).join(' | ');
}

/** Commands of domains, what waits to become one, and what is adopted: where they are and where they may run. */
function processLine(pid: string): string[] {
  const command = readable(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  if (!/^(sleep|sh -c .*sleep|\/bin\/sleep)|xm-stub/.test(command)) return [];
  const status = readable(`/proc/${pid}/status`);
  if (/^State:\s+[ZX]/m.test(status)) return [];
  const [, allowed] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  const [, place] = /^0::(.*)$/m.exec(readable(`/proc/${pid}/cgroup`)) ?? [];
  return [`process ${command}: ${place} ${allowed}`];
}

const text = (directory: string, file: string) => readable(join(ROOT, directory, file));

/** Directories below one of the tree, or of an absolute path. */
function children(directory: string): string[] {
  const folder = directory.startsWith('/') ? directory : join(ROOT, directory);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
