import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type DomainId,
  type DomainSpec,
  done,
  type GuestSpec,
  type Outcome,
  refuse,
  unwritable,
} from '../../../interface/index.ts';
import type { DomainLook, Ground } from '../look.ts';
import { isFrozen, setFrozen } from '../members.ts';
import { settleDomain } from '../schedulers/settle.ts';
import { findEmulator } from './emulator.ts';
import { missingFile } from './files.ts';
import { wordsSince } from './log.ts';
import { ask, type MonitorCommand, threadsIn } from './monitor.ts';
import { qemuWords } from './words.ts';

/** An emulator that is itself emulated takes many seconds to begin. */
const START_PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 50;

/** Where a guest's monitor listens: for root alone. */
const monitorOf = (id: DomainId): string => `/run/cpu-pools/dom-${id}.qmp`;

/** What will run the guest, word by word, once everything it needs has been found. Nothing has been touched. */
export async function guestWords(spec: DomainSpec, guest: GuestSpec): Promise<Outcome<string[]>> {
  const emulator = await findEmulator();
  if (!emulator.ok) return emulator;
  const monitor = monitorOf(spec.id);
  try {
    mkdirSync(dirname(monitor), { recursive: true, mode: 0o700 });
    rmSync(monitor, { force: true });
  } catch (error) {
    return unwritable(monitor, error);
  }
  return missingFile(guest) ?? done(qemuWords(spec, guest, emulator.value, monitor));
}

/**
 * Waits for a guest that has been started and stands still, puts its vcpus where they belong, and lets it run, or
 * freezes it. `since`: how large its log was before.
 */
export async function beginGuest(
  ground: Ground,
  domain: DomainLook,
  members: readonly DomainLook[],
  log: { readonly file: string; readonly since: number },
  isPaused: boolean,
): Promise<Outcome<void>> {
  const threads = await threadsOf(ground, domain, log);
  const settled = threads.ok ? await settleVcpus(ground, domain, members, threads.value) : threads;
  if (!settled.ok) return settled;
  return isPaused ? setFrozen(ground.groups, domain.directory, true) : tell(domain, 'cont');
}

/** Writes down which threads the vcpus are, and puts them where they belong. */
async function settleVcpus(
  ground: Ground,
  domain: DomainLook,
  members: readonly DomainLook[],
  vcpuThreads: readonly number[],
): Promise<Outcome<void>> {
  const { store } = ground;
  const records = store.records.domains.map((one) => (one.id === domain.id ? { ...one, vcpuThreads } : one));
  const saved = await store.save({ ...store.records, domains: records });
  if (!saved.ok) return saved;
  const begun = { ...domain, vcpuThreads };
  const all = members.map((one) => (one.id === domain.id ? begun : one));
  return settleDomain(ground, begun, all);
}

/** The thread of each vcpu, as soon as there are some. */
async function threadsOf(
  { groups }: Ground,
  { id, name, vcpus, directory }: DomainLook,
  { file, since }: { readonly file: string; readonly since: number },
): Promise<Outcome<readonly number[]>> {
  const monitor = monitorOf(id);
  for (const deadline = performance.now() + START_PATIENCE_MS; ; ) {
    // Before it is asked: what ends meanwhile is seen next time.
    const isGone = groups.field(directory, 'cgroup.events', 'populated') !== 1;
    const answer = await ask(monitor, 'query-cpus-fast');
    const threads = answer.ok ? threadsIn(answer.value, vcpus) : null;
    if (threads !== null) return keepPrivate(monitor, done(threads));
    if (isGone) return refuse({ code: 'guest-failed', domain: name, why: wordsSince(file, since) });
    if (performance.now() > deadline) {
      const why = answer.ok ? 'its monitor does not name its vcpus' : answer.why;
      return refuse({ code: 'guest-failed', domain: name, why });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** The folder is root's alone already; should it not be, this is. */
function keepPrivate<T>(monitor: string, found: Outcome<T>): Outcome<T> {
  try {
    chmodSync(monitor, 0o600);
    return found;
  } catch (error) {
    return unwritable(monitor, error);
  }
}

/**
 * A paused guest is stopped by its monitor and frozen: stopped, so that its clocks stand still and nobody in it takes the
 * pause for a hang; frozen, so that nothing of it runs and the cgroup says so, whoever asks. What is frozen hears
 * nothing, so the order is the other way round on the way back.
 */
export async function setGuestPaused(
  { groups }: Ground,
  domain: DomainLook,
  paused: boolean,
): Promise<Outcome<void>> {
  const { directory } = domain;
  if (paused) {
    if (isFrozen(groups, directory)) return done(undefined);
    const stopped = await tell(domain, 'stop');
    const frozen = stopped.ok ? await setFrozen(groups, directory, true) : stopped;
    if (stopped.ok && !frozen.ok) await tell(domain, 'cont');
    return frozen;
  }
  const wasFrozen = isFrozen(groups, directory);
  const thawed = wasFrozen ? await setFrozen(groups, directory, false) : done(undefined);
  const running = thawed.ok ? await tell(domain, 'cont') : thawed;
  if (wasFrozen && !running.ok) await setFrozen(groups, directory, true);
  return running;
}

/**
 * Lets a guest go on that a crash of ours left standing, between its start or its thaw and the word that it may run. One
 * that cannot be asked, or was stopped by something else, is left as it is.
 */
export async function wakeGuest(
  ground: Ground,
  domain: DomainLook,
  members: readonly DomainLook[],
): Promise<void> {
  if (domain.guest === undefined || isFrozen(ground.groups, domain.directory)) return;
  const status = await ask(monitorOf(domain.id), 'query-status');
  if (!status.ok || !STANDING.has((status.value as { status?: string }).status ?? '')) return;
  const told = domain.vcpuThreads === undefined ? await ask(monitorOf(domain.id), 'query-cpus-fast') : null;
  const vcpuThreads = told?.ok ? threadsIn(told.value, domain.vcpus) : domain.vcpuThreads;
  if (vcpuThreads != null) await settleVcpus(ground, domain, members, vcpuThreads);
  await tell(domain, 'cont');
}

const STANDING = new Set(['prelaunch', 'paused']);

/** Presses its power button. */
export const powerDown = (domain: DomainLook): Promise<Outcome<void>> => tell(domain, 'system_powerdown');

/** Takes away what a guest that has ended leaves outside of its cgroup. */
export const forgetGuest = (id: DomainId): void => rmSync(monitorOf(id), { force: true });

async function tell({ id, name }: DomainLook, command: MonitorCommand): Promise<Outcome<void>> {
  const answer = await ask(monitorOf(id), command);
  return answer.ok ? done(undefined) : refuse({ code: 'guest-silent', domain: name, why: answer.why });
}
