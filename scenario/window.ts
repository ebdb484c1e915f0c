import { DOMAIN0, type DomainState, NS_PER_S, type Usage } from '../interface/index.ts';
import { entitled } from './entitled.ts';
import type { Stage } from './stage.ts';

/** A stretch of time in which nobody changed anything. */
export interface Window {
  /** Counts from 1; repeat n runs under seed `seed + n - 1`. */
  readonly repeat: number;
  readonly fromS: number;
  readonly toS: number;
  /** The run was ended on the way: this is what there was until then. */
  readonly cut?: true;
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

/** What a window says of those pools that one part of a run has played. */
export interface WindowPart extends Omit<Window, 'domains'> {
  readonly shares: readonly { readonly id: number; readonly name: string; readonly share: DomainShare }[];
}

/** Lets the stage run from one time to the other, and says what each domain got; null: cut before there was anything. */
export async function measure(
  stage: Stage,
  repeat: number,
  fromS: number,
  toS: number,
): Promise<WindowPart | null> {
  await stage.passTo(fromS);
  if (stage.isCut) return null;
  const before = await stage.usage();
  await stage.passTo(toS);
  const after = await stage.usage();
  const windowNs = after.nowNs - before.nowNs;
  if (windowNs === 0) return null;
  const endS = stage.isCut ? after.nowNs / NS_PER_S : toS;
  return {
    repeat,
    fromS: rounded(fromS, 6),
    toS: rounded(endS, 6),
    ...(stage.isCut ? { cut: true as const } : {}),
    shares: await sharesOf(stage, before, after),
  };
}

/** Puts together what the parts of one repeat have measured. A window that lacks one of so many is cut. */
export function joined(parts: readonly (readonly WindowPart[])[], of: number): Window[] {
  const windows = new Map<string, WindowPart[]>();
  for (const one of parts.flat()) {
    const key = `${one.fromS} ${one.toS} ${one.cut}`;
    const same = windows.get(key);
    if (same === undefined) windows.set(key, [one]);
    else same.push(one);
  }
  return [...windows.values()]
    .sort(([a], [b]) => a!.fromS - b!.fromS || a!.toS - b!.toS)
    .map((same) => joinedWindow(same, same.length < of));
}

function joinedWindow(same: readonly WindowPart[], isPartial: boolean): Window {
  const { shares: _, ...window } = same[0]!;
  const shares = same.flatMap((part) => part.shares).sort((a, b) => a.id - b.id);
  return {
    ...window,
    ...(isPartial ? { cut: true as const } : {}),
    domains: Object.fromEntries(shares.map(({ name, share }) => [name, share])),
  };
}

async function sharesOf(stage: Stage, before: Usage, after: Usage): Promise<WindowPart['shares']> {
  const state = await stage.state();
  const earlier = new Map(before.domains.map(({ id, vcpuNs }) => [id, vcpuNs]));
  const later = new Map(after.domains.map((usage) => [usage.id, usage]));
  const domains = state.domains.filter(({ id }) => later.has(id));
  const promised = entitled({ pools: state.pools, domains }, later);
  return domains
    .filter(({ id }) => id !== DOMAIN0)
    .map((domain) => {
      const start = earlier.get(domain.id)!;
      const usedNs = later.get(domain.id)!.vcpuNs.map((ns, vcpu) => ns - start[vcpu]!);
      const share = shareOf(domain, usedNs, after.nowNs - before.nowNs, promised.get(domain.id)!);
      return { id: domain.id, name: domain.name, share };
    });
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
