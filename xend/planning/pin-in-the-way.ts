import { DOMAIN0, type DomainState, type PoolState } from '../../interface/index.ts';
import { unpinned } from './bend.ts';
import { type Division, divisionsOf } from './divide.ts';
import { bindingPins, meet, type Pinned, pinsIn } from './pins.ts';
import type { DemandOf } from './promises.ts';

/** A domain without whose pins the pool could be divided so that nobody competes inside a pin. */
export interface InTheWay {
  readonly domain: DomainState;
  /** The pins it overlaps without being equal to them; none: its own vcpus are pinned apart. */
  readonly overlaps: readonly Pinned[];
  /** The members as they would be with its pins lifted, and the division of these. */
  readonly members: readonly DomainState[];
  readonly division: Division;
}

/** So many domains are looked at, each with other pins: the rest is seldom of another kind. */
const MOST_LOOKED_AT = 16;

/** The domain whose pins it would help most to lift; `null` if none of them is in the way, or more than one. */
export function pinInTheWay(
  pool: PoolState,
  members: readonly DomainState[],
  demandOf: DemandOf,
): InTheWay | null {
  const found: InTheWay[] = [];
  for (const domain of suspects(pool, members)) {
    const others = members.map((member) => (member === domain ? unpinned(member) : member));
    const [division] = divisionsOf(pool, others, demandOf);
    if (division === undefined || division.contested > 0) continue;
    found.push({ domain, overlaps: overlapsOf(pool, members, domain), members: others, division });
  }
  found.sort((a, b) => a.division.missPercent - b.division.missPercent);
  return found[0] ?? null;
}

/** Domains that tie cpus together which others keep apart, or whose own vcpus are pinned apart; of those alike, one. */
function suspects(pool: PoolState, members: readonly DomainState[]): DomainState[] {
  const alike = new Map<string, DomainState>();
  for (const domain of members) {
    const pins = bindingPins(pool, domain);
    const isSuspect = pins.length > 1 || overlapsOf(pool, members, domain).length > 0;
    if (domain.id !== DOMAIN0 && isSuspect) alike.set(pins.join(' '), domain);
  }
  return [...alike.values()].slice(0, MOST_LOOKED_AT);
}

/** All pins that overlap others without being equal to them. */
export function overlappingPins(pool: PoolState, members: readonly DomainState[]): Pinned[] {
  const pins = pinsIn(pool, members);
  return pins.filter((pin) => pins.some((other) => other !== pin && meet(pin, other)));
}

function overlapsOf(pool: PoolState, members: readonly DomainState[], domain: DomainState): Pinned[] {
  const own = pinsIn(pool, [domain]);
  const ownKeys = new Set(own.map(({ cpus }) => cpus.join()));
  const others = pinsIn(
    pool,
    members.filter((member) => member !== domain),
  );
  return others.filter((pin) => !ownKeys.has(pin.cpus.join()) && own.some((mine) => meet(mine, pin)));
}
