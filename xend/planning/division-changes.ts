import {
  type Affinity,
  type Cpu,
  DOMAIN0,
  type DomainModify,
  type DomainState,
  type ParamsRequest,
  POOL0,
  type PoolCreate,
  type PoolModify,
  type PoolState,
  sameCpus,
} from '../../interface/index.ts';
import type { Division, Group } from './divide.ts';
import { bindingCpus } from './pins.ts';
import { defaultParams } from './scheduler-params.ts';

/** What advice is made of: changes that anybody could ask for. */
export type DivisionChange = PoolCreate | PoolModify | DomainModify;

/**
 * The changes that divide a pool, in an order in which each can be planned: a named pool first gives up its cpus, for a
 * new one takes them from pool0. A pin that a pool's edge replaces goes, one that still binds inside is set anew
 * (a pool that loses all cpus of a pin drops it). `names` are for the new pools.
 */
export function changesFor(pool: PoolState, division: Division, names: readonly string[]): DivisionChange[] {
  const { stays, leave } = division;
  const shrink: PoolModify = { kind: 'pool-modify', pool: pool.name, cpus: { list: stays.cpus } };
  return [
    ...(pool.name === POOL0 ? [] : [shrink]),
    ...leave.flatMap((group, n) => movesTo(pool, group, names[n]!)),
    ...stays.domains.filter(({ id }) => id !== DOMAIN0).flatMap((domain) => lifts(pool, stays, domain)),
  ];
}

/** As many names as are wanted, `pool1` and on, of those that are not taken. */
export function freeNames(taken: ReadonlySet<string>, count: number): string[] {
  const names: string[] = [];
  for (let n = 1; names.length < count; n++) if (!taken.has(`pool${n}`)) names.push(`pool${n}`);
  return names;
}

function movesTo(pool: PoolState, group: Group, name: string): DivisionChange[] {
  const { scheduler, nodes } = pool;
  const params = changedParams(pool);
  const create: PoolCreate = {
    kind: 'pool-create',
    name,
    cpus: { list: group.cpus },
    scheduler,
    ...(nodes !== null && { nodes }),
    ...(Object.keys(params).length > 0 && { params }),
  };
  const move = (domain: DomainState): DomainModify => ({
    kind: 'domain-modify',
    domain: domain.name,
    pool: name,
  });
  return [create, ...group.domains.flatMap((domain) => [move(domain), ...keeps(pool, group, domain)])];
}

/** The pins that must be set again: they bind in the new pool too. */
const keeps = (pool: PoolState, group: Group, { name, scheduling }: DomainState) =>
  pins(name, scheduling.affinity, ({ hard }) =>
    bindingCpus(pool, hard) !== null && bindingCpus(group, hard) !== null ? hard : undefined,
  );

/** The pins that now say what the pool's edge says: left behind, they would bind again as soon as the pool grows. */
const lifts = (pool: PoolState, stays: Group, { name, scheduling }: DomainState) =>
  pins(name, scheduling.affinity, ({ hard }) =>
    bindingCpus(pool, hard) !== null && bindingCpus(stays, hard) === null ? null : undefined,
  );

/** One change for all vcpus where they agree, else one a vcpu; `undefined` leaves a vcpu as it is. */
function pins(
  domain: string,
  affinity: readonly Affinity[],
  hardOf: (affinity: Affinity) => readonly Cpu[] | null | undefined,
): DomainModify[] {
  const hards = affinity.map(hardOf);
  const [first] = hards;
  const pin = (vcpu: number | 'all', hard: readonly Cpu[] | null): DomainModify => ({
    kind: 'domain-modify',
    domain,
    pin: { vcpu, hard },
  });
  if (first !== undefined && hards.every((hard) => hard !== undefined && sameCpus(hard, first)))
    return [pin('all', first)];
  return hards.flatMap((hard, vcpu) => (hard === undefined ? [] : [pin(vcpu, hard)]));
}

/** The new pool is to be as the old one was. */
function changedParams({ scheduler, params }: PoolState): ParamsRequest {
  const plain = defaultParams(scheduler);
  const { schedule: _, ...numbers } = params;
  const names = Object.keys(numbers) as (keyof typeof numbers)[];
  return Object.fromEntries(
    names.filter((name) => params[name] !== plain[name]).map((name) => [name, params[name]]),
  );
}
