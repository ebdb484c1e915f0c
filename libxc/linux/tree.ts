import { join } from 'node:path';
import type { DomainId } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { domainIdOf, POOL0_DIRECTORY, poolNameOf } from './names.ts';
import {
  type DomainRecord,
  POOL0_RECORD,
  type PoolRecord,
  type Records,
  unknownDomain,
} from './state-file.ts';

/** A domain's cgroup. */
export interface Member {
  readonly id: DomainId;
  /** The directory of its pool. */
  readonly home: string;
  readonly directory: string;
  /** Whether anything still runs in it. */
  readonly isAlive: boolean;
}

/** The cgroups that are ours. */
export interface Tree {
  /** Directories of pools, by name. */
  readonly pools: readonly string[];
  readonly members: readonly Member[];
}

export function readTree(groups: CgroupFiles): Tree {
  const pools = groups.children('').filter((directory) => poolNameOf(directory) !== null);
  return { pools, members: pools.flatMap((home) => membersIn(groups, home)) };
}

function membersIn(groups: CgroupFiles, home: string): Member[] {
  return groups.children(home).flatMap((child) => {
    const id = domainIdOf(child);
    if (id === null) return [];
    const directory = join(home, child);
    return [{ id, home, directory, isAlive: groups.field(directory, 'cgroup.events', 'populated') === 1 }];
  });
}

/**
 * The records brought to what the tree shows, which is the truth: what has no directory is gone, what has no record
 * gets one made of what its name tells. Order is kept; where nothing differs, it is the same object.
 */
export function recordsOf(records: Records, tree: Tree): Records {
  const pools = poolsIn(records.pools, tree);
  const domains = domainsIn(records.domains, tree);
  const isSame = sameItems(pools, records.pools) && sameItems(domains, records.domains);
  return isSame ? records : { ...records, pools, domains };
}

function poolsIn(records: readonly PoolRecord[], { pools }: Tree): readonly PoolRecord[] {
  const there = new Set([POOL0_DIRECTORY, ...pools]);
  const known = new Set([POOL0_DIRECTORY, ...records.map(({ directory }) => directory)]);
  return pools
    .filter((directory) => !known.has(directory))
    .reduce(
      withFound,
      records.filter(({ directory }) => there.has(directory)),
    );
}

/** A pool that is found takes its name from its directory, unless another pool has been given it since. */
function withFound(pools: readonly PoolRecord[], directory: string): PoolRecord[] {
  const plain = poolNameOf(directory)!;
  let name = plain;
  for (let n = 2; pools.some((pool) => pool.name === name); n++) name = `${plain}.${n}`;
  return [...pools, { ...POOL0_RECORD, directory, name }];
}

/** By id. */
function domainsIn(records: readonly DomainRecord[], { members }: Tree): DomainRecord[] {
  const homes = new Map<DomainId, string[]>();
  for (const { id, home, isAlive } of members) if (isAlive) homes.set(id, [...(homes.get(id) ?? []), home]);
  const known = new Map(records.map((domain) => [domain.id, domain]));
  const domains = [...homes].map(([id, [home, ...others]]) => {
    const record = known.get(id) ?? unknownDomain(id, home!);
    // On its way between two, a domain is where its record says.
    return [home, ...others].includes(record.home) ? record : { ...record, home: home! };
  });
  return domains.sort((a, b) => a.id - b.id);
}

const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);
