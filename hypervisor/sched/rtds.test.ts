import { expect, test } from 'vitest';
import type { Affinity, Reservation } from '../../interface/host.ts';
import { type Cpu, cpu, NS_PER_MS } from '../../interface/words.ts';
import type { Workload } from '../../interface/workload.ts';
import type { Pool } from '../pool.ts';
import { add, type Guest, places, poolOn, run, running, shares, usedNs, vcpusOf, watch } from '../testing.ts';
import { MAX_LEVEL, oneUp, type Rtds } from './rtds.ts';

const SLOP_NS = 50_000;
const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 };

/** So many ms of budget in each period of so many, and nothing beyond. */
const strict = (budgetMs: number, periodMs: number): Reservation => ({
  periodUs: periodMs * 1000,
  budgetUs: budgetMs * 1000,
  extratime: false,
});
const loose = (budgetMs: number, periodMs: number): Reservation => ({
  ...strict(budgetMs, periodMs),
  extratime: true,
});

const rtds = (cpus: number) => poolOn(cpus, {}, 'rtds');
const join = (pool: Pool, reservation: Reservation, guest: Guest = {}) =>
  add(pool, { reservation, ...guest });
const only = (pool: Pool, domain: number) => vcpusOf(pool, domain)[0]!;
const dump = (pool: Pool, domain: number) => (pool.scheduler as Rtds).dump(only(pool, domain));
const pin = (...cpus: number[]): Affinity => ({ hard: cpus as Cpu[], soft: null });
const usedMs = (pool: Pool, domain: number) => usedNs(pool, domain) / NS_PER_MS;
/** The domain on a cpu; undefined: it idles. */
const on = (pool: Pool, cpu = 0) => {
  const vcpu = running(pool).get(cpu);
  return vcpu === undefined ? undefined : pool.vcpus.domain[vcpu];
};

/** Who is on cpu 0, one after the other, as [domain, ms]; idle is undefined. */
function sequence(pool: Pool, ms: number): [number | undefined, number][] {
  const found: [number | undefined, number][] = [];
  watch(
    pool,
    ms,
    () => on(pool),
    (domain, ns) => {
      const last = found.at(-1);
      if (last !== undefined && last[0] === domain) last[1] += ns / NS_PER_MS;
      else found.push([domain, ns / NS_PER_MS]);
    },
  );
  return found.map(([domain, lasted]) => [domain, Math.round(lasted)]);
}

// ---- budget

test('a hog with half of a period as its budget gets 50 % of a cpu (the check Xen’s documents prescribe)', () => {
  const pool = rtds(1);
  const domain = join(pool, strict(50, 100));
  const [share] = shares(pool, [domain], 20);
  // Its budget runs out 50 us before the timer that says so.
  expect(share).toBeCloseTo(50.05, 2);
});

test('with extra time it gets all that nobody else has reserved or wants', () => {
  const pool = rtds(1);
  const domain = join(pool, loose(50, 100));
  expect(shares(pool, [domain], 5)).toEqual([100]);
  const other = join(pool, strict(20, 100));
  const [share, rest] = shares(pool, [other, domain], 20);
  expect(share).toBeCloseTo(20.05, 1);
  expect(share! + rest!).toBe(100);
});

test('by default a vcpu has 4 ms in every 10, and extra time', () => {
  const pool = rtds(1);
  const domain = add(pool);
  run(pool, 3);
  expect(dump(pool, domain)).toEqual({
    level: 0,
    deadlineNs: 10 * NS_PER_MS,
    leftNs: 4 * NS_PER_MS,
    isDepleted: false,
  });
  run(pool, 2);
  expect(dump(pool, domain)).toMatchObject({ level: 1, leftNs: 4 * NS_PER_MS });
  run(pool, 4);
  expect(dump(pool, domain)).toMatchObject({ level: 2 });
  run(pool, 2);
  expect(dump(pool, domain)).toMatchObject({ level: 0, deadlineNs: 20 * NS_PER_MS });
});

test('levels stop at the highest and do not come round to the best', () => {
  expect(oneUp(0)).toBe(1);
  expect(oneUp(MAX_LEVEL - 1)).toBe(MAX_LEVEL);
  expect(oneUp(MAX_LEVEL)).toBe(MAX_LEVEL);
  // It fits where levels are kept.
  expect(Int32Array.of(oneUp(MAX_LEVEL))[0]).toBe(MAX_LEVEL);
});

test('budget is kept while a vcpu sleeps, and discarded at the end of its period', () => {
  const pool = rtds(1);
  const domain = join(pool, strict(5, 20));
  run(pool, 2);
  pool.setPaused(domain, true);
  run(pool, 12);
  pool.setPaused(domain, false);
  run(pool, 5);
  // Two before the sleep, three after it, and then no more until 20.
  expect(usedNs(pool, domain)).toBe(5 * NS_PER_MS + SLOP_NS);
  expect(dump(pool, domain)).toMatchObject({ isDepleted: true, leftNs: 0 });
  pool.setPaused(domain, true);
  run(pool, 58);
  pool.setPaused(domain, false);
  const before = usedNs(pool, domain);
  run(pool, 23);
  // At 77 there is the budget of one period, however many it slept through, and at 80 that of the next.
  expect(dump(pool, domain)).toMatchObject({ deadlineNs: 100 * NS_PER_MS, isDepleted: true });
  expect(usedNs(pool, domain) - before).toBe(3 * NS_PER_MS + SLOP_NS + 5 * NS_PER_MS + SLOP_NS);
});

test('a run across the end of a period is charged to the new one only from there on', () => {
  const pool = rtds(1);
  const domain = join(pool, strict(6, 10), { paused: true });
  run(pool, 7);
  pool.setPaused(domain, false);
  run(pool, 12);
  // From 7 to 10 on the first budget, from 10 to 16 on all of the second.
  expect(usedMs(pool, domain)).toBeCloseTo(9.1, 6);
  expect(dump(pool, domain)).toMatchObject({ isDepleted: true, deadlineNs: 20 * NS_PER_MS });
});

test('who wakes after its deadline has a new one: the next in step with time 0', () => {
  const pool = rtds(1);
  const domain = join(pool, strict(2, 30), { paused: true });
  run(pool, 12_345);
  expect(dump(pool, domain).deadlineNs).toBe(30 * NS_PER_MS);
  pool.setPaused(domain, false);
  expect(dump(pool, domain)).toMatchObject({ deadlineNs: 12_360 * NS_PER_MS, leftNs: 2 * NS_PER_MS });
});

// ---- order

test('the earliest deadline runs first, and preempts a later one', () => {
  const pool = rtds(1);
  const slow = join(pool, strict(15, 30));
  const fast = join(pool, strict(2, 10));
  expect(sequence(pool, 30)).toEqual([
    [fast, 2],
    [slow, 8],
    [fast, 2],
    [slow, 7],
    [undefined, 1],
    [fast, 2],
    [undefined, 8],
  ]);
});

test('who lives on extra time comes after all that is reserved, whatever the deadlines', () => {
  const pool = rtds(1);
  const short = join(pool, loose(1, 10));
  const long = join(pool, strict(30, 100));
  expect(sequence(pool, 40)).toEqual([
    [short, 1],
    [long, 9],
    [short, 1],
    [long, 9],
    [short, 1],
    [long, 9],
    [short, 1],
    [long, 3],
    [short, 6],
  ]);
});

test('who waits on a higher level is served at its next period, beside one with a later deadline that runs', () => {
  // Xen leaves it waiting until the budget of the one that runs is used up.
  const pool = rtds(1);
  const short = join(pool, loose(4, 10));
  join(pool, loose(40, 100));
  run(pool, 9);
  expect(dump(pool, short)).toMatchObject({ level: 1, deadlineNs: 10 * NS_PER_MS });
  expect(on(pool)).not.toBe(short);
  run(pool, 2);
  expect(on(pool)).toBe(short);
});

test('a vcpu that runs into its next period makes way for one whose deadline is earlier then', () => {
  const pool = rtds(1);
  const first = join(pool, strict(8, 10), { paused: true });
  const second = join(pool, strict(3, 15), { paused: true });
  run(pool, 5);
  pool.setPaused(first, false);
  pool.setPaused(second, false);
  expect(sequence(pool, 9)).toEqual([
    [first, 5],
    [second, 3],
    [first, 1],
  ]);
});

test('equal ones take turns, each for its budget', () => {
  const pool = rtds(1);
  const domains = [1, 2, 3].map(() => join(pool, loose(2, 100)));
  expect(sequence(pool, 12)).toEqual([0, 1, 2, 0, 1, 2].map((i) => [domains[i], 2]));
});

test('those of one period are replenished in turn, first come first served, and then the other way round', () => {
  const pool = rtds(1);
  const [a, b, c] = [1, 2, 3].map(() => join(pool, strict(2, 10)));
  const order = sequence(pool, 50).flatMap(([domain]) => domain ?? []);
  expect(order).toEqual([a, b, c, a, b, c, c, b, a, a, b, c, c, b, a]);
});

test.each([
  ['without', false],
  ['with', true],
])('whatever fits on the cpus is on time in every period (%s extra time)', (_, extratime) => {
  // EDF on one cpu serves any load below one; what timers are late for is less than the rest. Beside it, a free rider.
  const pool = rtds(1);
  const wanted: [number, number][] = [
    [4, 10],
    [3, 20],
    [7, 50],
    [12, 75],
  ];
  const domains = wanted.map(([budget, period]) => join(pool, { ...strict(budget, period), extratime }));
  const rider = join(pool, loose(0.01, 1000));
  const had = domains.map(() => 0);
  for (let ms = 1; ms <= 3_000; ms++) {
    run(pool, 1);
    wanted.forEach(([budget, period], i) => {
      if (ms % period !== 0) return;
      const used = usedMs(pool, domains[i]!);
      // A period is observed up to 50 us late at either end.
      expect(used - had[i]!, `${budget} in ${period} at ${ms}`).toBeGreaterThan(budget - 0.1);
      had[i] = used;
    });
  }
  expect(usedMs(pool, rider)).toBeGreaterThan(0);
});

test('too much is reserved: all of the cpu is used, and nobody gets more than it has reserved', () => {
  const pool = rtds(1);
  const domains = [1, 2, 3].map(() => join(pool, strict(5, 10)));
  const got = shares(pool, domains, 10);
  expect(got.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 6);
  for (const share of got) {
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(51);
  }
});

test('one queue for all cpus: the best two of three run, wherever they come from', () => {
  const pool = rtds(2);
  const [far, near, nearest] = [90, 50, 10].map((period) => join(pool, strict(2, period)));
  expect([on(pool, 0), on(pool, 1)]).toEqual([nearest, near]);
  run(pool, 2.1);
  expect(on(pool, 0)).toBe(far);
});

// ---- who is called

test('a waking vcpu goes to its own cpu if that idles, else to the next idle one', () => {
  const pool = rtds(4);
  const domain = join(pool, loose(5, 10), { paused: true });
  const vcpu = only(pool, domain);
  pool.vcpus.where[vcpu] = 2;
  pool.setPaused(domain, false);
  expect(on(pool, 2)).toBe(domain);
  pool.setPaused(domain, true);
  const others = [2, 3].map((cpu) => join(pool, loose(5, 10), { hard: [cpu] }));
  expect(others.map((_, i) => on(pool, 2 + i))).toEqual(others);
  pool.setPaused(domain, false);
  expect(on(pool, 0)).toBe(domain);
});

test('among busy cpus the one with the latest deadline is called, where the affinity allows it', () => {
  const pool = rtds(3);
  const hogs = [30, 50, 40].map((period, cpu) => join(pool, strict(10, period), { hard: [cpu] }));
  const first = join(pool, strict(1, 20));
  expect([0, 1, 2].map((cpu) => on(pool, cpu))).toEqual([hogs[0], first, hogs[2]]);
  const second = join(pool, strict(1, 10), { hard: [0] });
  expect([0, 1, 2].map((cpu) => on(pool, cpu))).toEqual([second, first, hogs[2]]);
  const late = join(pool, strict(1, 100));
  expect([0, 1, 2].map((cpu) => on(pool, cpu))).not.toContain(late);
});

test('who is preempted calls the cpu of one that is worse, and so on', () => {
  const pool = rtds(3);
  const [first, second, third] = [30, 40, 50].map((period) => join(pool, strict(10, period)));
  const pinned = join(pool, strict(1, 10), { hard: [0] });
  expect([0, 1, 2].map((cpu) => on(pool, cpu))).toEqual([pinned, second, first]);
  run(pool, 2);
  expect([0, 1, 2].map((cpu) => on(pool, cpu))).toEqual([third, second, first]);
});

test('two that are replenished at one instant call two cpus', () => {
  const pool = rtds(2);
  const short = [1, 2].map(() => join(pool, strict(2, 10)));
  const long = [90, 100].map((period) => join(pool, strict(50, period)));
  run(pool, 5);
  expect([on(pool, 0), on(pool, 1)]).toEqual(long);
  run(pool, 5.1);
  expect([on(pool, 0), on(pool, 1)].sort()).toEqual(short);
});

test('a vcpu is compared with those that run now, not with those that ran or those it may not replace', () => {
  const pool = rtds(2);
  const early = join(pool, strict(10, 20), { hard: [0] });
  const late = join(pool, strict(50, 100), { hard: [1] });
  join(pool, strict(10, 50), { hard: [0] });
  expect([on(pool, 0), on(pool, 1)]).toEqual([early, late]);
  const between = join(pool, strict(1, 60));
  expect([on(pool, 0), on(pool, 1)]).toEqual([early, between]);
});

test('a vcpu in its next period is compared by its new deadline', () => {
  const pool = rtds(1);
  const domain = join(pool, strict(10, 10));
  const other = join(pool, strict(1, 5), { paused: true });
  run(pool, 12);
  expect(dump(pool, domain).deadlineNs).toBe(20 * NS_PER_MS);
  pool.setPaused(other, false);
  expect(on(pool)).toBe(other);
});

test('a cpu takes the best of those that may be on it', () => {
  const pool = rtds(2);
  const hogs = [0, 1].map((cpu) => join(pool, strict(3, 10), { hard: [cpu] }));
  // All behind the hogs: 100 for the other cpu, in several orders, and two for this one.
  for (let i = 0; i < 50; i++) join(pool, loose(1, 60 + ((i * 7) % 50)), { hard: [1] });
  const worse = join(pool, strict(1, 300), { hard: [0] });
  const better = join(pool, strict(1, 200), { hard: [0] });
  for (let i = 0; i < 50; i++) join(pool, loose(1, 110), { hard: [1] });
  expect(on(pool, 0)).toBe(hogs[0]);
  expect(sequence(pool, 6)).toEqual([
    [hogs[0], 3],
    [better, 1],
    [worse, 1],
    [undefined, 1],
  ]);
});

// ---- changes

test('a changed reservation counts from the next replenishment on', () => {
  const pool = rtds(1);
  const domain = join(pool, strict(4, 10));
  run(pool, 1);
  pool.setReservation(only(pool, domain), strict(6, 20));
  expect(dump(pool, domain)).toMatchObject({ deadlineNs: 10 * NS_PER_MS });
  run(pool, 8);
  expect(usedNs(pool, domain)).toBe(4 * NS_PER_MS + SLOP_NS);
  run(pool, 2);
  expect(dump(pool, domain)).toMatchObject({ deadlineNs: 30 * NS_PER_MS });
  run(pool, 18);
  expect(usedNs(pool, domain)).toBe(10 * NS_PER_MS + 2 * SLOP_NS);
});

test('no reservation of its own any more: the default', () => {
  const pool = rtds(1);
  const domain = join(pool, strict(1, 50));
  pool.setReservation(only(pool, domain), null);
  run(pool, 51);
  expect(dump(pool, domain)).toMatchObject({ deadlineNs: 60 * NS_PER_MS });
});

test('depleted, paused, given extra time, unpaused: it goes on one level up', () => {
  const pool = rtds(1);
  const domain = join(pool, strict(4, 100));
  run(pool, 20);
  expect(dump(pool, domain).isDepleted).toBe(true);
  pool.setPaused(domain, true);
  pool.setReservation(only(pool, domain), loose(4, 100));
  pool.scheduler.assertInvariants();
  pool.setPaused(domain, false);
  pool.scheduler.assertInvariants();
  expect(dump(pool, domain)).toMatchObject({ level: 1, leftNs: 4 * NS_PER_MS, isDepleted: false });
  expect(shares(pool, [domain], 1)).toEqual([100]);
});

test('extra time counts at once, given and taken', () => {
  const pool = rtds(1);
  const domain = join(pool, strict(4, 100));
  run(pool, 20);
  expect(on(pool)).toBeUndefined();
  pool.setReservation(only(pool, domain), loose(4, 100));
  expect(on(pool)).toBe(domain);
  run(pool, 30);
  pool.setReservation(only(pool, domain), strict(4, 100));
  pool.scheduler.assertInvariants();
  run(pool, 30);
  // It had the rest of the budget it was on.
  expect(usedMs(pool, domain)).toBeGreaterThan(34);
  expect(usedMs(pool, domain)).toBeLessThan(39);
  expect(dump(pool, domain).isDepleted).toBe(true);
});

test('a depleted vcpu that is moved to another cpu, or whose cpu leaves, stays depleted', () => {
  const pool = rtds(2);
  const domain = join(pool, strict(4, 100), { hard: [1] });
  run(pool, 20);
  pool.setAffinity(only(pool, domain), pin(0));
  pool.setCpus(places(2).slice(0, 1));
  pool.scheduler.assertInvariants();
  expect(on(pool)).toBeUndefined();
  run(pool, 81);
  expect(on(pool)).toBe(domain);
});

test('cpu time that is taken off in between is charged', () => {
  const pool = rtds(2);
  const domain = join(pool, strict(4, 100));
  run(pool, 3);
  pool.setCpus(places(2).slice(1));
  run(pool, 10);
  expect(usedNs(pool, domain)).toBe(4 * NS_PER_MS + SLOP_NS);
});

test('while nobody is runnable there is no event', () => {
  const pool = rtds(1);
  const domain = join(pool, loose(4, 10));
  run(pool, 100);
  pool.setPaused(domain, true);
  const { events } = pool;
  run(pool, 10_000);
  expect(pool.events).toBe(events);
});

test('weight, cap and soft affinity change nothing at all', () => {
  const runs = [{}, { weight: 1, cap: 5, soft: [cpu(1)] }].map((guest) => {
    const pool = rtds(2);
    const domains = [
      join(pool, loose(1, 10), guest),
      join(pool, loose(3, 20), { workload: SERVER, ...guest }),
      join(pool, loose(4, 30), { vcpus: 2 }),
    ];
    run(pool, 5_000);
    return domains.map((domain) => usedNs(pool, domain));
  });
  expect(runs[1]).toEqual(runs[0]);
});

test('servers have what they want while hogs share the rest', () => {
  const pool = rtds(2);
  const servers = [1, 2, 3, 4].map((seed) => join(pool, strict(2, 5), { workload: SERVER, seed }));
  const hogs = [1, 2, 3].map(() => join(pool, loose(1, 100)));
  const got = shares(pool, [...servers, ...hogs], 20);
  for (const share of got.slice(0, 4)) expect(share).toBeGreaterThan(9.5);
  expect(got.reduce((sum, share) => sum + share, 0)).toBeCloseTo(200, 6);
});
