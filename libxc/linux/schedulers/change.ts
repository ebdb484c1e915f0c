import { done, type Outcome, type SchedulerName } from '../../../interface/index.ts';
import type { Ground, Look, PoolLook } from '../look.ts';
import { giveCpus } from '../partition.ts';
import { recordPool } from '../pools.ts';
import { schedulerOf } from './offered.ts';
import { membersIn, settlePool } from './settle.ts';

/** Another scheduler for a pool while its domains run: one lets go of their threads, the other takes them; or all back. */
export async function changeScheduler(
  ground: Ground,
  seen: Look,
  pool: PoolLook,
  scheduler: SchedulerName,
): Promise<Outcome<void>> {
  if (pool.scheduler === scheduler) return done(undefined);
  const after = { ...pool, scheduler };
  const members = membersIn(seen, pool).map((domain) => ({ ...domain, pool: after }));
  const refused = schedulerOf(scheduler).admit(after, members);
  if (refused) return refused;
  const changed = await takeOver(ground, pool, after, members);
  const saved = changed.ok ? await recordPool(ground, pool, { scheduler }) : changed;
  if (!saved.ok)
    await takeOver(
      ground,
      after,
      pool,
      members.map((domain) => ({ ...domain, pool })),
    );
  return saved;
}

async function takeOver(
  ground: Ground,
  before: PoolLook,
  after: PoolLook,
  members: Parameters<typeof settlePool>[1],
): Promise<Outcome<void>> {
  for (const domain of members) {
    const left = await schedulerOf(before.scheduler).leave(ground, domain);
    if (!left.ok) return left;
  }
  const { partition } = schedulerOf(after.scheduler);
  const isOne = after.isPartition && after.cpus.length > 0;
  const set = isOne ? await giveCpus(ground, after.directory, after.cpus, partition) : done(undefined);
  return set.ok ? settlePool(ground, members) : set;
}
