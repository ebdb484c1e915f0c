import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DomainSpec,
  done,
  type Ns,
  type Outcome,
  POOL0,
  refuse,
  type Scheduling,
} from '../../interface/index.ts';
import { endService, serviceOf } from './adopted.ts';
import { burner } from './burner.ts';
import { beginGuest, forgetGuest, guestWords, powerDown, setGuestPaused } from './guest/guest.ts';
import { logSize } from './guest/log.ts';
import { launch } from './launch.ts';
import { type DomainLook, type Ground, type Look, leave, type PoolLook } from './look.ts';
import { claimOf, destroy, endProcesses, isFrozen, setFrozen, tune, weigh } from './members.ts';
import { leavePlaces } from './origins.ts';
import { makeDirectory } from './pool-directory.ts';
import { signal } from './processes.ts';
import { schedulerOf } from './schedulers/offered.ts';
import { membersIn, membersWith, settleDomain, settlePool } from './schedulers/settle.ts';
import type { DomainRecord } from './state-file.ts';
import { type Stray, straysOf } from './strays.ts';

/** What domains print. */
const LOGS = '/var/log/xend';

/** A domain that begins: its cgroup first, as it shall be, then the record, then the command in it. */
export async function start(
  ground: Ground,
  seen: Look,
  pool: PoolLook,
  spec: DomainSpec,
): Promise<Outcome<void>> {
  const words = await wordsOf(spec);
  if (!words.ok) return words;
  return establish(ground, seen, pool, spec, {
    begin: (domain, members) => begin(ground, domain, members, words.value, spec.paused),
    undo: (domain) => end(ground, seen, domain),
  });
}

/** How processes come into the cgroup of a new domain, and how that is taken back. */
export interface Beginning {
  readonly begin: (domain: DomainLook, members: readonly DomainLook[]) => Promise<Outcome<void>>;
  readonly undo: (domain: DomainLook) => Promise<unknown>;
  readonly origins?: DomainRecord['origins'];
}

export async function establish(
  ground: Ground,
  seen: Look,
  pool: PoolLook,
  spec: DomainSpec,
  { begin, undo, origins }: Beginning,
): Promise<Outcome<void>> {
  const { carrier, store } = ground;
  const { paused, pool: _, ...rest } = spec;
  const record: DomainRecord = {
    ...rest,
    home: pool.directory,
    earlierNs: 0 as Ns,
    ...(origins && { origins }),
  };
  const directory = carrier.names.domainDirectory(pool.directory, spec.id);
  const domain = { ...record, pool, directory };
  const members = membersWith(seen, pool, domain);
  const refused = schedulerOf(pool.scheduler).admit(pool, members);
  if (refused) return refused;
  const prepared = await prepare(ground, domain, members, paused && spec.guest === undefined);
  const weighed = prepared.ok ? await weigh(ground, pool.directory, members.map(claimOf)) : prepared;
  const saved = weighed.ok
    ? await store.save({ ...store.records, domains: byId([...store.records.domains, record]) })
    : weighed;
  const begun = saved.ok ? await begin(domain, members) : saved;
  const settled = begun.ok ? await settlePool(ground, asRecorded(ground, members), false) : begun;
  if (settled.ok) straysOf(ground, domain);
  else await undo(domain);
  return settled;
}

/** What a domain executes, word by word. */
async function wordsOf(spec: DomainSpec): Promise<Outcome<readonly string[]>> {
  const { exec, guest, workload, vcpus } = spec;
  if (guest !== undefined) return guestWords(spec, guest);
  const words = exec ?? burner(workload, vcpus);
  return words === null
    ? refuse({ code: 'not-offered', what: `the workload ${workload.kind}`, driver: 'linux' })
    : done(words);
}

async function begin(
  ground: Ground,
  domain: DomainLook,
  members: readonly DomainLook[],
  words: readonly string[],
  isPaused: boolean,
): Promise<Outcome<void>> {
  const file = join(LOGS, `${domain.name}.log`);
  const log = { file, since: logSize(file) };
  const isGuest = domain.guest !== undefined;
  const launched = await launch({ words, log: file, isAwaited: !isPaused && !isGuest }, async (pid) => {
    const put = await ground.carrier.putProcess(domain.directory, pid);
    // The first thread of a guest is none of its vcpus.
    return put.ok && !isGuest ? settleDomain(ground, domain, members) : put;
  });
  return launched.ok && isGuest ? beginGuest(ground, domain, members, log, isPaused) : launched;
}

export async function end(ground: Ground, seen: Look, domain: DomainLook): Promise<Outcome<void>> {
  const unit = serviceOf(domain);
  const stopped = unit === null ? done(undefined) : await endService(ground, domain, unit);
  if (!stopped.ok) return stopped;
  const strays = straysOf(ground, domain);
  if (ground.groups.has(domain.directory)) {
    const destroyed = await destroy(ground, domain.directory);
    if (!destroyed.ok) return destroyed;
  }
  // Also those of it that somebody has put elsewhere.
  for (const { pid } of strays) signal(pid, 'SIGKILL');
  return forget(ground, seen, domain);
}

/** A domain without processes is none. */
export async function forget(ground: Ground, seen: Look, domain: DomainLook): Promise<Outcome<void>> {
  const { carrier, store } = ground;
  const removed = await carrier.removeDomain(domain.directory);
  if (!removed.ok) return removed;
  if (domain.guest !== undefined) forgetGuest(domain.id);
  leavePlaces(domain.origins ?? []);
  await store.follow({
    ...store.records,
    domains: store.records.domains.filter(({ id }) => id !== domain.id),
  });
  const left = membersIn(seen, domain.pool).filter(({ id }) => id !== domain.id);
  return weigh(ground, domain.pool.directory, left.map(claimOf));
}

/** To another pool, whose scheduler takes over from the one it had; or all of it back. */
export async function move(
  ground: Ground,
  seen: Look,
  domain: DomainLook,
  to: PoolLook,
  scheduling: Scheduling,
): Promise<Outcome<void>> {
  const directory = ground.carrier.names.domainDirectory(to.directory, domain.id, domain.directory);
  const moved = { ...domain, pool: to, directory, scheduling };
  const there = membersWith(seen, to, moved);
  const refused = schedulerOf(to.scheduler).admit(to, there);
  if (refused) return refused;
  const free = await schedulerOf(domain.pool.scheduler).leave(ground, domain);
  const arrived = free.ok ? await relocate(ground, seen, domain, moved, there) : free;
  if (!arrived.ok) {
    await settleDomain(ground, domain, membersIn(seen, domain.pool));
    return arrived;
  }
  const settled = await settlePool(ground, asRecorded(ground, there), false);
  if (settled.ok) return settled;
  await schedulerOf(to.scheduler).leave(ground, moved);
  const here = membersIn(seen, domain.pool);
  const back = await relocate(ground, seen, moved, domain, here);
  if (back.ok) await settlePool(ground, asRecorded(ground, here), false);
  return settled;
}

/** From one cgroup to another, which is made as it shall be before anything comes. */
async function relocate(
  ground: Ground,
  seen: Look,
  from: DomainLook,
  to: DomainLook,
  members: readonly DomainLook[],
): Promise<Outcome<void>> {
  const { groups, carrier, store } = ground;
  const before = store.records;
  const prepared = await prepare(ground, to, members, isFrozen(groups, from.directory));
  const weighed = prepared.ok ? await weigh(ground, to.pool.directory, members.map(claimOf)) : prepared;
  // From here on a crash finishes the move.
  const saved = weighed.ok
    ? await store.save(withDomain(ground, to, { home: to.pool.directory, scheduling: to.scheduling }))
    : weighed;
  const strays = straysOf(ground, from);
  const emptied = saved.ok ? await carrier.moveProcesses(from.directory, to.directory) : saved;
  const moved = emptied.ok ? await gather(ground, to, strays) : emptied;
  const stayed = membersIn(seen, from.pool).filter(({ id }) => id !== from.id);
  if (!moved.ok) {
    await carrier.moveProcesses(to.directory, from.directory);
    await carrier.removeDomain(to.directory);
    await store.follow(before);
    await weigh(ground, to.pool.directory, members.filter(({ id }) => id !== to.id).map(claimOf));
    return moved;
  }
  const left = await leave(ground, from, from.directory);
  return left.ok ? weigh(ground, from.pool.directory, stayed.map(claimOf)) : left;
}

/** As it shall be in the pool it is in, and wholly in there. */
export async function settle(
  ground: Ground,
  seen: Look,
  domain: DomainLook,
  scheduling: Scheduling,
): Promise<Outcome<void>> {
  const scheduled = await schedule(ground, seen, domain, scheduling);
  if (!scheduled.ok) return scheduled;
  return gather(ground, domain, straysOf(ground, domain));
}

/** Who was elsewhere is in the cgroup of the domain. */
export async function gather(
  ground: Ground,
  domain: DomainLook,
  elsewhere: readonly Stray[],
): Promise<Outcome<void>> {
  for (const { pid } of elsewhere) {
    const put = await ground.carrier.putProcess(domain.directory, pid);
    if (!put.ok && existsSync(`/proc/${pid}`)) return put;
  }
  // Whoever is taken away from here on is missed, also before the next look.
  straysOf(ground, domain);
  return done(undefined);
}

export async function schedule(
  ground: Ground,
  seen: Look,
  domain: DomainLook,
  scheduling: Scheduling,
): Promise<Outcome<void>> {
  const { pool } = domain;
  const apply = async (wanted: DomainLook): Promise<Outcome<void>> => {
    const members = membersWith(seen, pool, wanted);
    const settled = await settleDomain(ground, wanted, members);
    const others = settled.ok ? await settlePool(ground, members, false) : settled;
    return others.ok ? weigh(ground, pool.directory, members.map(claimOf)) : others;
  };
  const wanted = { ...domain, scheduling };
  const refused = schedulerOf(pool.scheduler).admit(pool, membersWith(seen, pool, wanted));
  if (refused) return refused;
  const applied = await apply(wanted);
  const saved = applied.ok ? await ground.store.save(withDomain(ground, domain, { scheduling })) : applied;
  if (!saved.ok) await apply(domain);
  return saved;
}

export async function setPaused(
  ground: Ground,
  seen: Look,
  domain: DomainLook,
  paused: boolean,
): Promise<Outcome<void>> {
  const set =
    domain.guest === undefined
      ? await setFrozen(ground.groups, domain.directory, paused)
      : await setGuestPaused(ground, domain, paused);
  // What nobody could do to threads that stood still.
  return set.ok && !paused ? settleDomain(ground, domain, membersIn(seen, domain.pool), false) : set;
}

/** A guest is asked as its power button asks, a command as every command is. */
export async function shutDown({ groups }: Ground, domain: DomainLook): Promise<Outcome<void>> {
  if (isFrozen(groups, domain.directory)) return refuse({ code: 'domain-paused', domain: domain.name });
  if (domain.guest !== undefined) return powerDown(domain);
  endProcesses(groups, domain.directory);
  return done(undefined);
}

/** The records with one domain changed. */
export const withDomain = ({ store }: Ground, { id }: DomainLook, change: Partial<DomainRecord>) => ({
  ...store.records,
  domains: store.records.domains.map((domain) => (domain.id === id ? { ...domain, ...change } : domain)),
});

async function prepare(
  ground: Ground,
  domain: DomainLook,
  members: readonly DomainLook[],
  isPaused: boolean,
): Promise<Outcome<void>> {
  const { groups, carrier } = ground;
  const { directory, pool } = domain;
  const ready = pool.name === POOL0 ? await makeDirectory(ground, pool.directory) : done(undefined);
  const made = ready.ok ? await carrier.makeDomain(directory) : ready;
  const settings = schedulerOf(pool.scheduler).group(domain, members);
  const tuned = made.ok ? await tune(ground, domain, settings) : made;
  return tuned.ok && isPaused ? groups.write(directory, 'cgroup.freeze', '1') : tuned;
}

/** With what has been written down since the look they come from. */
function asRecorded({ store }: Ground, members: readonly DomainLook[]): DomainLook[] {
  const records = new Map(store.records.domains.map((record) => [record.id, record]));
  return members.map((domain) => ({ ...domain, ...records.get(domain.id) }));
}

const byId = (domains: DomainRecord[]) => domains.sort((a, b) => a.id - b.id);
