import { OFFERED } from '../hypervisor/sched/create.ts';
import {
  DOMAIN0,
  type DomainState,
  done,
  type HostState,
  KNOWS_WEIGHT,
  type Outcome,
  type PoolState,
} from '../interface/index.ts';
import { type Bend, bendOf, unpinned } from '../xend/planning/bend.ts';
import { type Division, divisionsOf } from '../xend/planning/divide.ts';
import { changesFor, type DivisionChange, freeNames } from '../xend/planning/division-changes.ts';
import { membersOf } from '../xend/planning/occupancy.ts';
import { overlappingPins, pinInTheWay } from '../xend/planning/pin-in-the-way.ts';
import { type Pinned, pinsIn } from '../xend/planning/pins.ts';
import { type DemandOf, entitledIn } from '../xend/planning/promises.ts';
import { commandLine } from '../xm/grammar/command-line.ts';
import type { Advice, Finding, FinePool, InTheWay, Pin } from './advice.ts';
import { demandsIn, type GivenPercents, type TrialSettings, tryOut } from './trial.ts';

/** A miss below this is how a scheduler is, with pins and without: whole timeslices, rounding, who came first. */
const BENT_PERCENT = 2;
/** A remedy puts so much time into its right place at least, and this part of what goes astray there or at the pins. */
const WORTH_PERCENT = 1;
const WORTH_PART = 1 / 4;
/** So many divisions of a pool are tried out: the exact model has sorted them. */
const MOST_TRIALS = 4;

/** Looks at every pool in which pins bind and weights are known; tries out what is wrong, and what would mend it. */
export async function adviseOn(
  settings: TrialSettings,
  state: HostState,
  notes: readonly string[] = [],
): Promise<Outcome<Advice>> {
  const findings: Finding[] = [];
  const fine: FinePool[] = [];
  const skipped: string[] = [];
  const taken = new Set(state.pools.map(({ name }) => name));
  for (const pool of state.pools) {
    const ground = groundOf(settings, state, pool);
    if (!KNOWS_WEIGHT.has(pool.scheduler) || ground.pins.length === 0) continue;
    if (!OFFERED.includes(pool.scheduler)) {
      skipped.push(`${pool.name} is left out: its scheduler ${pool.scheduler} cannot be simulated here`);
      continue;
    }
    const before = await trial(ground, ground.members, []);
    if (!before.ok) return before;
    const { missPercent } = before.value;
    const keepsPromises = missPercent < BENT_PERCENT;
    const found = keepsPromises ? null : await finding(ground, before.value, taken);
    if (found === null) fine.push({ pool: pool.name, missPercent: rounded(missPercent), keepsPromises });
    else if (!found.ok) return found;
    else findings.push(found.value);
  }
  const { settleS, seconds, seed } = settings;
  return done({ settleS, seconds, seed, findings, fine, notes: [...notes, ...skipped] });
}

/** One pool, as everything below needs it. */
interface Ground {
  readonly settings: TrialSettings;
  readonly state: HostState;
  readonly pool: PoolState;
  readonly members: readonly DomainState[];
  readonly pins: readonly Pinned[];
  readonly demandOf: DemandOf;
}

function groundOf(settings: TrialSettings, state: HostState, pool: PoolState): Ground {
  const members = membersOf(state, pool.name);
  const pins = pinsIn(
    pool,
    members.filter(({ id }) => id !== DOMAIN0),
  );
  return { settings, state, pool, members, pins, demandOf: demandsIn(state) };
}

/** Shares beside promises. */
interface Trial {
  readonly promised: ReadonlyMap<string, number>;
  readonly given: GivenPercents;
  /** How far from its promise the one is that is farthest. */
  readonly missPercent: number;
  /** The time that goes to others than it was promised to; and that part of it which is about pinned domains. */
  readonly astrayPercent: number;
  readonly astrayAtPins: number;
  readonly changes: readonly DivisionChange[];
}

/** What these members get with these changes, beside what they are promised without. */
async function trial(
  { settings, state, pool, pins, demandOf }: Ground,
  members: readonly DomainState[],
  changes: readonly DivisionChange[],
): Promise<Outcome<Trial>> {
  const others = state.domains.filter((domain) => domain.pool !== pool.name);
  const given = await tryOut(settings, { ...state, domains: [...others, ...members] }, pool, changes);
  if (!given.ok) return given;
  const percents = entitledIn(pool, members, demandOf);
  const promised = new Map(members.map(({ name }, index) => [name, percents[index]!]));
  const pinned = new Set(pins.flatMap(({ domains }) => domains.map(({ name }) => name)));
  let [missPercent, astrayPercent, astrayAtPins] = [0, 0, 0];
  for (const [name, percent] of given.value) {
    const miss = Math.abs(percent - promised.get(name)!);
    missPercent = Math.max(missPercent, miss);
    // What one gets too much another gets too little.
    astrayPercent += miss / 2;
    if (pinned.has(name)) astrayAtPins += miss / 2;
  }
  return done({ promised, given: given.value, missPercent, astrayPercent, astrayAtPins, changes });
}

/** What is to be said of a pool that is bent; `null` if its pins do not explain it. */
async function finding(ground: Ground, before: Trial, taken: Set<string>): Promise<Outcome<Finding> | null> {
  const { pool, members, demandOf } = ground;
  const best = await bestOf(ground, members, divisionsOf(pool, members, demandOf), taken);
  if (!best.ok) return best;
  const remedy = best.value !== null && isWorth(best.value, before) ? best.value : null;
  const left = remedy ?? before;
  const inTheWay = left.missPercent < BENT_PERCENT ? done(null) : await obstacle(ground, left, taken);
  if (!inTheWay.ok) return inTheWay;
  if (remedy === null && inTheWay.value === null) return null;
  for (const change of remedy?.changes ?? []) if (change.kind === 'pool-create') taken.add(change.name);
  return done(describe(ground, before, remedy, inTheWay.value));
}

/** Of the first few divisions, tried out, the one with the fewest changes of those that mend most; `null`: none. */
async function bestOf(
  ground: Ground,
  members: readonly DomainState[],
  divisions: readonly Division[],
  taken: ReadonlySet<string>,
): Promise<Outcome<Trial | null>> {
  const trials: Trial[] = [];
  for (const division of divisions.slice(0, MOST_TRIALS)) {
    const changes = changesFor(ground.pool, division, freeNames(taken, division.leave.length));
    const tried = await trial(ground, members, changes);
    if (!tried.ok) return tried;
    trials.push(tried.value);
  }
  const least = Math.min(...trials.map(({ astrayPercent }) => astrayPercent));
  const good = trials.filter(({ astrayPercent }) => astrayPercent < least + WORTH_PERCENT);
  return done(good.sort((a, b) => a.changes.length - b.changes.length)[0] ?? null);
}

function isWorth(after: Trial, before: Trial): boolean {
  const gained = before.astrayPercent - after.astrayPercent;
  const gainedAtPins = before.astrayAtPins - after.astrayAtPins;
  return (
    gained >= WORTH_PERCENT &&
    (gained >= WORTH_PART * before.astrayPercent || gainedAtPins >= WORTH_PART * before.astrayAtPins)
  );
}

/** The pins because of which pools do not mend it, or no more of it; `null` if they do not explain what is `left`. */
async function obstacle(
  ground: Ground,
  left: Trial,
  taken: ReadonlySet<string>,
): Promise<Outcome<InTheWay | null>> {
  const { pool, members, demandOf } = ground;
  const found = pinInTheWay(pool, members, demandOf);
  if (found === null) return left.changes.length > 0 ? done(null) : tangle(ground, left);
  const without = await bestOf(ground, found.members, [found.division], taken);
  if (!without.ok) return without;
  if (!isWorth(without.value!, left)) return done(null);
  return done({
    domain: found.domain.name,
    pins: pinsIn(pool, [found.domain]).map(pinView),
    overlaps: found.overlaps.map(pinView),
    missPercent: rounded(without.value!.missPercent),
  });
}

/** Pins that overlap so that no single one is in the way; `null` if without all of them it would be no better. */
async function tangle(ground: Ground, left: Trial): Promise<Outcome<InTheWay | null>> {
  const pins = overlappingPins(ground.pool, ground.members);
  const tangled = new Set(pins.flatMap(({ domains }) => domains));
  const loosened = ground.members.map((domain) => (tangled.has(domain) ? unpinned(domain) : domain));
  const without = await trial(ground, loosened, []);
  if (!without.ok) return without;
  if (!isWorth(without.value, left)) return done(null);
  const missPercent = rounded(without.value.missPercent);
  return done({ domain: null, pins: pins.map(pinView), overlaps: [], missPercent });
}

function describe(
  { pool, members, pins, demandOf }: Ground,
  before: Trial,
  after: Trial | null,
  inTheWay: InTheWay | null,
): Finding {
  const poolAfter = new Map(
    (after?.changes ?? []).flatMap((change) =>
      change.kind === 'domain-modify' && change.pool !== undefined ? [[change.domain, change.pool]] : [],
    ),
  );
  const missOf = ({ name }: DomainState) =>
    Math.abs((before.given.get(name) ?? 0) - before.promised.get(name)!);
  const sufferer = members.reduce((worst, domain) => (missOf(domain) > missOf(worst) ? domain : worst));
  return {
    pool: pool.name,
    scheduler: pool.scheduler,
    cpus: pool.cpus,
    pins: pins.map(pinView),
    bend: bendView(bendOf(pool, members, demandOf, sufferer)),
    missPercent: rounded(before.missPercent),
    remedy: after && {
      missPercent: rounded(after.missPercent),
      changes: after.changes.map((request) => ({ command: `xm ${commandLine(request)}`, request })),
    },
    inTheWay,
    domains: members
      .filter(({ id }) => id !== DOMAIN0)
      .map(({ name, vcpus, scheduling }) => ({
        name,
        weight: scheduling.weight,
        vcpus,
        promisedPercent: rounded(before.promised.get(name)!),
        beforePercent: rounded(before.given.get(name)!),
        pool: poolAfter.get(name) ?? pool.name,
        afterPercent: after && rounded(after.given.get(name)!),
      })),
  };
}

const pinView = ({ cpus, domains }: Pinned): Pin => ({ cpus, domains: domains.map(({ name }) => name) });

const bendView = ({ earnedPercent, usablePercent, ...pinned }: Bend) => ({
  ...pinView(pinned),
  earnedPercent: rounded(earnedPercent),
  usablePercent,
});

const rounded = (percent: number) => Number(percent.toFixed(3));
