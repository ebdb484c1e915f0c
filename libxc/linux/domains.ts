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
import { burner } from './burner.ts';
import { launch } from './launch.ts';
import { type DomainLook, type Ground, type Look, leave, type PoolLook } from './look.ts';
import { type Claim, destroy, isFrozen, tune, weigh } from './members.ts';
import { makeDirectory } from './pools.ts';
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
  const words = spec.exec ?? burner(spec.workload, spec.vcpus);
  if (words === null)
    return refuse({ code: 'not-offered', what: `the workload ${spec.workload.kind}`, driver: 'linux' });
  const log = join(LOGS, `${spec.name}.log`);
  return establish(ground, seen, pool, spec, {
    begin: ({ directory }) =>
      launch({ words, log, isPaused: spec.paused }, (pid) => ground.carrier.putProcess(directory, pid)),
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
  const prepared = await prepare(ground, directory, spec.scheduling, paused);
  const weighed = prepared.ok ? await weigh(ground, pool.directory, claims) : prepared;
  const saved = weighed.ok
    ? await store.save({ ...store.records, domains: byId([...store.records.domains, record]) })
    : weighed;
  const domain = { ...record, pool, directory };
  const begun = saved.ok ? await begin(domain) : saved;
  if (!begun.ok) await undo(domain);
  return begun;
}

export async function end(ground: Ground, seen: Look, domain: DomainLook): Promise<Outcome<void>> {
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
  const prepared = await prepare(ground, directory, scheduling, isFrozen(groups, domain.directory));
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
  return left.ok ? weigh(ground, domain.pool.directory, claimsIn(seen, domain.pool, domain)) : left;
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
    const tuned = await tune(ground, domain.directory, wanted, ground.topology.cpus.length);
    if (!tuned.ok) return tuned;
    const others = claimsIn(seen, domain.pool, domain);
    return weigh(ground, domain.pool.directory, [...others, claimOf(domain.directory, wanted)]);
  };
  const applied = await apply(scheduling);
  const saved = applied.ok ? await ground.store.save(withDomain(ground, domain, { scheduling })) : applied;
  if (!saved.ok) await apply(domain.scheduling);
  return saved;
}

/** The records with one domain changed. */
export const withDomain = ({ store }: Ground, { id }: DomainLook, change: Partial<DomainRecord>) => ({
  ...store.records,
  domains: store.records.domains.map((domain) => (domain.id === id ? { ...domain, ...change } : domain)),
});

async function prepare(
  ground: Ground,
  directory: string,
  scheduling: Scheduling,
  isPaused: boolean,
): Promise<Outcome<void>> {
  const { groups, carrier, topology } = ground;
  const home = directory.slice(0, directory.indexOf('/'));
  const ready = home === carrier.names.pool0 ? await makeDirectory(ground, home) : done(undefined);
  const made = ready.ok ? await carrier.makeDomain(directory) : ready;
  const tuned = made.ok ? await tune(ground, directory, scheduling, topology.cpus.length) : made;
  return tuned.ok && isPaused ? groups.write(directory, 'cgroup.freeze', '1') : tuned;
}

const claimsIn = ({ domains }: Look, pool: PoolLook, without?: DomainLook): Claim[] =>
  domains
    .filter((domain) => domain.pool === pool && domain.id !== without?.id)
    .map(({ directory, scheduling }) => claimOf(directory, scheduling));

const claimOf = (directory: string, { weight, affinity }: Scheduling): Claim => ({
  directory,
  claim: weight * affinity.length,
});

const byId = (domains: DomainRecord[]) => domains.sort((a, b) => a.id - b.id);
