import { done, type Outcome } from '../../../interface/index.ts';
import type { DomainLook, Ground, Look, PoolLook } from '../look.ts';
import { tune } from '../members.ts';
import { missingIn } from '../pool-directory.ts';
import { schedulerOf } from './offered.ts';

export const membersIn = ({ domains }: Look, pool: PoolLook): DomainLook[] =>
  domains.filter((domain) => domain.pool === pool);

/** The members of a pool with one of them as it shall be. */
export const membersWith = (seen: Look, pool: PoolLook, domain: DomainLook): DomainLook[] =>
  [...membersIn(seen, pool).filter(({ id }) => id !== domain.id), domain].sort((a, b) => a.id - b.id);

/** Makes the cgroup of a domain and its threads what the scheduler of its pool wants them to be. */
export async function settleDomain(
  ground: Ground,
  domain: DomainLook,
  members: readonly DomainLook[],
  isChange = true,
): Promise<Outcome<void>> {
  const scheduler = schedulerOf(domain.pool.scheduler);
  const tuned = await tune(ground, domain, scheduler.group(domain, members));
  return tuned.ok ? scheduler.apply(ground, domain, members, isChange) : tuned;
}

/** All members of a pool: under null one of them may have to make room for another. */
export async function settlePool(
  ground: Ground,
  members: readonly DomainLook[],
  isChange = true,
): Promise<Outcome<void>> {
  for (const domain of members) {
    const settled = await settleDomain(ground, domain, members, isChange);
    if (!settled.ok) return settled;
  }
  return done(undefined);
}

/**
 * Everything there is, where it stands: after the cpus of pools have changed, when kernels do to threads what they like, and
 * now and then, for threads that have come since.
 */
export async function settleAll(ground: Ground, seen: Look): Promise<Outcome<void>> {
  for (const pool of seen.pools) {
    // Somebody has switched a controller off there: a trouble of that pool, which is mended, and of no other change.
    if (missingIn(ground.groups, pool.directory).length > 0) continue;
    const settled = await settlePool(ground, membersIn(seen, pool), false);
    if (!settled.ok) return settled;
  }
  return done(undefined);
}
