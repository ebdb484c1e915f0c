import type { DomainState, PoolState } from '../../interface/index.ts';
import { type Block, blocksOf } from './pins.ts';
import { type DemandOf, entitledIn } from './promises.ts';

/**
 * Why weights bend: the schedulers of Xen hand out credit by weight over the whole pool and do not look at pins. Who is
 * pinned together earns one thing and can use another; unless the two agree, all of them have credit always, or none
 * ever has, and then weights decide nothing between them.
 */
export interface Bend extends Block {
  /** What weights alone would give these domains, percent of one cpu. */
  readonly earnedPercent: number;
  /** What their cpus have. */
  readonly usablePercent: number;
}

/** The block of this domain; if it is in none, the one that is farthest from earning what it can use. */
export function bendOf(
  pool: PoolState,
  members: readonly DomainState[],
  demandOf: DemandOf,
  sufferer: DomainState,
): Bend {
  const earned = entitledIn(pool, members.map(unpinned), demandOf);
  const bends = blocksOf(pool, members).map(
    ({ cpus, domains }): Bend => ({
      cpus,
      domains,
      earnedPercent: domains.reduce((sum, domain) => sum + earned[members.indexOf(domain)]!, 0),
      usablePercent: 100 * cpus.length,
    }),
  );
  const strain = ({ earnedPercent, usablePercent }: Bend) => Math.abs(earnedPercent / usablePercent - 1);
  return (
    bends.find(({ domains }) => domains.includes(sufferer)) ??
    bends.reduce((worst, bend) => (strain(bend) > strain(worst) ? bend : worst))
  );
}

/** The domain as if it were free to run on every cpu of its pool. */
export const unpinned = (domain: DomainState): DomainState => ({
  ...domain,
  scheduling: {
    ...domain.scheduling,
    affinity: domain.scheduling.affinity.map(({ soft }) => ({ hard: null, soft })),
  },
});
