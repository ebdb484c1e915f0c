import {
  DOMAIN0,
  type DomainId,
  type DomainState,
  type DomainUsage,
  NS_PER_S,
  type PoolState,
  type Usage,
} from '../interface/index.ts';
import { entitledNow } from '../xend/planning/promises.ts';
import type { Stage } from './stage.ts';

/** A stretch of time in which nobody changed anything. */
export interface Window {
  /** Counts from 1; repeat n runs under seed `seed + n - 1`. */
  readonly repeat: number;
  readonly fromS: number;
  readonly toS: number;
  /** By name, in order of creation; Domain-0 does nothing in a scenario and is left out. */
  readonly domains: Readonly<Record<string, DomainShare>>;
}

export interface DomainShare {
  readonly pool: string;
  readonly vcpus: number;
  readonly weight: number;
  readonly cap: number;
  readonly cpuSeconds: number;
  /** Percent of one cpu over the window. */
  readonly sharePercent: number;
  readonly vcpuSharePercent: readonly number[];
  /** What weight, cap, pins and demand promise inside the pool. */
  readonly entitledPercent: number;
}

type UsageById = ReadonlyMap<DomainId, DomainUsage>;

/** Lets the stage run from one time to the other, and says what each domain got. */
export async function measure(stage: Stage, repeat: number, fromS: number, toS: number): Promise<Window> {
  stage.advanceTo(fromS);
  const before = await stage.usage();
  stage.advanceTo(toS);
  const after = await stage.usage();
  const { domains, pools } = await stage.state();
  const earlier = byId(before);
  const later = byId(after);
  const entitled = new Map(pools.flatMap((pool) => promisesIn(pool, domains, later)));
  const shares = domains
    .filter(({ id }) => id !== DOMAIN0)
    .map((domain) => {
      const start = earlier.get(domain.id)!.vcpuNs;
      const usedNs = later.get(domain.id)!.vcpuNs.map((ns, vcpu) => ns - start[vcpu]!);
      return [domain.name, shareOf(domain, usedNs, after.nowNs - before.nowNs, entitled.get(domain.id)!)];
    });
  return { repeat, fromS: rounded(fromS, 6), toS: rounded(toS, 6), domains: Object.fromEntries(shares) };
}

const byId = ({ domains }: Usage): UsageById => new Map(domains.map((usage) => [usage.id, usage]));

/** What each member of the pool is promised. */
function promisesIn(
  pool: PoolState,
  domains: readonly DomainState[],
  usage: UsageById,
): [DomainId, number][] {
  const members = domains.filter((domain) => domain.pool === pool.name);
  const percents = entitledNow(pool, members, usage);
  return members.map(({ id }, index) => [id, percents[index]!]);
}

function shareOf(domain: DomainState, usedNs: number[], windowNs: number, entitled: number): DomainShare {
  const percent = (ns: number) => rounded((100 * ns) / windowNs, 3);
  const totalNs = usedNs.reduce((sum, ns) => sum + ns, 0);
  return {
    pool: domain.pool,
    vcpus: domain.vcpus,
    weight: domain.scheduling.weight,
    cap: domain.scheduling.cap,
    cpuSeconds: rounded(totalNs / NS_PER_S, 6),
    sharePercent: percent(totalNs),
    vcpuSharePercent: usedNs.map(percent),
    entitledPercent: rounded(entitled, 3),
  };
}

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
