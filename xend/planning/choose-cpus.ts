import { BOOT_CPU, type Cpu } from '../../interface/index.ts';
import { Compactness, type CpuGround } from './compactness.ts';

/*
 * Which cpus `ncpu=N` means. A good choice, in this order: splits no core with another pool; lies in one last-level
 * cache; on one node; is one run of numbers; is high, for pool0 is what is left below. One function serves three
 * questions: creating chooses N of what pool0 can spare; growing chooses the missing ones, compact together with what
 * the pool has; shrinking chooses which of the pool's cpus to keep.
 *
 * The best of all subsets is not searched for. Candidates are made in the places where good ones are found (the whole
 * host, each node, cache and run on it), filled greedily core by core in a few orders, and the one with the best
 * score wins; of equals the highest. Every cpu is looked at a fixed number of times: but for sorting, linear work.
 */

/** What one core has to give, and how it lies. */
interface Unit {
  /** Ascending. */
  readonly cpus: readonly Cpu[];
  readonly node: number;
  readonly cache: number;
  /** Choosing it leaves no thread of its core to others. */
  readonly whole: boolean;
  /** See `KIN`. */
  readonly kinship: number;
  /** To the nearest cpu we have, in numbers. */
  readonly distance: number;
  /** Cores next to each other by number, in one cache, have the same. */
  run: number;
  /** How many cpus its node, its cache and its run have to give in whole cores. */
  nodeRoom: number;
  cacheRoom: number;
  runRoom: number;
}

type Order = (a: Unit, b: Unit) => number;

/** `count` of the cpus in `from`, but never cpu 0, compact together with those we have `beside`. Ascending. */
export function chooseCpus(
  ground: CpuGround,
  from: readonly Cpu[],
  beside: readonly Cpu[],
  count: number,
): Cpu[] {
  const compactness = new Compactness(ground, from, beside);
  const units = unitsOf(ground, from, beside, compactness);
  const places = [units, ...placesOn(units)].filter((place) => roomIn(place) >= count);
  let best: Cpu[] = [];
  let bestScore: readonly number[] = [Infinity];
  for (const order of ordersFor(units, beside)) {
    for (const place of places) {
      const cpus = fill(place.sort(order), count);
      const score = compactness.score(cpus);
      const better = compare(score, bestScore) || compare(best.toReversed(), cpus.toReversed());
      if (better < 0) [best, bestScore] = [cpus, score];
    }
  }
  return best;
}

/** Kin, then the roomiest node, cache and run: where one does not suffice, few shall. */
const roomiestFirst: Order = (a, b) =>
  b.kinship - a.kinship ||
  b.nodeRoom - a.nodeRoom ||
  b.node - a.node ||
  b.cacheRoom - a.cacheRoom ||
  b.cache - a.cache ||
  b.runRoom - a.runRoom ||
  a.distance - b.distance ||
  highestFirst(a, b);

const nearestFirst: Order = (a, b) => b.kinship - a.kinship || a.distance - b.distance || highestFirst(a, b);

/** The small cores last: they fill what large ones would overshoot. */
const largestFirst: Order = (a, b) => b.cpus.length - a.cpus.length || roomiestFirst(a, b);

const highestFirst: Order = (a, b) => b.cpus.at(-1)! - a.cpus.at(-1)!;

/** The orders that can make a difference here. */
function ordersFor(units: readonly Unit[], beside: readonly Cpu[]): Order[] {
  const orders = [roomiestFirst];
  if (beside.length > 0) orders.push(nearestFirst);
  const sizes = new Set(units.filter(({ whole }) => whole).map(({ cpus }) => cpus.length));
  if (sizes.size > 1) orders.push(largestFirst);
  return orders;
}

/** The nodes, caches and runs that are not the whole host; leaves in each unit how much room they have. */
function placesOn(units: readonly Unit[]): Unit[][] {
  const nodes = grouped(units, ({ node }) => node);
  const caches = grouped(units, ({ cache }) => cache);
  const runs = grouped(units, ({ run }) => run);
  for (const place of nodes) measure(place, (unit, room) => (unit.nodeRoom = room));
  for (const place of caches) measure(place, (unit, room) => (unit.cacheRoom = room));
  for (const place of runs) measure(place, (unit, room) => (unit.runRoom = room));
  return [nodes, caches, runs].filter(({ length }) => length > 1).flat();
}

/** Room is what whole cores have: from split ones a choice takes only when these are used up. */
function measure(place: readonly Unit[], setRoom: (unit: Unit, room: number) => void): void {
  const room = roomIn(place.filter(({ whole }) => whole));
  for (const unit of place) setRoom(unit, room);
}

/** Whole cores in the order given; what is missing then comes from as few others as can be. Ascending. */
function fill(units: readonly Unit[], count: number): Cpu[] {
  const chosen: Cpu[] = [];
  const left: Unit[] = [];
  for (const unit of units) {
    if (chosen.length === count) break;
    if (unit.whole && chosen.length + unit.cpus.length <= count) chosen.push(...unit.cpus);
    else left.push(unit);
  }
  if (chosen.length < count) fillUp(chosen, left, count);
  return chosen.sort(ascending);
}

/** The last core to be split is one that is split already, if there is one, and not a whole one. */
function fillUp(chosen: Cpu[], units: Unit[], count: number): void {
  units.sort((a, b) => b.cpus.length - a.cpus.length);
  for (let i = 0; chosen.length < count; i++) {
    const missing = count - chosen.length;
    const suffices = (unit: Unit) => unit.cpus.length >= missing;
    const isShared = (unit: Unit, at: number) => at >= i && !unit.whole && suffices(unit);
    const shared = suffices(units[i]!) ? units.find(isShared) : undefined;
    chosen.push(...(shared ?? units[i]!).cpus.slice(-missing));
  }
}

function unitsOf(
  { topology }: CpuGround,
  from: readonly Cpu[],
  beside: readonly Cpu[],
  compactness: Compactness,
): Unit[] {
  const distances = distancesTo(beside, topology.cpus.length);
  const able = from.filter((cpu) => cpu !== BOOT_CPU);
  // From the top, as they will be wanted: what is nearly in order is sorted in no time.
  const cores = grouped(able.toSorted(ascending), (cpu) => topology.cpus[cpu]!.core).reverse();
  const units = cores.map((cpus): Unit => {
    const { cache, node } = topology.cpus[cpus[0]!]!;
    const distance = cpus.reduce((least, cpu) => Math.min(least, distances[cpu]!), Infinity);
    const whole = compactness.completesCore(cpus);
    const kinship = compactness.kinship(cpus[0]!);
    return { cpus, node, cache, whole, kinship, distance, run: 0, nodeRoom: 0, cacheRoom: 0, runRoom: 0 };
  });
  numberRuns(units);
  return units;
}

/** Neighbours are next to each other whether threads of a core are numbered together or one round after the other. */
function numberRuns(units: readonly Unit[]): void {
  let run = 0;
  let before: Unit | undefined;
  for (const unit of units.toSorted((a, b) => a.cpus[0]! - b.cpus[0]!)) {
    const first = unit.cpus[0]!;
    const isNext =
      before?.cache === unit.cache && (first === before.cpus.at(-1)! + 1 || first === before.cpus[0]! + 1);
    if (!isNext) run++;
    unit.run = run;
    before = unit;
  }
}

/** How far each number below `size` is from the nearest of `cpus`; 0 for all where there is none. */
function distancesTo(cpus: readonly Cpu[], size: number): Float64Array {
  const distances = new Float64Array(size);
  if (cpus.length === 0) return distances;
  distances.fill(Infinity);
  for (const cpu of cpus) distances[cpu] = 0;
  for (let n = 1; n < size; n++) distances[n] = Math.min(distances[n]!, distances[n - 1]! + 1);
  for (let n = size - 2; n >= 0; n--) distances[n] = Math.min(distances[n]!, distances[n + 1]! + 1);
  return distances;
}

/** Groups in the order in which they begin, each in the order of its things. */
function grouped<T>(things: readonly T[], keyOf: (thing: T) => number): T[][] {
  const groups = new Map<number, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thing]);
    else group.push(thing);
  }
  return [...groups.values()];
}

/** The first difference of two lists; negative if the first list is less. */
function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at === -1 ? 0 : a[at]! - (b[at] ?? 0);
}

const roomIn = (units: readonly Unit[]) => units.reduce((sum, { cpus }) => sum + cpus.length, 0);
const ascending = (a: number, b: number) => a - b;
