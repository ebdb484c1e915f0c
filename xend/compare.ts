import { isDeepStrictEqual } from 'node:util';
import {
  type Affinity,
  type Cpu,
  type DomainState,
  formatCpuList,
  type HostDescription,
  type HostState,
  type MemoryShare,
  POOL0,
  type PoolState,
  type Scheduling,
  type Step,
} from '../interface/index.ts';
import { containsAll, domainOf } from './carry-out.ts';
import type { Definitions, DomainDefined, PoolDefinition } from './definitions.ts';

/** Where the host is not as defined: in words, and the step that would mend it, where there is one. */
export interface Difference {
  readonly text: string;
  readonly repair: Step | null;
}

/**
 * Law 10: the host is the truth, the definition the wish. In the order in which repairs can follow each other: pools,
 * cpus, domains. What a host that keeps its domains has lost is told and not made up: a guest that ended has ended.
 */
export function compare(wish: Definitions, host: HostDescription, state: HostState): Difference[] {
  return [
    ...comparePools(wish, host, state),
    ...compareOnline(wish, host, state),
    ...compareOwners(wish, host, state),
    ...compareDomains(wish, host, state),
  ];
}

function comparePools(wish: Definitions, host: HostDescription, state: HostState): Difference[] {
  const found = new Map(state.pools.map((pool) => [pool.name, pool]));
  return [...wish.pools.values()].flatMap((wished) => {
    const { name, scheduler } = wished;
    const pool = found.get(name);
    if (pool === undefined) {
      const repair: Step = { do: 'createPool', pool: name, scheduler };
      return [{ text: `there is no pool ${name} on this host`, repair }, ...settings(wished, AS_CREATED)];
    }
    if (pool.scheduler === scheduler) return settings(wished, pool);
    const { params } = wished;
    const repair: Step | null = host.changesScheduler
      ? { do: 'setPoolScheduler', pool: name, scheduler, params }
      : null;
    return [{ text: `${name} has scheduler ${pool.scheduler}, not ${scheduler}`, repair }];
  });
}

const AS_CREATED = { params: {}, nodes: null };

function settings(
  { name, params, nodes }: PoolDefinition,
  found: Pick<PoolState, 'params' | 'nodes'>,
): Difference[] {
  const text = `${name} has other parameters or nodes than defined`;
  const differences: Difference[] = [];
  if (!containsAll(found.params, params))
    differences.push({ text, repair: { do: 'setPoolParams', pool: name, params } });
  if (!isDeepStrictEqual(found.nodes, nodes))
    differences.push({ text, repair: { do: 'setPoolNodes', pool: name, nodes } });
  return differences;
}

function compareOnline(wish: Definitions, host: HostDescription, state: HostState): Difference[] {
  const online = new Set(state.online);
  return host.topology.cpus.flatMap(({ cpu }) => {
    const isWished = !wish.offline.has(cpu);
    if (online.has(cpu) === isWished) return [];
    const repair: Step = { do: 'setCpuOnline', cpu, online: isWished };
    return [{ text: `cpu ${cpu} is ${isWished ? 'offline' : 'online'}`, repair }];
  });
}

function compareOwners(wish: Definitions, host: HostDescription, state: HostState): Difference[] {
  const owners = new Map(state.pools.flatMap(({ name, cpus }) => cpus.map((cpu) => [cpu, name] as const)));
  const moves = [...owners]
    .filter(([cpu, owner]) => wish.ownerOf(cpu) !== owner)
    .map(([cpu, owner]): Difference => {
      const to = wish.ownerOf(cpu);
      return { text: `cpu ${cpu} is in ${owner}, not in ${to}`, repair: { do: 'moveCpu', cpu, to } };
    });
  return [...lostCpus(wish, host), ...moves];
}

function lostCpus(wish: Definitions, host: HostDescription): Difference[] {
  const lost = new Map<string, Cpu[]>();
  for (const [cpu, pool] of wish.owners)
    if (cpu >= host.topology.cpus.length) lost.set(pool, [...(lost.get(pool) ?? []), cpu]);
  return [...lost].map(([pool, cpus]) => ({
    text: `${pool} lacks cpus ${formatCpuList(cpus)}: this host has ${host.topology.cpus.length}`,
    repair: null,
  }));
}

function compareDomains(wish: Definitions, host: HostDescription, state: HostState): Difference[] {
  const cpuless = new Set(state.pools.filter(({ cpus }) => cpus.length === 0).map(({ name }) => name));
  const free = new Map(state.memory.map(({ node, freeMib }) => [node, freeMib]));
  return [...wish.domains.values()].flatMap((wished) => {
    const found = domainOf(state, wished.id);
    if (found !== undefined) return compareDomain(found, wished, host, cpuless);
    if (host.keepsDomains) return [gone(wished, cpuless)];
    return [missing(wished, host, cpuless, free)];
  });
}

/** What has ended is not begun again; but a unit that was adopted may run again, and is then the domain. */
function gone(wished: DomainDefined, cpuless: ReadonlySet<string>): Difference {
  const { otherKeys: _, ...spec } = wished;
  const isUnit = spec.adopted !== undefined && 'unit' in spec.adopted;
  const repair: Step | null = isUnit && !cpuless.has(spec.pool) ? { do: 'createDomain', spec } : null;
  return { text: `domain ${spec.name} (id ${spec.id}) is gone`, repair };
}

function compareDomain(
  found: DomainState,
  wished: DomainDefined,
  host: HostDescription,
  cpuless: ReadonlySet<string>,
): Difference[] {
  const scheduling = possible(wished.scheduling, host);
  const { id: domain, name } = wished;
  const says = (text: string, repair: Step | null): Difference => ({
    text: `domain ${name} (id ${domain}) ${text}`,
    repair,
  });
  const differences: Difference[] = [];
  if (found.pool !== wished.pool) {
    const repair: Step | null = cpuless.has(wished.pool)
      ? null
      : { do: 'moveDomain', domain, to: wished.pool, scheduling };
    differences.push(says(`is in ${found.pool}, not in ${wished.pool}`, repair));
  } else if (!isDeepStrictEqual(found.scheduling, scheduling))
    differences.push(
      says('has another weight, cap or affinity', { do: 'setScheduling', domain, scheduling }),
    );
  if (scheduling !== wished.scheduling) differences.push(says('is pinned to cpus this host lacks', null));
  if (found.name !== name)
    differences.push(says(`is called ${found.name}`, { do: 'renameDomain', domain, to: name }));
  if (found.paused !== wished.paused)
    differences.push(
      says(found.paused ? 'is paused' : 'runs', { do: 'setPaused', domain, paused: wished.paused }),
    );
  return differences;
}

/** A domain to be created again: in its pool or, if that has no cpu, in pool0; on its nodes or on those with room. */
function missing(
  wished: DomainDefined,
  host: HostDescription,
  cpuless: ReadonlySet<string>,
  free: Map<number, number>,
): Difference {
  const { otherKeys: _, ...spec } = wished;
  const memory = roomFor(wished.memory, free);
  const text = `domain ${wished.name} (id ${wished.id}) does not run`;
  if (memory === null) return { text: `${text}: not enough memory is free`, repair: null };
  for (const { node, mib } of memory) free.set(node, free.get(node)! - mib);
  const pool = cpuless.has(wished.pool) ? POOL0 : wished.pool;
  const scheduling = possible(wished.scheduling, host);
  return { text, repair: { do: 'createDomain', spec: { ...spec, pool, memory, scheduling } } };
}

function roomFor(
  wished: readonly MemoryShare[],
  free: ReadonlyMap<number, number>,
): readonly MemoryShare[] | null {
  if (wished.every(({ node, mib }) => (free.get(node) ?? 0) >= mib)) return wished;
  const found: MemoryShare[] = [];
  let wantedMib = wished.reduce((sum, { mib }) => sum + mib, 0);
  for (const [node, freeMib] of free) {
    const mib = Math.min(freeMib, wantedMib);
    if (mib > 0) found.push({ node: node as MemoryShare['node'], mib });
    wantedMib -= mib;
  }
  return wantedMib > 0 ? null : found;
}

/** The scheduling without the cpus that this host lacks; the same object where it lacks none. */
function possible(scheduling: Scheduling, host: HostDescription): Scheduling {
  const exists = (cpu: Cpu) => cpu < host.topology.cpus.length;
  const keep = (cpus: readonly Cpu[] | null) => {
    if (cpus === null || cpus.every(exists)) return cpus;
    return cpus.some(exists) ? cpus.filter(exists) : null;
  };
  const affinity = scheduling.affinity.map(
    ({ hard, soft }): Affinity => ({ hard: keep(hard), soft: keep(soft) }),
  );
  return isDeepStrictEqual(affinity, scheduling.affinity) ? scheduling : { ...scheduling, affinity };
}
