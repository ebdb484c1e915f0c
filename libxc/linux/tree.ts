import { join } from 'node:path';
import type { DomainId } from '../../interface/index.ts';
import type { Names, Place } from './carrier.ts';
import { type DomainRecord, newPool, type PoolRecord, type Records, unknownDomain } from './state-file.ts';

/** A domain's cgroup. */
export interface Member {
  readonly id: DomainId;
  /** The directory of its pool. */
  readonly home: string;
  readonly directory: string;
  /** Whether anything still runs in it, or it is a service that may start again. */
  readonly isAlive: boolean;
  /** The service that it was before. */
  readonly unit?: string;
}

/** The cgroups that are ours. */
export interface Tree {
  /** Directories of pools, by name. */
  readonly pools: readonly string[];
  readonly members: readonly Member[];
}

export function readTree(place: Place): Tree {
  const { groups, carrier } = place;
  const pools = groups.children('').filter((directory) => carrier.names.poolNameOf(directory) !== null);
  const members = pools.flatMap((home) => membersIn(place, home));
  const services = new Map(carrier.units?.adopted().map((one) => [one.id, one]));
  const alive = new Set(members.filter(({ isAlive }) => isAlive).map(({ id }) => id));
  // A service that has started again is in no cgroup of ours, but in its pool.
  const others = [...services.values()].filter(({ id, home }) => !alive.has(id) && pools.includes(home));
  return {
    pools,
    members: [
      ...members.map((member) => withUnit(member, services.get(member.id)?.unit)),
      ...others.map((member) => ({ ...member, isAlive: true })),
    ],
  };
}

const withUnit = (member: Member, unit?: string) => (unit === undefined ? member : { ...member, unit });

function membersIn({ groups, carrier }: Place, home: string): Member[] {
  return groups.names(home).flatMap((child) => {
    const id = carrier.names.domainIdOf(child);
    if (id === null) return [];
    const directory = join(home, child);
    return [{ id, home, directory, isAlive: groups.field(directory, 'cgroup.events', 'populated') === 1 }];
  });
}

/**
 * The records brought to what the tree shows, which is the truth: what has no directory is gone, what has no record
 * gets one made of what its name tells. Order is kept; where nothing differs, it is the same object.
 */
export function recordsOf(records: Records, tree: Tree, names: Names): Records {
  const pools = poolsIn(records.pools, tree, names);
  const domains = domainsIn(records.domains, tree);
  const isSame = sameItems(pools, records.pools) && sameItems(domains, records.domains);
  return isSame ? records : { ...records, pools, domains };
}

function poolsIn(records: readonly PoolRecord[], { pools }: Tree, names: Names): readonly PoolRecord[] {
  const there = new Set([names.pool0, ...pools]);
  const known = new Set([names.pool0, ...records.map(({ directory }) => directory)]);
  return pools
    .filter((directory) => !known.has(directory))
    .reduce(
      (found, directory) => withFound(found, directory, names.poolNameOf(directory)!),
      records.filter(({ directory }) => there.has(directory)),
    );
}

/** A pool that is found takes its name from its directory, unless another pool has been given it since. */
function withFound(pools: readonly PoolRecord[], directory: string, plain: string): PoolRecord[] {
  let name = plain;
  for (let n = 2; pools.some((pool) => pool.name === name); n++) name = `${plain}.${n}`;
  return [...pools, newPool(name, directory)];
}

/** By id. */
function domainsIn(records: readonly DomainRecord[], { members }: Tree): DomainRecord[] {
  const homes = new Map<DomainId, string[]>();
  const units = new Map<DomainId, string>();
  for (const { id, home, isAlive, unit } of members) {
    if (isAlive) homes.set(id, [...(homes.get(id) ?? []), home]);
    if (unit !== undefined) units.set(id, unit);
  }
  const known = new Map(records.map((domain) => [domain.id, domain]));
  const domains = [...homes].map(([id, [home, ...others]]) => {
    const record = known.get(id) ?? unknownDomain(id, home!, units.get(id));
    // On its way between two, a domain is where its record says.
    return [home, ...others].includes(record.home) ? record : { ...record, home: home! };
  });
  return domains.sort((a, b) => a.id - b.id);
}

const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);
