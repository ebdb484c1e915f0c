import { type Cpu, type DomainId, type Outcome, POOL0, type Topology } from '../../interface/index.ts';
import type { Place } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { forgetGuest } from './guest/guest.ts';
import type { Intruders } from './intruders.ts';
import { usedNs } from './members.ts';
import { leavePlaces } from './origins.ts';
import { isAtRest, lostCpus, ownedBy } from './ownership.ts';
import { lookAtPartition, type PartitionLook } from './partition.ts';
import { makeDirectory } from './pool-directory.ts';
import type { DomainRecord, PoolRecord, Records, Store } from './state-file.ts';
import type { Strays } from './strays.ts';
import { type Member, readTree, recordsOf, type Tree } from './tree.ts';

/** What every operation works on. */
export interface Ground extends Place {
  /** `/sys/devices/system/cpu` */
  readonly cpuFiles: CgroupFiles;
  readonly topology: Topology;
  readonly store: Store;
  /** Who has left the domain it belongs to. */
  readonly strays: Strays;
  /** Who is in nobody's pool and may run in one. */
  readonly intruders: Intruders;
  /** Domains in whose cgroup something was written since they were last found as they should be. */
  readonly suspects: Set<DomainId>;
}

export interface PoolLook extends PoolRecord, PartitionLook {
  /** The cpus it really owns; pool0 has what nobody else does. */
  readonly cpus: readonly Cpu[];
}

export interface DomainLook extends DomainRecord {
  readonly pool: PoolLook;
  readonly directory: string;
}

/** How everything is set up, pool0 first, domains by id. */
export interface Look {
  readonly online: readonly Cpu[];
  /** What was written down then. */
  readonly records: Records;
  readonly pools: readonly PoolLook[];
  readonly domains: readonly DomainLook[];
  /** The cgroups beside our pools. */
  readonly strangers: readonly Stranger[];
  /** Online cpus that are pool0's and that no cgroup can use. */
  readonly lost: readonly Cpu[];
}

export interface Stranger extends PartitionLook {
  readonly directory: string;
}

/** Late changes settle within this many looks; the kernel's own test of partitions waits as long. */
const LOOKS = 8;
const BETWEEN_MS = 20;

/** A look at a tree that is at rest; if it does not come to rest, at the tree as it is. */
export async function look(ground: Ground): Promise<Look> {
  const tree = await tidy(ground, withStrays(ground, readTree(ground)));
  for (let n = 1; ; n++) {
    const seen = lookOnce(ground, tree);
    if (seen.isAtRest || n === LOOKS) {
      if (seen.pools.length > 1) lookForIntruders(ground);
      return seen;
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
}

/** Whether somebody has come to the root cgroup who may run in a pool. */
export const lookForIntruders = ({ groups, intruders }: Ground): boolean =>
  intruders.look(groups.text('', 'cgroup.procs') ?? '', groups.list('', 'cpuset.cpus.effective'));

/** A domain whose processes are all elsewhere has not ended. */
function withStrays({ groups, strays }: Ground, tree: Tree): Tree {
  const hasStrays = ({ id, directory }: Member) => {
    strays.look(id, directory, groups.text(directory, 'cgroup.procs') ?? '');
    return strays.of(id).length > 0;
  };
  const members = tree.members.map((member) =>
    member.isAlive ? member : { ...member, isAlive: hasStrays(member) },
  );
  return { ...tree, members };
}

/** Ended domains leave no cgroup behind, and one that was caught on its way to another pool arrives. */
async function tidy(ground: Ground, tree: Tree): Promise<Tree> {
  const { carrier, store } = ground;
  const before = store.records.domains;
  const known = new Set(store.records.pools.map(({ directory }) => directory));
  await store.follow(recordsOf(store.records, tree, carrier.names));
  // Whoever made it may have died over it.
  for (const { directory } of store.records.pools)
    if (!known.has(directory)) await makeDirectory(ground, directory);
  const homes = new Map(store.records.domains.map(({ id, home }) => [id, home]));
  for (const { id, guest, origins } of before) {
    if (homes.has(id)) continue;
    if (guest !== undefined) forgetGuest(id);
    leavePlaces(origins ?? []);
  }
  const left: Member[] = [];
  for (const member of tree.members) {
    if (member.isAlive && member.home === homes.get(member.id)) {
      left.push(member);
      if (member.unit !== undefined) await carrier.units?.settle(member.unit, member.id, member.directory);
    } else if (member.isAlive) await gather(ground, member, tree);
    else await carrier.removeDomain(member.directory);
  }
  return { ...tree, members: left };
}

async function gather(ground: Ground, stray: Member, tree: Tree): Promise<void> {
  const { carrier, store } = ground;
  const domain = store.records.domains.find(({ id }) => id === stray.id)!;
  const home = tree.members.find(({ id, home }) => id === stray.id && home === domain.home)!;
  const moved = await carrier.moveProcesses(stray.directory, home.directory);
  if (moved.ok) await leave(ground, domain, stray.directory);
}

/** Removes the cgroup that a domain has left, and keeps the cpu time it used there. */
export async function leave(
  { groups, carrier, store }: Ground,
  { id }: DomainRecord,
  directory: string,
): Promise<Outcome<void>> {
  const used = usedNs(groups, directory);
  const removed = await carrier.removeDomain(directory);
  if (!removed.ok) return removed;
  const { records } = store;
  const domains = records.domains.map((domain) =>
    domain.id === id
      ? { ...domain, earlierNs: (domain.earlierNs + used) as DomainRecord['earlierNs'] }
      : domain,
  );
  return store.save({ ...records, domains });
}

/** The cgroups of others beside these pools, as they are now. */
export function strangersBeside(
  groups: CgroupFiles,
  pools: readonly Pick<PoolRecord, 'directory'>[],
): Stranger[] {
  const ours = new Set(pools.map(({ directory }) => directory));
  const others = groups.children('').filter((directory) => !ours.has(directory));
  return others.map((directory) => ({ directory, ...lookAtPartition(groups, directory) }));
}

function lookOnce({ groups, cpuFiles, store }: Ground, { members }: Tree): Look & { isAtRest: boolean } {
  const { records } = store;
  const online = cpuFiles.list('', 'online');
  const ours = records.pools.map((record) => ({ ...record, ...lookAtPartition(groups, record.directory) }));
  const strangers = strangersBeside(groups, records.pools);
  const shown = {
    claimants: [...ours, ...strangers],
    rootEffective: groups.list('', 'cpuset.cpus.effective'),
    online,
    passedOn: strangers.flatMap(passedOnBy),
  };
  const owned = ownedBy(shown.claimants, shown.rootEffective);
  const taken = new Set(ours.flatMap(({ name }, i) => (name === POOL0 ? [] : owned[i]!)));
  const rest = online.filter((cpu) => !taken.has(cpu));
  const pools = ours.map((pool, i) => ({ ...pool, cpus: pool.name === POOL0 ? rest : owned[i]! }));
  const poolAt = new Map(pools.map((pool) => [pool.directory, pool]));
  const memberOf = new Map(members.map((member) => [member.id, member]));
  return {
    online,
    records,
    pools,
    strangers,
    domains: records.domains.flatMap((domain) => {
      const member = memberOf.get(domain.id);
      const pool = member === undefined ? undefined : poolAt.get(member.home);
      return pool === undefined ? [] : [{ ...domain, pool, directory: member!.directory }];
    }),
    lost: lostCpus(shown),
    isAtRest: isAtRest(shown),
  };
}

/** A cgroup may have partitions below it, which take from it what it has or claims. */
const passedOnBy = ({ isPartition, listed, claimed }: PartitionLook): readonly Cpu[] =>
  isPartition ? [...listed, ...claimed] : claimed;
