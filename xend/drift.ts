import {
  type Cpu,
  type DomainId,
  type DomainState,
  formatCpuList,
  type HostDescription,
  type HostState,
  POOL0,
  type PoolHealth,
  type PoolState,
  type Step,
  sameCpus,
} from '../interface/index.ts';
import { domainOf, poolOf } from './carry-out.ts';
import { compare } from './compare.ts';
import type { Definitions, DomainDefined } from './definitions.ts';
import { membersOf } from './planning/occupancy.ts';

/** One object that is not as it was defined, though nobody here changed it. */
export interface Drift {
  /** What it is about: the same for as long as it lasts. */
  readonly key: string;
  /** What happened, and who is hurt. */
  readonly text: string;
  readonly pools: readonly string[];
  readonly domains: readonly DomainId[];
  readonly repair: Repair | null;
}

export type Repair =
  /** These cpus for this pool, at once. */
  { readonly pool: string; readonly cpus: readonly Cpu[] } | { readonly step: Step };

/**
 * Where others have changed the host under us. Like `compare`, but for a host that runs: a pool's cpus are one thing,
 * a cpu that somebody took offline stays so, and a domain that is gone has ended.
 */
export function findDrift(wish: Definitions, host: HostDescription, state: HostState): Drift[] {
  const wished = wishedCpus(wish);
  const pools = [...wish.pools.keys()].flatMap((name) => {
    const pool = poolOf(state, name);
    if (pool === undefined) return [];
    if (name === POOL0) return driftOfPool0(state, pool);
    return driftOfPool(state, pool, wished.get(name) ?? []);
  });
  // Who has too much gives it up first: a cpu that two ask for is nobody's.
  const byExcess = pools.toSorted((a, b) => Number(b.hasExcess) - Number(a.hasExcess));
  return [
    ...byExcess.map(({ drift }) => drift),
    ...otherDrift(wish, host, state),
    ...troubledDomains(wish, state),
  ];
}

/** Domains that were defined and have ended by themselves. A unit that was adopted may be started again. */
export const endedDomains = (wish: Definitions, state: HostState): DomainDefined[] =>
  [...wish.domains.values()].filter(
    ({ id, adopted }) => domainOf(state, id) === undefined && !isUnit(adopted),
  );

const isUnit = (adopted: DomainDefined['adopted']) => adopted !== undefined && 'unit' in adopted;

/** Every pool that is not healthy. */
export function illPools(wish: Definitions, state: HostState): Map<string, Exclude<PoolHealth, 'healthy'>> {
  const wished = wishedCpus(wish);
  const online = new Set(state.online);
  const ill = new Map<string, Exclude<PoolHealth, 'healthy'>>();
  for (const { name, cpus } of state.pools) {
    if (name === POOL0 && troubleOf(state, name) !== undefined) ill.set(name, 'broken');
    if (name === POOL0 || !wish.pools.has(name)) continue;
    const all = wished.get(name) ?? [];
    const due = all.filter((cpu) => online.has(cpu));
    if (!sameCpus(due, cpus) || (due.length > 0 && troubleOf(state, name) !== undefined))
      ill.set(name, 'broken');
    else if (due.length < all.length) ill.set(name, 'degraded');
  }
  return ill;
}

interface PoolDrift {
  readonly drift: Drift;
  readonly hasExcess: boolean;
}

function driftOfPool(state: HostState, pool: PoolState, wished: readonly Cpu[]): PoolDrift[] {
  const { name } = pool;
  const online = new Set(state.online);
  const due = wished.filter((cpu) => online.has(cpu));
  const offline = wished.filter((cpu) => !online.has(cpu));
  const members = membersOf(state, name);
  const about = { pools: [name], domains: members.map(({ id }) => id) };
  const drifts: PoolDrift[] = [];
  const trouble = troubleOf(state, name);
  if (!sameCpus(due, pool.cpus) || (trouble !== undefined && due.length > 0)) {
    const what = trouble ?? `has cpus ${list(pool.cpus)}, not ${list(due)}`;
    const repair = due.length > 0 ? { pool: name, cpus: due } : null;
    const drift = { key: `pool ${name}`, text: `${name} ${what}${hurt(members)}`, ...about, repair };
    drifts.push({ drift, hasExcess: pool.cpus.some((cpu) => !due.includes(cpu)) });
  }
  if (offline.length > 0) {
    const left = due.length === 0 ? ', it has none left' : '';
    const text = `${name} is degraded: cpus ${list(offline)} are offline${left}${hurt(members)}`;
    const drift = { key: `cpus of ${name}`, text, ...about, repair: null };
    drifts.push({ drift, hasExcess: false });
  }
  return drifts;
}

/** It has what nobody else has: what can be wrong is that the host does not let it. */
function driftOfPool0(state: HostState, { name, cpus }: PoolState): PoolDrift[] {
  const trouble = troubleOf(state, name);
  if (trouble === undefined) return [];
  const text = `${name} ${trouble}`;
  const drift = { key: `pool ${name}`, text, pools: [name], domains: [], repair: { pool: name, cpus } };
  return [{ drift, hasExcess: false }];
}

function otherDrift(wish: Definitions, host: HostDescription, state: HostState): Drift[] {
  return compare(wish, host, state).flatMap(({ text, repair }): Drift[] => {
    if (repair === null || repair.do === 'moveCpu' || repair.do === 'setCpuOnline') return [];
    const id = 'domain' in repair ? repair.domain : null;
    const domain = id === null ? undefined : domainOf(state, id);
    const pools = 'pool' in repair ? [repair.pool] : domain === undefined ? [] : [domain.pool];
    return [{ key: text, text, pools, domains: id === null ? [] : [id], repair: { step: repair } }];
  });
}

function troubledDomains(wish: Definitions, state: HostState): Drift[] {
  return (state.troubles ?? []).flatMap(({ text, on }): Drift[] => {
    if (!('domain' in on)) return [];
    const wished = wish.domains.get(on.domain);
    if (wished === undefined) return [];
    const { id: domain, name, pool: to, scheduling } = wished;
    const step: Step = { do: 'moveDomain', domain, to, scheduling };
    return [
      {
        key: `domain ${domain}: ${text}`,
        text: `domain ${name} (id ${domain}): ${text}`,
        pools: [to],
        domains: [domain],
        repair: { step },
      },
    ];
  });
}

function wishedCpus(wish: Definitions): Map<string, Cpu[]> {
  const wished = new Map<string, Cpu[]>();
  for (const [cpu, pool] of wish.owners) wished.set(pool, [...(wished.get(pool) ?? []), cpu]);
  for (const cpus of wished.values()) ascending(cpus);
  return wished;
}

const troubleOf = ({ troubles = [] }: HostState, pool: string): string | undefined =>
  troubles.find(({ on }) => 'pool' in on && on.pool === pool)?.text;

/** An event is a line: of many domains it names the first. */
function hurt(members: readonly DomainState[]): string {
  if (members.length === 0) return '';
  const named = members.slice(0, NAMED).map(({ name, id }) => `${name} (id ${id})`);
  const more = members.length > NAMED ? ` and ${members.length - NAMED} more` : '';
  return `; this concerns ${named.join(', ')}${more}`;
}

const NAMED = 5;

const list = (cpus: readonly Cpu[]) => formatCpuList(cpus) || 'none';
const ascending = (cpus: Cpu[]) => cpus.sort((a, b) => a - b);
