import {
  type Cpu,
  type DomainState,
  done,
  type HostState,
  type Outcome,
  type PoolState,
  refuse,
} from '../../interface/index.ts';

/** Who is where: the questions that every plan asks about the host's state. */

export function findPool(state: HostState, name: string): Outcome<PoolState> {
  const pool = state.pools.find((one) => one.name === name);
  return pool === undefined ? refuse({ code: 'unknown-pool', pool: name }) : done(pool);
}

/** By name or by id; no name is a number, so the two cannot be mixed up. */
export function findDomain(state: HostState, nameOrId: string): Outcome<DomainState> {
  const id = /^\d+$/.test(nameOrId) ? Number(nameOrId) : null;
  const domain = state.domains.find((one) => (id === null ? one.name === nameOrId : one.id === id));
  return domain === undefined ? refuse({ code: 'unknown-domain', domain: nameOrId }) : done(domain);
}

export const membersOf = (state: HostState, pool: string): DomainState[] =>
  state.domains.filter((domain) => domain.pool === pool);

/** The pool of each cpu, by cpu number; an offline cpu has none. */
export function ownersOf(state: HostState): (PoolState | undefined)[] {
  const owners: (PoolState | undefined)[] = [];
  for (const pool of state.pools) for (const cpu of pool.cpus) owners[cpu] = pool;
  return owners;
}

/** The cpus of `cpus` that are not among `others`, in their order. */
export function without(cpus: readonly Cpu[], others: readonly Cpu[]): Cpu[] {
  if (others.length === 0) return [...cpus];
  const left = new Set(others);
  return cpus.filter((cpu) => !left.has(cpu));
}
