import {
  BOOT_CPU,
  type Cpu,
  DOMAIN0,
  type DomainId,
  type DomainState,
  POOL0,
  type PoolState,
} from '../../interface/index.ts';
import { without } from './occupancy.ts';
import { bindingPins, blocksOf, meet, pinsIn } from './pins.ts';
import { type DemandOf, entitledIn } from './promises.ts';

/*
 * How to divide a pool so that no pin is left inside one. What pins tie together (a block) stays together; the cpus that
 * no pin names are a part of their own. Every way to put these parts into two or more groups is looked at, the domains
 * without a pin go where there is room for what they are promised, and the exact model says how near the promises then
 * come to those that the undivided pool makes: who divides a pool must not change what its weights and pins mean.
 */

/** Cpus that shall be a pool, and who shall be in it. */
export interface Group {
  /** Ascending. */
  readonly cpus: readonly Cpu[];
  readonly domains: readonly DomainState[];
}

/** A pool in two or more parts; the first keeps its name. */
export interface Division {
  readonly stays: Group;
  readonly leave: readonly Group[];
  /** Groups in which domains still compete for the cpus of a pin that binds there. */
  readonly contested: number;
  /** How far what somebody is promised then is from what it is promised now, at worst, percent of one cpu. */
  readonly missPercent: number;
}

/** More parts are not put together in every way: six can be in 202, seven in 876. */
const MOST_PARTS = 6;

/** All divisions worth a try, the best first; none if pins tie the whole pool together or there are none. */
export function divisionsOf(
  pool: PoolState,
  members: readonly DomainState[],
  demandOf: DemandOf,
): Division[] {
  const promised = entitledIn(pool, members, demandOf);
  const promises = new Map(members.map(({ id }, index) => [id, promised[index]!]));
  const parts = partsOf(pool, members);
  const groupings = parts.length > MOST_PARTS ? fewGroupings(parts) : partitions(parts);
  return groupings
    .filter((grouping) => grouping.length > 1)
    .map((grouping) => divisionInto(pool, members, demandOf, promises, grouping))
    .sort(
      (a, b) =>
        a.contested - b.contested ||
        Math.round(a.missPercent - b.missPercent) ||
        movesOf(a) - movesOf(b) ||
        a.leave.length - b.leave.length,
    );
}

export const movesOf = ({ leave }: Division): number =>
  leave.reduce((sum, { domains }) => sum + domains.length, 0);

/** Blocks and, if there are any, the loose cpus; what the law keeps in pool0 is one part there. */
function partsOf(pool: PoolState, members: readonly DomainState[]): Group[] {
  const blocks: readonly Group[] = blocksOf(pool, members);
  if (blocks.length === 0) return [];
  const tied = blocks.flatMap(({ cpus }) => cpus);
  const loose = without(pool.cpus, tied);
  const parts = loose.length === 0 ? blocks : [...blocks, { cpus: loose, domains: [] }];
  if (pool.name !== POOL0) return [...parts];
  const stay = parts.filter(isHeld);
  return [merged(stay), ...parts.filter((part) => !stay.includes(part))];
}

/** Cpu 0 and Domain-0 never leave pool0 (law 2). */
const isHeld = ({ cpus, domains }: Group) =>
  cpus.includes(BOOT_CPU) || domains.some(({ id }) => id === DOMAIN0);

function divisionInto(
  pool: PoolState,
  members: readonly DomainState[],
  demandOf: DemandOf,
  promises: ReadonlyMap<DomainId, number>,
  grouping: readonly (readonly Group[])[],
): Division {
  const groups = withFreeDomains(pool, members, promises, grouping.map(merged));
  const misses = groups.flatMap((group) => {
    const after = entitledIn({ ...pool, cpus: group.cpus }, group.domains, demandOf);
    return group.domains.map(({ id }, index) => Math.abs(after[index]! - promises.get(id)!));
  });
  const stays = groups.reduce((best, group) => (staysRather(pool, group, best) ? group : best));
  return {
    stays,
    leave: groups.filter((group) => group !== stays).sort((a, b) => a.cpus[0]! - b.cpus[0]!),
    contested: groups.filter((group) => isContested(pool, group)).length,
    missPercent: Math.max(0, ...misses),
  };
}

/** Each domain without a pin goes where there is room for what it is promised: to the loose cpus first. */
function withFreeDomains(
  pool: PoolState,
  members: readonly DomainState[],
  promises: ReadonlyMap<DomainId, number>,
  groups: readonly Group[],
): Group[] {
  const bound = new Set(groups.flatMap(({ domains }) => domains));
  const promiseTo = ({ id }: DomainState) => promises.get(id)!;
  const filling = groups.map(({ cpus, domains }) => ({
    cpus,
    domains: [...domains],
    room: 100 * cpus.length - domains.reduce((sum, domain) => sum + promiseTo(domain), 0),
  }));
  const tied = new Set([...bound].flatMap((domain) => bindingPins(pool, domain).flat()));
  const roomiest = () => filling.reduce((best, group) => (group.room > best.room ? group : best));
  const loosest = filling.find(({ cpus }) => cpus.some((cpu) => !tied.has(cpu))) ?? roomiest();
  const free = members.filter((domain) => !bound.has(domain)).sort((a, b) => promiseTo(b) - promiseTo(a));
  for (const domain of free) {
    const fits = loosest.room >= promiseTo(domain) - ROUNDING ? loosest : roomiest();
    const group = isAtHome(pool, domain) ? filling.find(({ cpus }) => cpus.includes(BOOT_CPU))! : fits;
    group.domains.push(domain);
    group.room -= promiseTo(domain);
  }
  return filling.map(({ cpus, domains }) => ({ cpus, domains: domains.sort((a, b) => a.id - b.id) }));
}

const ROUNDING = 1e-6;

const isAtHome = (pool: PoolState, { id }: DomainState) => pool.name === POOL0 && id === DOMAIN0;

/**
 * The name stays with cpu 0; in a named pool where the most domains without a pin are, for these then need no change at
 * all: one with a pin must be moved, or its pin lifted.
 */
function staysRather(pool: PoolState, group: Group, other: Group): boolean {
  if (pool.name === POOL0) return group.cpus.includes(BOOT_CPU);
  const free = ({ domains }: Group) =>
    domains.filter((domain) => bindingPins(pool, domain).length === 0).length;
  return free(group) > free(other) || (free(group) === free(other) && sizeOf(group) > sizeOf(other));
}

const sizeOf = ({ domains }: Group) => domains.length;

function isContested(pool: PoolState, { cpus, domains }: Group): boolean {
  const pins = pinsIn({ ...pool, cpus }, domains);
  return pins.some(
    (pin) => pin.domains.length > 1 || pins.some((other) => other !== pin && meet(pin, other)),
  );
}

function merged(parts: readonly Group[]): Group {
  return {
    cpus: parts.flatMap(({ cpus }) => cpus).sort((a, b) => a - b),
    domains: parts.flatMap(({ domains }) => domains),
  };
}

/** All apart; and those apart where several domains meet, the others together. */
function fewGroupings(parts: readonly Group[]): Group[][][] {
  const crowded = parts.filter(({ domains }) => domains.length > 1);
  const others = parts.filter(({ domains }) => domains.length <= 1);
  const apart = (some: readonly Group[]) => some.map((part) => [part]);
  return [apart(parts), [...apart(crowded), ...(others.length === 0 ? [] : [others])]];
}

/** Every way to put things into groups, the finest last. */
function partitions<T>(things: readonly T[]): T[][][] {
  const [first, ...rest] = things;
  if (first === undefined) return [[]];
  return partitions(rest).flatMap((groups) => [
    ...groups.map((_, at) => groups.map((group, i) => (i === at ? [first, ...group] : group))),
    [[first], ...groups],
  ]);
}
