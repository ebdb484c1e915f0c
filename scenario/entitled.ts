import { type DomainId, type DomainUsage, demandPercent, type HostState } from '../interface/index.ts';
import { entitledIn, entitledNow } from '../xend/planning/promises.ts';

type Usages = ReadonlyMap<DomainId, DomainUsage>;

/** What the scheduler of its pool promises to each domain, percent of one cpu; without usage as far as that can be told. */
export function entitled(
  { pools, domains }: Pick<HostState, 'pools' | 'domains'>,
  usages?: Usages,
): Map<DomainId, number> {
  const workloads = new Map(domains.map(({ id, workload }) => [id, workload]));
  return new Map(
    pools.flatMap((pool) => {
      const members = domains.filter((domain) => domain.pool === pool.name);
      const percents =
        usages === undefined
          ? entitledIn(pool, members, (id) => demandPercent(workloads.get(id)!))
          : entitledNow(pool, members, usages);
      return members.map(({ id }, index): [DomainId, number] => [id, percents[index]!]);
    }),
  );
}
