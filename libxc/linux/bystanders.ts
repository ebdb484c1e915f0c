import { readdirSync } from 'node:fs';
import { release } from 'node:os';
import { type Cpu, sameCpus } from '../../interface/index.ts';
import { pinThread } from './affinity.ts';
import type { Place } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { beganAt, type Process, processAt, threadsIn } from './processes.ts';
import type { Pinned, Store } from './state-file.ts';
import { allowedFor } from './threads.ts';
import { pauses } from './turns.ts';

const EFFECTIVE = 'cpuset.cpus.effective';

/** The first thread of the kernel's own: it may run wherever the kernel lets those in the root cgroup run. */
const KTHREADD = 2;

type Ground = Place & { readonly store: Store };

/** The first kernel that remembers where a thread was pinned, whatever becomes of the cpus it may use. */
const REMEMBERS = [6, 2] as const;

export function forgetsPins(version = release()): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < REMEMBERS[0] || (major === REMEMBERS[0] && minor < REMEMBERS[1]);
}

/**
 * Does what may change the cpus of cgroups beside the pools, and has everybody there who was pinned pinned as before, as far
 * as the cpus are there. Older kernels would let them run wherever their cgroup may. What somebody was pinned to is
 * written down for as long as pools have some of it.
 */
export async function keepPins<T>(ground: Ground, change: () => Promise<T>): Promise<T> {
  if (!forgetsPins()) return change();
  await notePins(ground);
  const result = await change();
  await repinAll(ground);
  return result;
}

/** Who is pinned to what, and who no longer is. Until it is done, nothing is said of what is left of it. */
async function notePins(ground: Ground): Promise<void> {
  const { groups, carrier, store } = ground;
  const pins: Pinned[] = [];
  const ours = store.records.pins.filter(({ thread }) => isOurs(ground, processAt(thread)));
  const pause = pauses();
  for (const name of readdirSync('/proc')) {
    const process = /^\d+$/.test(name) ? processAt(Number(name)) : null;
    if (process === null || process.isKernel || isOurs({ carrier }, process)) continue;
    const offered = offeredIn(groups, process.place);
    pins.push(...threadsIn(process.pid).flatMap((thread) => pinOf(ground, thread, offered)));
    await pause();
  }
  await keep(ground, [...ours, ...pins]);
}

/** What it was pinned to if it still has what pools left of that, or nobody came to say what they did; else what it has. */
function pinOf({ store }: Ground, thread: number, offered: readonly Cpu[]): Pinned[] {
  const allowed = allowedFor(thread);
  const began = beganAt(thread);
  if (allowed === null || began === null) return [];
  const known = store.records.pins.find((one) => one.thread === thread && one.began === began);
  if (known !== undefined && (known.left.length === 0 || sameCpus(known.left, allowed)))
    return [{ ...known, left: [] }];
  const isNarrow = allowed.length < offered.length && allowed.every((cpu) => offered.includes(cpu));
  // Nor do these kernels let those in the root cgroup have a cpu that has come online again: that is no pin.
  return isNarrow && !sameCpus(allowed, allowedFor(KTHREADD))
    ? [{ thread, began, cpus: allowed, left: [] }]
    : [];
}

async function repinAll(ground: Ground): Promise<void> {
  const pins: Pinned[] = [];
  for (const pin of ground.store.records.pins) {
    const process = processAt(pin.thread);
    if (process === null || beganAt(pin.thread) !== pin.began) continue;
    pins.push(isOurs(ground, process) ? pin : await repin(ground.groups, process.place, pin));
  }
  await keep(ground, pins);
}

/** What it has now of what it was pinned to: all its cgroup has, if that is none of it, as the kernel would. */
async function repin(groups: CgroupFiles, place: string, pin: Pinned): Promise<Pinned> {
  const offered = offeredIn(groups, place);
  const common = pin.cpus.filter((cpu) => offered.includes(cpu));
  const wanted = common.length > 0 ? common : offered;
  if (!sameCpus(allowedFor(pin.thread) ?? wanted, wanted)) await pinThread(pin.thread, wanted);
  return { ...pin, left: allowedFor(pin.thread) ?? wanted };
}

async function keep({ store }: Ground, pins: readonly Pinned[]): Promise<void> {
  const { records } = store;
  if (JSON.stringify(pins) !== JSON.stringify(records.pins)) await store.follow({ ...records, pins });
}

/** In a pool, threads are where their domain wants them. */
const isOurs = ({ carrier }: Pick<Ground, 'carrier'>, process: Process | null): boolean =>
  process !== null && carrier.names.poolNameOf(process.place.split('/')[0]!) !== null;

/** Of a cgroup without cpus of its own what the next one above it has. */
function offeredIn(groups: CgroupFiles, place: string): Cpu[] {
  for (let at = place; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/'))))
    if (groups.has(at, EFFECTIVE)) return groups.list(at, EFFECTIVE);
  return groups.list('', EFFECTIVE);
}
