import { join } from 'node:path';
import type { DomainId } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { domainIdOf, POOL0_DIRECTORY, poolNameOf } from './names.ts';
import { POOL0_RECORD, type PoolRecord, type Records, unknownDomain } from './state-file.ts';

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
 * gets one made of what its name tells. Order is kept.
 */
export function recordsOf(records: Records, { pools, members }: Tree): Records {
  const known = new Set(records.pools.map(({ directory }) => directory));
  const kept = records.pools.filter(
    ({ directory }) => directory === POOL0_DIRECTORY || pools.includes(directory),
  );
  const found = pools.filter((directory) => !known.has(directory) && directory !== POOL0_DIRECTORY);
  const alive = members.filter(({ isAlive }) => isAlive);
  const byId = new Map(records.domains.map((domain) => [domain.id, domain]));
  const domains = [...new Map(alive.map((member) => [member.id, member])).values()].map(({ id, home }) => {
    const record = byId.get(id) ?? unknownDomain(id, home);
    // On its way between two, a domain is where its record says.
    const isThere = alive.some((member) => member.id === id && member.home === record.home);
    return isThere ? record : { ...record, home };
  });
  return {
    ...records,
    pools: found.reduce(withFound, kept),
    domains: domains.sort((a, b) => a.id - b.id),
  };
}

/** A pool that is found takes its name from its directory, unless another pool is called so since. */
function withFound(pools: readonly PoolRecord[], directory: string): PoolRecord[] {
  const name = poolNameOf(directory)!;
  const isTaken = pools.some((pool) => pool.name === name);
  return [...pools, { ...POOL0_RECORD, directory, name: isTaken ? `${name}:${directory.length}` : name }];
}
