import { expect, test } from 'vitest';
import { type Cpu, type DomainId, LIMITS, NS_PER_MS, NS_PER_US } from '../../interface/words.ts';
import type { Workload } from '../../interface/workload.ts';
import type { Pool } from '../pool.ts';
import { add, places, poolOn, run, running, usedNs, vcpusOf, watch } from '../testing.ts';
import type { Arinc653 } from './arinc653.ts';

const SLOP_NS = 50_000;
const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 };

/** Slots as [domain id, ms] or [domain id, ms, vcpu]; `frameMs` missing: they fill it. */
function table(slots: readonly (readonly [number, number, number?])[], frameMs?: number) {
  return {
    schedule: {
      frameUs: (frameMs ?? slots.reduce((sum, [, ms]) => sum + ms, 0)) * 1000,
      slots: slots.map(([id, ms, vcpu]) => ({
        domain: id as DomainId,
        vcpu: vcpu ?? 0,
        runUs: ms * 1000,
      })),
    },
  };
}

const arinc = (cpus: number, params = {}) => poolOn(cpus, params, 'arinc653');
const dump = (pool: Pool) => (pool.scheduler as Arinc653).dump();
const only = (pool: Pool, domain: number) => vcpusOf(pool, domain)[0]!;
const usedMs = (pool: Pool, domain: number) => usedNs(pool, domain) / NS_PER_MS;

/** Who is on a cpu, one after the other, as [id, ms, since when]; idle is -1. */
function sequence(pool: Pool, ms: number): [number, number, number][] {
  const found: [number, number, number][] = [];
  watch(
    pool,
    ms,
    () => {
      const [vcpu] = running(pool).values();
      return vcpu === undefined ? -1 : pool.domains.id[pool.vcpus.domain[vcpu]!]!;
    },
    (id, ns) => {
      const last = found.at(-1);
      if (last !== undefined && last[0] === id) last[1] += ns / NS_PER_MS;
      else found.push([id, ns / NS_PER_MS, (pool.nowNs - ns) / NS_PER_MS]);
    },
  );
  return found;
}

test('each slot has its vcpu for exactly its time, the rest of the frame idles', () => {
  const pool = arinc(
    1,
    table(
      [
        [1, 3],
        [2, 2],
        [1, 1],
      ],
      10,
    ),
  );
  add(pool, { id: 1 });
  add(pool, { id: 2 });
  run(pool, 10.02);
  const frame = [
    [-1, expect.closeTo(0.03), expect.closeTo(10.02)],
    [1, expect.closeTo(3), expect.closeTo(10.05)],
    [2, expect.closeTo(2), expect.closeTo(13.05)],
    [1, expect.closeTo(1), expect.closeTo(15.05)],
    [-1, expect.closeTo(4), expect.closeTo(16.05)],
    [1, expect.closeTo(3), expect.closeTo(20.05)],
  ];
  expect(sequence(pool, 14).slice(0, 6)).toEqual(frame);
});

test('frames do not drift: after a thousand the start is where the table says, observed as late as the first', () => {
  const pool = arinc(
    1,
    table(
      [
        [1, 3],
        [2, 2.5],
      ],
      7,
    ),
  );
  const domains = [add(pool, { id: 1 }), add(pool, { id: 2 })];
  run(pool, 7 * 1000 + 0.2);
  expect(dump(pool)).toMatchObject({ frameStartNs: 7000 * NS_PER_MS, slot: 0 });
  // The very first slot began at once, not when a timer fired.
  expect(usedNs(pool, domains[0]!)).toBe(3000 * NS_PER_MS + SLOP_NS + 150 * NS_PER_US);
  expect(usedNs(pool, domains[1]!)).toBe(2500 * NS_PER_MS);
  const starts = sequence(pool, 7 * 50)
    .filter(([id]) => id === 2)
    .map(([, , startMs]) => startMs % 7);
  expect(starts.length).toBe(50);
  for (const start of starts) expect(start).toBeCloseTo(3.05, 6);
});

test('two pools with tables of their own keep their own frames', () => {
  const alone = arinc(
    1,
    table([
      [1, 10],
      [2, 10],
    ]),
  );
  const beside = arinc(
    1,
    table([
      [1, 10],
      [2, 10],
    ]),
  );
  const other = arinc(
    1,
    table([
      [1, 4],
      [2, 3],
    ]),
  );
  const pools = [alone, beside, other];
  const domains = pools.map((pool) => [1, 2].map((id) => add(pool, { id })));
  const used: number[][] = [];
  for (let i = 0; i < 400; i++) {
    for (const pool of [beside, other]) run(pool, 7.3);
    if (i % 7 === 0)
      other.setParams(
        table([
          [1, 1 + (i % 4)],
          [2, 3],
        ]),
      );
  }
  run(alone, 400 * 7.3);
  for (const [i, pool] of [alone, beside].entries())
    used.push(domains[i]!.map((domain) => usedNs(pool, domain)));
  expect(used[1]).toEqual(used[0]);
  expect(dump(beside)).toEqual(dump(alone));
  expect(dump(beside).frameStartNs % (20 * NS_PER_MS)).toBe(0);
});

test('without a table nothing runs and nothing happens; so it is by default', () => {
  const pool = arinc(1);
  expect(pool.scheduler.params).toEqual({ schedule: { frameUs: 10_000, slots: [] } });
  const domain = add(pool, { id: 0 });
  run(pool, 1000);
  expect(usedNs(pool, domain)).toBe(0);
  expect(pool.events).toBe(0);
  pool.setParams(table([[0, 10]]));
  run(pool, 1000);
  expect(usedMs(pool, domain)).toBe(1000);
  pool.setParams({ schedule: { frameUs: 5_000, slots: [] } });
  expect(running(pool).size).toBe(0);
  run(pool, 1000);
  expect(usedMs(pool, domain)).toBe(1000);
});

test('a table of as many slots as Xen takes, and the rest of the frame after the last', () => {
  const slots = Array.from({ length: LIMITS.slots }, (_, i) => [i + 1, 0.5] as const);
  const pool = arinc(1, table(slots, 40));
  const domains = slots.map(([id]) => add(pool, { id }));
  run(pool, 40 * 25);
  domains.forEach((domain, i) => {
    expect(usedMs(pool, domain)).toBeCloseTo(25 * 0.5 + (i === 0 ? 0.05 : 0), 6);
  });
  pool.scheduler.assertInvariants();
});

test('the slot of one that sleeps, is paused or is not there idles, whoever else could run', () => {
  const pool = arinc(
    1,
    table([
      [1, 5],
      [2, 5],
      [3, 5],
      [4, 5],
    ]),
  );
  const hog = add(pool, { id: 1 });
  const server = add(pool, { id: 2, workload: SERVER });
  const paused = add(pool, { id: 3, paused: true });
  run(pool, 20_000);
  expect(usedMs(pool, hog)).toBeCloseTo(5000.05, 6);
  // A server gets a ms done, or two, whenever its slot comes.
  expect(usedMs(pool, server)).toBeGreaterThan(900);
  expect(usedMs(pool, server)).toBeLessThan(2500);
  expect(usedNs(pool, paused)).toBe(0);
  pool.setPaused(paused, false);
  run(pool, 20_000);
  expect(usedMs(pool, paused)).toBeCloseTo(5000, 6);
});

test('who wakes within its slot has the rest of it, who wakes outside waits for it', () => {
  const pool = arinc(
    1,
    table([
      [1, 4],
      [2, 4],
    ]),
  );
  const domain = add(pool, { id: 1, paused: true });
  run(pool, 2);
  pool.setPaused(domain, false);
  run(pool, 4);
  expect(usedMs(pool, domain)).toBeCloseTo(2.05, 6);
  pool.setPaused(domain, true);
  run(pool, 1);
  pool.setPaused(domain, false);
  expect(running(pool).size).toBe(0);
  run(pool, 1.5);
  expect(usedMs(pool, domain)).toBeCloseTo(2.5, 6);
});

test('a slot finds its vcpu when that comes, loses it when it goes, by domain and index', () => {
  const pool = arinc(
    1,
    table(
      [
        [7, 2, 1],
        [7, 3, 0],
        [8, 1, 0],
      ],
      10,
    ),
  );
  const first = add(pool, { id: 7, vcpus: 2 });
  run(pool, 100);
  const [zero, one] = vcpusOf(pool, first).map((vcpu) => pool.vcpus.cpuNs[vcpu]! / NS_PER_MS);
  expect(zero).toBeCloseTo(30, 6);
  expect(one).toBeCloseTo(20.05, 6);
  const load = pool.remove(first);
  run(pool, 55);
  const late = add(pool, { id: 8 });
  run(pool, 100);
  // It came at the very instant its slot began, so that one was not observed late.
  expect(usedMs(pool, late)).toBeCloseTo(10.05, 6);
  const back = pool.insert(load);
  run(pool, 100);
  // The end of its last slot is still to come.
  expect(usedMs(pool, back)).toBeCloseTo(50.05 + 49.95, 6);
  pool.scheduler.assertInvariants();
});

test('who joins after the end of a slot, but before the timer has seen it, disturbs nobody', () => {
  const pool = arinc(
    1,
    table([
      [1, 3],
      [2, 3],
      [3, 3],
    ]),
  );
  const first = add(pool, { id: 1 });
  run(pool, 3.02);
  add(pool, { id: 3 });
  expect(running(pool).get(0)).toBe(only(pool, first));
  pool.scheduler.assertInvariants();
  const second = add(pool, { id: 2 });
  run(pool, 0.04);
  expect(running(pool).get(0)).toBe(only(pool, second));
});

test('who looks after the end of a slot begins the next one', () => {
  // The burst of the first ends 20 us after its slot.
  const workload: Workload = { kind: 'trace', runMs: [3.02], sleepMs: [100] };
  const pool = arinc(
    1,
    table([
      [1, 3],
      [2, 3],
    ]),
  );
  add(pool, { id: 1, workload });
  const second = add(pool, { id: 2 });
  run(pool, 3.03);
  expect(running(pool).get(0)).toBe(only(pool, second));
  run(pool, 3.07);
  expect(usedMs(pool, second)).toBeCloseTo(3.03, 6);
});

test('an index that the domain does not have idles', () => {
  const pool = arinc(
    1,
    table([
      [1, 5, 1],
      [1, 5, 0],
    ]),
  );
  const domain = add(pool, { id: 1 });
  run(pool, 1000);
  expect(usedMs(pool, domain)).toBe(500 - 0.05);
});

test('a frame goes on in step when its first vcpu comes late', () => {
  const pool = arinc(
    1,
    table([
      [1, 5],
      [2, 5],
    ]),
  );
  run(pool, 1_000_007);
  const domain = add(pool, { id: 2 });
  expect(running(pool).size).toBe(1);
  expect(dump(pool)).toMatchObject({ slot: 1, frameStartNs: 1_000_000 * NS_PER_MS });
  run(pool, 4);
  expect(usedMs(pool, domain)).toBeCloseTo(3.05, 6);
});

test('a new table counts at once: its first frame begins at that instant', () => {
  const pool = arinc(
    1,
    table([
      [1, 10],
      [2, 10],
    ]),
  );
  const [first, second] = [add(pool, { id: 1 }), add(pool, { id: 2 })];
  run(pool, 13.7);
  expect(usedMs(pool, second)).toBeCloseTo(3.65, 6);
  pool.setParams(
    table(
      [
        [1, 1],
        [2, 3],
      ],
      5,
    ),
  );
  expect(dump(pool)).toMatchObject({ slot: 0, frameStartNs: 13.7 * NS_PER_MS });
  expect(running(pool).get(0)).toBe(only(pool, first));
  run(pool, 1.5);
  expect(usedMs(pool, first)).toBeCloseTo(10.05 + 1.05, 6);
  // What is no table does not touch it.
  pool.setParams({ timesliceMs: 5 });
  run(pool, 1);
  expect(dump(pool)).toMatchObject({ slot: 1, frameStartNs: 13.7 * NS_PER_MS });
});

test('a frame shorter than timers are late is passed over in step', () => {
  const pool = arinc(
    1,
    table([
      [1, 0.001],
      [2, 0.002],
    ]),
  );
  const domains = [add(pool, { id: 1 }), add(pool, { id: 2 })];
  run(pool, 100);
  expect(usedMs(pool, domains[0]!) + usedMs(pool, domains[1]!)).toBeCloseTo(100, 6);
  expect(dump(pool).frameStartNs % (3 * NS_PER_US)).toBe(0);
  expect(pool.nowNs - dump(pool).frameStartNs).toBeLessThan(SLOP_NS + 3 * NS_PER_US);
});

test('in a pool of several cpus each vcpu has its own, and its slot is nobody else’s', () => {
  const pool = arinc(
    3,
    table([
      [1, 4],
      [2, 4],
      [3, 4],
    ]),
  );
  const domains = [1, 2, 3].map((id) => add(pool, { id, hard: [id - 1] }));
  const seen = new Set<string>();
  watch(pool, 60, () => {
    for (const [cpu, vcpu] of running(pool)) seen.add(`${pool.vcpus.domain[vcpu]} on ${cpu}`);
    expect(running(pool).size).toBe(1);
  });
  expect([...seen].sort()).toEqual(domains.map((domain, cpu) => `${domain} on ${cpu}`));
  pool.setAffinity(only(pool, domains[2]!), { hard: [0] as Cpu[], soft: null });
  pool.setCpus(places(3).slice(0, 1));
  run(pool, 60);
  // All on the one that is left, in their slots.
  for (const domain of domains) expect(usedMs(pool, domain)).toBeCloseTo(40, 0);
  pool.scheduler.assertInvariants();
});

test('who has to move within its slot has the rest of it where it goes', () => {
  const pool = arinc(3, table([[1, 10]]));
  const domain = add(pool, { id: 1 });
  run(pool, 4);
  pool.setAffinity(only(pool, domain), { hard: [2] as Cpu[], soft: null });
  expect(running(pool).get(2)).toBe(only(pool, domain));
  run(pool, 4);
  pool.setCpus(places(2));
  expect(running(pool).get(0)).toBe(only(pool, domain));
  run(pool, 4);
  expect(usedMs(pool, domain)).toBe(12);
});

test('weight, cap and reservation mean nothing', () => {
  const pool = arinc(
    1,
    table([
      [1, 4],
      [2, 4],
    ]),
  );
  const reservation = { periodUs: 1000, budgetUs: 10, extratime: false };
  const domains = [
    add(pool, { id: 1, weight: 1, cap: 1, reservation }),
    add(pool, { id: 2, weight: 65_535 }),
  ];
  run(pool, 4000.05);
  expect(domains.map((domain) => usedMs(pool, domain))).toEqual([2000.05, 2000]);
});
