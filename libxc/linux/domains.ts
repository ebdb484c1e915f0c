import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DomainSpec,
  done,
  type Ns,
  type Outcome,
  refuse,
  type Scheduling,
} from '../../interface/index.ts';
import { endService, serviceOf } from './adopted.ts';
import { burner } from './burner.ts';
import { beginGuest, forgetGuest, guestWords, powerDown, setGuestPaused } from './guest/guest.ts';
import { logSize } from './guest/log.ts';
import { launch } from './launch.ts';
import { type DomainLook, type Ground, type Look, leave, type PoolLook } from './look.ts';
import { type Claim, destroy, endProcesses, isFrozen, setFrozen, tune, weigh } from './members.ts';
import { makeDirectory } from './pools.ts';
import { settleThreads } from './schedulers/settle.ts';
import type { DomainRecord } from './state-file.ts';

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
    begin: (domain) => begin(ground, domain, words.value, spec.paused),
    undo: (domain) => end(ground, seen, domain),
  });
}

/** How processes come into the cgroup of a new domain, and how that is taken back. */
export interface Beginning {
  readonly begin: (domain: DomainLook) => Promise<Outcome<void>>;
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
  const claims = [...claimsIn(seen, pool), claimOf(directory, spec.scheduling)];
  const prepared = await prepare(ground, directory, spec, paused && spec.guest === undefined);
  const weighed = prepared.ok ? await weigh(ground, pool.directory, claims) : prepared;
  const saved = weighed.ok
    ? await store.save({ ...store.records, domains: byId([...store.records.domains, record]) })
    : weighed;
  const domain = { ...record, pool, directory };
  const begun = saved.ok ? await begin(domain) : saved;
  if (!begun.ok) await undo(domain);
  return begun;
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
  words: readonly string[],
  isPaused: boolean,
): Promise<Outcome<void>> {
  const file = join(LOGS, `${domain.name}.log`);
  const log = { file, since: logSize(file) };
  const isGuest = domain.guest !== undefined;
  const launched = await launch({ words, log: file, isAwaited: !isPaused && !isGuest }, (pid) =>
    ground.carrier.putProcess(domain.directory, pid),
  );
  return launched.ok && isGuest ? beginGuest(ground, domain, log, isPaused) : launched;
}

export async function end(ground: Ground, seen: Look, domain: DomainLook): Promise<Outcome<void>> {
  const unit = serviceOf(domain);
  const stopped = unit === null ? done(undefined) : await endService(ground, domain, unit);
  if (!stopped.ok) return stopped;
  if (ground.groups.has(domain.directory)) {
    const destroyed = await destroy(ground, domain.directory);
    if (!destroyed.ok) return destroyed;
  }
  return forget(ground, seen, domain);
}

/** A domain without processes is none. */
export async function forget(ground: Ground, seen: Look, domain: DomainLook): Promise<Outcome<void>> {
  const { carrier, store } = ground;
  const removed = await carrier.removeDomain(domain.directory);
  if (!removed.ok) return removed;
  if (domain.guest !== undefined) forgetGuest(domain.id);
  await store.follow({
    ...store.records,
    domains: store.records.domains.filter(({ id }) => id !== domain.id),
  });
  return weigh(ground, domain.pool.directory, claimsIn(seen, domain.pool, domain));
}

/** To another pool: a cgroup of its own there, as it shall be, and then its processes. */
export async function move(
  ground: Ground,
  seen: Look,
  domain: DomainLook,
  to: PoolLook,
  scheduling: Scheduling,
): Promise<Outcome<void>> {
  const { groups, carrier, store } = ground;
  const before = store.records;
  const directory = carrier.names.domainDirectory(to.directory, domain.id, domain.directory);
  const prepared = await prepare(
    ground,
    directory,
    { ...domain, scheduling },
    isFrozen(groups, domain.directory),
  );
  const claims = [...claimsIn(seen, to), claimOf(directory, scheduling)];
  const weighed = prepared.ok ? await weigh(ground, to.directory, claims) : prepared;
  // From here on a crash finishes the move.
  const saved = weighed.ok
    ? await store.save(withDomain(ground, domain, { home: to.directory, scheduling }))
    : weighed;
  const moved = saved.ok ? await carrier.moveProcesses(domain.directory, directory) : saved;
  if (!moved.ok) {
    await carrier.moveProcesses(directory, domain.directory);
    await carrier.removeDomain(directory);
    await store.follow(before);
    await weigh(ground, to.directory, claimsIn(seen, to));
    return moved;
  }
  const left = await leave(ground, domain, domain.directory);
  const reweighed = left.ok
    ? await weigh(ground, domain.pool.directory, claimsIn(seen, domain.pool, domain))
    : left;
  return reweighed.ok ? settleThreads(ground, { ...domain, pool: to, directory, scheduling }) : reweighed;
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
  for (const { pid } of ground.strays.of(domain.id)) {
    const put = await ground.carrier.putProcess(domain.directory, pid);
    if (!put.ok && existsSync(`/proc/${pid}`)) return put;
  }
  ground.strays.forget(domain.id);
  return done(undefined);
}

export async function schedule(
  ground: Ground,
  seen: Look,
  domain: DomainLook,
  scheduling: Scheduling,
): Promise<Outcome<void>> {
  const apply = async (wanted: Scheduling): Promise<Outcome<void>> => {
    const ofGroup = groupScheduling({ ...domain, scheduling: wanted });
    const tuned = await tune(ground, domain.directory, ofGroup, ground.topology.cpus.length);
    const settled = tuned.ok ? await settleThreads(ground, { ...domain, scheduling: wanted }) : tuned;
    if (!settled.ok) return settled;
    const others = claimsIn(seen, domain.pool, domain);
    return weigh(ground, domain.pool.directory, [...others, claimOf(domain.directory, wanted)]);
  };
  const applied = await apply(scheduling);
  const saved = applied.ok ? await ground.store.save(withDomain(ground, domain, { scheduling })) : applied;
  if (!saved.ok) await apply(domain.scheduling);
  return saved;
}

export function setPaused(ground: Ground, domain: DomainLook, paused: boolean): Promise<Outcome<void>> {
  return domain.guest === undefined
    ? setFrozen(ground.groups, domain.directory, paused)
    : setGuestPaused(ground, domain, paused);
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
  directory: string,
  domain: Pick<DomainSpec, 'guest' | 'scheduling'>,
  isPaused: boolean,
): Promise<Outcome<void>> {
  const { groups, carrier, topology } = ground;
  const scheduling = groupScheduling(domain);
  const home = directory.slice(0, directory.indexOf('/'));
  const ready = home === carrier.names.pool0 ? await makeDirectory(ground, home) : done(undefined);
  const made = ready.ok ? await carrier.makeDomain(directory) : ready;
  const tuned = made.ok ? await tune(ground, directory, scheduling, topology.cpus.length) : made;
  return tuned.ok && isPaused ? groups.write(directory, 'cgroup.freeze', '1') : tuned;
}

/** Of a guest each vcpu has a thread to be pinned; what else its emulator does may run anywhere in the pool. */
const groupScheduling = ({ guest, scheduling }: Pick<DomainSpec, 'guest' | 'scheduling'>): Scheduling =>
  guest === undefined ? scheduling : { ...scheduling, affinity: scheduling.affinity.map(() => ANYWHERE) };

const ANYWHERE = { hard: null, soft: null };

const claimsIn = ({ domains }: Look, pool: PoolLook, without?: DomainLook): Claim[] =>
  domains
    .filter((domain) => domain.pool === pool && domain.id !== without?.id)
    .map(({ directory, scheduling }) => claimOf(directory, scheduling));

const claimOf = (directory: string, { weight, affinity }: Scheduling): Claim => ({
  directory,
  claim: weight * affinity.length,
});

const byId = (domains: DomainRecord[]) => domains.sort((a, b) => a.id - b.id);
