import { FlowNetwork } from './max-flow.ts';

/** What a domain may lay claim to in its pool. */
export interface Claim {
  /** Percent of one cpu for all vcpus together; 0 = none. */
  readonly cap: number;
  readonly vcpus: readonly VcpuClaim[];
}

export interface VcpuClaim {
  /** Where all want more than there is, each gets in proportion to this; more than 0. */
  readonly rate: number;
  /** Percent of one cpu that it could use, or may, at the most. */
  readonly limit: number;
  /** The cpus it may run on; `null` = all of the pool. */
  readonly hard: readonly number[] | null;
}

/** A cpu gives this much in all, and a vcpu takes no more: it runs on one cpu at a time. Percent. */
const WHOLE_CPU = 100;

/**
 * Vcpus of one domain that claim the same, and so get the same. As the level of the water rises, a group gets `rate`
 * percent for each unit of it, and stops at `limit`; both are those of its vcpus together.
 */
interface Group {
  readonly mask: number;
  readonly rate: number;
  limit: number;
}

interface Member {
  readonly cap: number;
  readonly groups: readonly Group[];
}

/** Cpus that lie in the same masks are one to the vcpus. */
interface CpuClass {
  readonly masks: readonly number[];
  cpus: number;
}

/**
 * The percent of one cpu that each member is promised: weighted max-min fairness between the vcpus of a pool, exact.
 * Nobody can get more without taking from somebody who, for the rate of their vcpus, has no more.
 *
 * A level rises, and every vcpu gets level × rate, until its limit or its domain's cap is reached, or the cpus it
 * shares with others are full. Whether amounts fit onto the cpus is a flow problem; where they do not, the smallest
 * cut names the masks whose cpus are full first, and the level at which they are is found from these alone (Newton's
 * method on the cuts, which ends after a few). Those masks stay there, the level rises for the rest. Without pins
 * there is one mask, and this is the water filling of any textbook.
 */
export function entitledPercents(cpus: readonly number[], members: readonly Claim[]): number[] {
  const masks = new Masks(cpus);
  const pool = members.map((claim) => ({ cap: claim.cap, groups: groupsOf(claim, masks) }));
  const classes = masks.classes();
  // Each round settles one mask at least.
  for (let round = 0; round < masks.count; round++) {
    const full = fillToNextFull(pool, masks.count, classes);
    if (full === null) break;
    for (const group of full.groups) group.limit = Math.min(group.limit, group.rate * full.level);
  }
  return pool.map((member) => sum(member.groups.map(amountAt(stopOf(member)))));
}

/** The level at which the next cpus are full, and the groups that are confined to them; `null` if all can be had. */
function fillToNextFull(pool: readonly Member[], masks: number, classes: readonly CpuClass[]) {
  const groups = pool.flatMap((member) => {
    const stop = stopOf(member);
    return member.groups.map((group) => ({ group, bound: amountAt(stop)(group) }));
  });
  let full: { readonly level: number; readonly groups: Group[] } | null = null;
  for (;;) {
    const level: number = full?.level ?? Infinity;
    const wanted = new Float64Array(masks);
    for (const { group, bound } of groups) wanted[group.mask]! += Math.min(bound, level * group.rate);
    const cut = tightestCut(wanted, classes);
    if (cut === null) return full;
    const cutOff = groups.filter(({ group }) => cut.masks.has(group.mask));
    const next = levelAt(
      cutOff.map(({ group, bound }) => ({ rate: group.rate, limit: bound })),
      cut.percent,
    );
    // Rounding can show a cut where there is none left.
    if (next >= level) return full;
    full = { level: next, groups: cutOff.map(({ group }) => group) };
  }
}

/** The masks that want more than their cpus have, and what these have; `null` if everything fits. */
function tightestCut(wanted: Float64Array, classes: readonly CpuClass[]) {
  const maskNode = (mask: number) => 2 + mask;
  const classNode = (index: number) => 2 + wanted.length + index;
  const network = new FlowNetwork(2 + wanted.length + classes.length);
  for (const [mask, percent] of wanted.entries())
    network.connect(FlowNetwork.SOURCE, maskNode(mask), percent);
  for (const [index, { masks, cpus }] of classes.entries()) {
    for (const mask of masks) network.connect(maskNode(mask), classNode(index), Infinity);
    network.connect(classNode(index), FlowNetwork.SINK, cpus * WHOLE_CPU);
  }
  network.saturate();
  const masks = new Set([...wanted.keys()].filter((mask) => network.isReached(maskNode(mask))));
  const reached = classes.filter((_, index) => network.isReached(classNode(index)));
  return masks.size === 0 ? null : { masks, percent: sum(reached.map(({ cpus }) => cpus * WHOLE_CPU)) };
}

/** The level at which groups together get `percent`; infinite if they never want so much. */
function levelAt(groups: readonly Pick<Group, 'rate' | 'limit'>[], percent: number): number {
  let left = percent;
  let rate = sum(groups.map((group) => group.rate));
  for (const group of groups.toSorted((a, b) => a.limit / a.rate - b.limit / b.rate)) {
    if ((group.limit / group.rate) * rate >= left) return left / rate;
    left -= group.limit;
    rate -= group.rate;
  }
  return Infinity;
}

/** The level at which the cap ends a domain's rise. */
const stopOf = ({ cap, groups }: Member) => (cap === 0 ? Infinity : levelAt(groups, cap));

const amountAt = (level: number) => (group: Group) => Math.min(group.limit, level * group.rate);

function groupsOf({ vcpus }: Claim, masks: Masks): Group[] {
  const groups = new Map<string, { readonly mask: number; rate: number; limit: number }>();
  for (const { rate, limit, hard } of vcpus) {
    const mask = masks.numberOf(hard);
    const most = Math.min(WHOLE_CPU, limit);
    const key = `${mask} ${rate} ${most}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { mask, rate, limit: most });
    else {
      group.rate += rate;
      group.limit += most;
    }
  }
  return [...groups.values()];
}

/** The different sets of cpus that vcpus are pinned to, numbered as they are met. */
class Masks {
  readonly #pool: ReadonlySet<number>;
  readonly #numbers = new Map<string, number>();
  readonly #cpus: (readonly number[])[] = [];

  constructor(pool: readonly number[]) {
    this.#pool = new Set(pool);
  }

  get count(): number {
    return this.#cpus.length;
  }

  /** A pin without a cpu in the pool binds nobody: every host widens it. */
  numberOf(hard: readonly number[] | null): number {
    const inPool = hard?.filter((cpu) => this.#pool.has(cpu)) ?? [];
    const isBinding = inPool.length > 0 && inPool.length < this.#pool.size;
    const key = isBinding ? inPool.toSorted((a, b) => a - b).join() : 'all';
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#cpus.length);
    return this.#cpus.push(isBinding ? inPool : [...this.#pool]) - 1;
  }

  classes(): CpuClass[] {
    const masksOf = new Map<number, number[]>();
    for (const cpu of this.#pool) masksOf.set(cpu, []);
    for (const [mask, cpus] of this.#cpus.entries()) for (const cpu of cpus) masksOf.get(cpu)!.push(mask);
    const classes = new Map<string, CpuClass>();
    for (const masks of masksOf.values()) {
      const key = masks.join();
      const alike = classes.get(key) ?? { masks, cpus: 0 };
      alike.cpus++;
      classes.set(key, alike);
    }
    return [...classes.values()];
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
