import type { Cpu, DomainState, PoolState } from '../../interface/index.ts';

/** Cpus of a pool, fewer than all, and the domains with vcpus that may run on these only. */
export interface Pinned {
  /** Ascending. */
  readonly cpus: readonly Cpu[];
  readonly domains: readonly DomainState[];
}

/** Cpus that pins tie together, since some domain may run on no others: they can only be in one pool. */
export interface Block extends Pinned {}

/** The different pins that bind inside the pool, in the order in which they are met. */
export function pinsIn(pool: PoolState, members: readonly DomainState[]): Pinned[] {
  const pins = new Map<string, { cpus: readonly Cpu[]; domains: Set<DomainState> }>();
  for (const domain of members) {
    for (const cpus of bindingPins(pool, domain)) {
      const key = cpus.join();
      if (!pins.has(key)) pins.set(key, { cpus, domains: new Set() });
      pins.get(key)!.domains.add(domain);
    }
  }
  return [...pins.values()].map(({ cpus, domains }) => ({ cpus, domains: [...domains] }));
}

/** The blocks of a pool, by their first cpu. Domains without a pin that binds are in none. */
export function blocksOf(pool: PoolState, members: readonly DomainState[]): Block[] {
  let blocks: { readonly cpus: Set<Cpu>; readonly domains: DomainState[] }[] = [];
  for (const domain of members) {
    const cpus = bindingPins(pool, domain).flat();
    if (cpus.length === 0) continue;
    const touched = blocks.filter((block) => cpus.some((cpu) => block.cpus.has(cpu)));
    const tied = {
      cpus: new Set([...touched.flatMap((block) => [...block.cpus]), ...cpus]),
      domains: [...touched.flatMap((block) => block.domains), domain],
    };
    blocks = [...blocks.filter((block) => !touched.includes(block)), tied];
  }
  return blocks
    .map(({ cpus, domains }) => ({ cpus: [...cpus].sort((a, b) => a - b), domains }))
    .sort((a, b) => a.cpus[0]! - b.cpus[0]!);
}

/** The different sets of the pool's cpus, fewer than all, to which vcpus of the domain are pinned; each ascending. */
export function bindingPins(pool: PoolState, { scheduling }: DomainState): Cpu[][] {
  const sets = scheduling.affinity.map(({ hard }) => bindingCpus(pool, hard)).filter((cpus) => cpus !== null);
  return [...new Map(sets.map((cpus) => [cpus.join(), cpus])).values()];
}

/** What a hard affinity leaves a vcpu of the pool's cpus; `null`: all of them, or none, which binds nobody. */
export function bindingCpus(pool: Pick<PoolState, 'cpus'>, hard: readonly Cpu[] | null): Cpu[] | null {
  if (hard === null) return null;
  const wanted = new Set(hard);
  const cpus = pool.cpus.filter((cpu) => wanted.has(cpu));
  return cpus.length === 0 || cpus.length === pool.cpus.length ? null : cpus;
}

/** Whether two pins have a cpu in common. */
export const meet = (a: Pinned, b: Pinned) => a.cpus.some((cpu) => b.cpus.includes(cpu));
