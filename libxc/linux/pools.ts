import { done, type NodeId, type Outcome, POOL0, refuse, type SchedulerName } from '../../interface/index.ts';
import { exists, membersOf, notOffered } from './checks.ts';
import { giveBackCuts } from './cuts.ts';
import type { Ground, Look, PoolLook } from './look.ts';
import { setNodes } from './nodes.ts';
import { lookAtPartition } from './partition.ts';
import { makeDirectory } from './pool-directory.ts';
import { newPool, type PoolRecord } from './state-file.ts';

/** A pool without cpus. Says how all is then: it alone is new. */
export async function createPool(
  ground: Ground,
  seen: Look,
  name: string,
  scheduler: SchedulerName,
): Promise<Outcome<Look>> {
  const refused = exists(seen, name) ?? notOffered(scheduler);
  if (refused) return refused;
  const { groups, carrier, store } = ground;
  const directory = carrier.names.poolDirectory(name, new Set(groups.children('')));
  const made = await makeDirectory(ground, directory);
  const pool: PoolRecord = { ...newPool(name, directory), scheduler };
  const saved = made.ok
    ? await store.save({ ...store.records, pools: [...store.records.pools, pool] })
    : made;
  if (saved.ok) {
    const created = { ...pool, ...lookAtPartition(groups, directory), cpus: [] };
    return done({ ...seen, records: store.records, pools: [...seen.pools, created] });
  }
  if (groups.has(directory)) await carrier.removePool(directory);
  return saved;
}

export async function destroyPool(ground: Ground, seen: Look, pool: PoolLook): Promise<Outcome<void>> {
  const { name, cpus } = pool;
  if (name === POOL0) return refuse({ code: 'pool0-stays', what: 'destroyed' });
  const domains = membersOf(seen, pool);
  if (domains.length > 0) return refuse({ code: 'pool-has-members', pool: name, domains });
  if (cpus.length > 0) return refuse({ code: 'pool-has-cpus', pool: name, cpus });
  const removed = await ground.carrier.removePool(pool.directory);
  if (!removed.ok) return removed;
  const { records } = ground.store;
  const pools = records.pools.filter(({ directory }) => directory !== pool.directory);
  await ground.store.follow({ ...records, pools });
  await giveBackCuts(
    ground,
    seen.pools.slice(1).flatMap((pool) => pool.listed),
  );
  return done(undefined);
}

/** A cgroup cannot be renamed: the directory keeps the name it was made with. */
export async function renamePool(
  ground: Ground,
  seen: Look,
  pool: PoolLook,
  to: string,
): Promise<Outcome<void>> {
  if (pool.name === POOL0) return refuse({ code: 'pool0-stays', what: 'renamed' });
  return exists(seen, to) ?? recordPool(ground, pool, { name: to });
}

export async function setPoolNodes(
  ground: Ground,
  pool: PoolLook,
  nodes: readonly NodeId[] | null,
): Promise<Outcome<void>> {
  const known = ground.topology.nodes.map(({ node }) => node);
  const stranger = nodes?.find((node) => !known.includes(node));
  if (stranger !== undefined) return refuse({ code: 'unknown-node', node: stranger, nodes: known });
  const made = await makeDirectory(ground, pool.directory);
  const set = made.ok ? await setNodes(ground, pool.directory, nodes) : made;
  return set.ok ? recordPool(ground, pool, { nodes }) : set;
}

export function recordPool(
  { store }: Ground,
  { directory }: PoolLook,
  change: Partial<PoolRecord>,
): Promise<Outcome<void>> {
  const pools = store.records.pools.map((pool) =>
    pool.directory === directory ? { ...pool, ...change } : pool,
  );
  return store.save({ ...store.records, pools });
}
