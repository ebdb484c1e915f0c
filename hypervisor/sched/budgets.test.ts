import { expect, test } from 'vitest';
import { NS_PER_MS } from '../../interface/words.ts';
import { NONE } from '../cpus.ts';
import type { Pool } from '../pool.ts';
import {
  add,
  cpuOf,
  only,
  pin,
  places,
  poolOn,
  run,
  running,
  runUntilSo,
  shares,
  usedNs,
  vcpusOf,
  watch,
} from '../testing.ts';
import { PARKED } from '../vcpus.ts';
import type { Credit2 } from './credit2.ts';

const PERIOD_MS = 10;
/** A cap counts exactly; at both ends of a window a period may be cut. */
const POINT = 0.05;
const WINDOW_S = 30;

const pool2 = (host: Parameters<typeof poolOn>[0], params = {}) => poolOn(host, params, 'credit2');
const dump = (pool: Pool, vcpu: number) => (pool.scheduler as Credit2).dump(vcpu);
const isParked = (pool: Pool, vcpu: number) => (pool.vcpus.flags[vcpu]! & PARKED) !== 0;

function expectShares(measured: readonly number[], wanted: readonly number[], tolerance = POINT): void {
  measured.forEach((share, i) => {
    expect(Math.abs(share - wanted[i]!), `${measured} instead of ${wanted}`).toBeLessThan(tolerance);
  });
}

/** When the vcpu was let go, ns. */
function lettingsGo(pool: Pool, vcpu: number, ms: number): number[] {
  const found: number[] = [];
  let parked = isParked(pool, vcpu);
  watch(pool, ms, () => {
    if (parked && !isParked(pool, vcpu)) found.push(pool.nowNs);
    parked = isParked(pool, vcpu);
  });
  return found;
}

test('a capped domain gets its cap and no more, on an idle pool and beside others', () => {
  const alone = pool2(1);
  expectShares(shares(alone, [add(alone, { cap: 25 })], WINDOW_S), [25]);
  const shared = pool2(1);
  expectShares(shares(shared, [add(shared, { cap: 20 }), add(shared, {})], WINDOW_S), [20, 80]);
  const heavy = pool2(1);
  expectShares(shares(heavy, [add(heavy, { weight: 60_000, cap: 40 }), add(heavy, {})], WINDOW_S), [40, 60]);
  const wide = pool2(4);
  expectShares(shares(wide, [add(wide, { cap: 150, vcpus: 4 })], WINDOW_S), [150], 4 * POINT);
});

test('a cap holds in every period of 10 ms, but for what a shortest slice overruns', () => {
  const pool = pool2(1);
  const domain = add(pool, { cap: 30 });
  let used = 0;
  for (let period = 1; period <= 300; period++) {
    run(pool, PERIOD_MS);
    const now = usedNs(pool, domain);
    expect(now - used).toBeLessThanOrEqual(4 * NS_PER_MS);
    // What is overrun is owed: over all periods it never adds up.
    expect(now).toBeLessThanOrEqual(period * 3 * NS_PER_MS + NS_PER_MS);
    used = now;
  }
});

test('who is parked is let go when the pot is filled, every 10 ms since the cap was set', () => {
  const pool = pool2(1);
  run(pool, 3.7);
  const domain = add(pool, { cap: 30 });
  run(pool, 1_000);
  const letGo = lettingsGo(pool, only(pool, domain), 1_000);
  expect(letGo.length).toBeGreaterThan(90);
  // A timer is 50 us late.
  for (const ns of letGo) expect((ns - 3.75 * NS_PER_MS) % (PERIOD_MS * NS_PER_MS)).toBe(0);
});

test('a cap below a shortest slice skips periods: the debt is worked off', () => {
  const pool = pool2(1);
  const domain = add(pool, { cap: 2 });
  run(pool, 1_000);
  expectShares(shares(pool, [domain], WINDOW_S), [2]);
  const letGo = lettingsGo(pool, only(pool, domain), 1_000);
  // A slice of a millisecond or a bit more costs five periods of 0.2 or six.
  for (const [i, ns] of letGo.slice(1).entries())
    expect([50, 60]).toContain(Math.round((ns - letGo[i]!) / NS_PER_MS));
});

test('several vcpus share one cap, each takes its part of a period’s budget at most', () => {
  const pool = pool2(4);
  const domain = add(pool, { cap: 100, vcpus: 4 });
  const other = add(pool, { vcpus: 4 });
  let most = 0;
  watch(pool, 2_000, () => {
    for (const vcpu of vcpusOf(pool, domain)) most = Math.max(most, dump(pool, vcpu).budgetNs);
  });
  expect(most).toBe(2.5 * NS_PER_MS);
  expectShares(shares(pool, [domain, other], WINDOW_S), [100, 300], 4 * POINT);
});

test('what one vcpu brings back another may use at once', () => {
  const pool = pool2(2);
  // The first asks for all there is and sleeps after a millisecond; the second is parked meanwhile.
  const domain = add(pool, { cap: 5, vcpus: 2, workload: { kind: 'duty', burstMs: 0.2, sleepMs: 30 } });
  const [first, second] = vcpusOf(pool, domain);
  expect(isParked(pool, first!)).toBe(false);
  expect(isParked(pool, second!)).toBe(true);
  runUntilSo(pool, () => !pool.isOnCpu(first!));
  expect(pool.nowNs).toBe(0.2 * NS_PER_MS);
  expect(isParked(pool, second!)).toBe(false);
  expect(pool.isOnCpu(second!)).toBe(true);
});

test('who runs beyond its budget, for the ratelimit’s sake, is parked when another cpu resets the credits', () => {
  const pool = pool2(2, { ratelimitUs: 5_000 });
  add(pool, { hard: [0] });
  // A lone hog's credits are reset every 10 ms, which is 3 ms after the pot is filled.
  run(pool, 7);
  const capped = only(pool, add(pool, { hard: [1], cap: 5 }));
  const lengths: number[] = [];
  let sinceNs = Number.NaN;
  watch(pool, 5_000, () => {
    if (pool.isOnCpu(capped)) sinceNs = pool.cpus.sinceNs[1]!;
    else if (sinceNs > 0) {
      lengths.push(pool.nowNs - sinceNs);
      sinceNs = Number.NaN;
    }
  });
  expect(lengths.length).toBeGreaterThan(50);
  for (const ns of lengths) expect(Math.abs(ns - 3 * NS_PER_MS)).toBeLessThanOrEqual(100_000);
});

test('a cap that is set on who runs counts from then on', () => {
  const pool = pool2(1);
  const domain = add(pool, {});
  run(pool, 9);
  const used = usedNs(pool, domain);
  pool.setWeight(domain, 256, 30);
  run(pool, PERIOD_MS);
  // Not held against it is what it has run before, though nobody had looked at it for 9 ms.
  expect(Math.abs(usedNs(pool, domain) - used - 3 * NS_PER_MS)).toBeLessThan(100_000);
  expectShares(shares(pool, [domain], WINDOW_S), [30]);
});

test('a cap that is raised or lowered while somebody is parked counts from the next filling on', () => {
  for (const [cap, percent] of [
    [80, 80],
    [10, 10],
  ] as const) {
    const pool = pool2(1);
    const domain = add(pool, { cap: 30 });
    const vcpu = only(pool, domain);
    run(pool, 1_000);
    runUntilSo(pool, () => isParked(pool, vcpu));
    pool.setWeight(domain, 256, cap);
    expect(isParked(pool, vcpu)).toBe(true);
    runUntilSo(pool, () => !isParked(pool, vcpu));
    expectShares(shares(pool, [domain], WINDOW_S), [percent], 4 * POINT);
  }
});

test('a cap that is lifted lets the parked go at once', () => {
  const pool = pool2(2);
  const domain = add(pool, { cap: 10, vcpus: 2 });
  const vcpus = vcpusOf(pool, domain);
  runUntilSo(pool, () => vcpus.every((vcpu) => isParked(pool, vcpu)));
  pool.setWeight(domain, 256, 0);
  expect(running(pool).size).toBe(2);
  expect(vcpus.map((vcpu) => dump(pool, vcpu).budgetNs)).toEqual([Infinity, Infinity]);
  expect(shares(pool, [domain], 3)).toEqual([200]);
  // Nothing is left to fill: but for their slices the pool is quiet.
  const { events } = pool;
  run(pool, 1_000);
  expect(pool.events - events).toBeLessThan(210);
});

test('a parked vcpu that is moved runs where it comes to', () => {
  const pool = pool2(1);
  const domain = add(pool, { cap: 10 });
  runUntilSo(pool, () => isParked(pool, only(pool, domain)));
  const target = pool2(1);
  const moved = target.insert(pool.remove(domain));
  expect(cpuOf(target, only(target, moved))).toBe(0);
  expectShares(shares(target, [moved], WINDOW_S), [10]);
  pool.scheduler.assertInvariants();
  // Whoever has its place now has no cap.
  const next = add(pool, {});
  expect(shares(pool, [next], 3)).toEqual([100]);
});

test('who is parked, paused or pinned elsewhere meanwhile comes back as it should be', () => {
  const pool = pool2(2);
  const domain = add(pool, { cap: 10 });
  const vcpu = only(pool, domain);
  runUntilSo(pool, () => isParked(pool, vcpu));
  pool.setPaused(domain, true);
  run(pool, 100);
  expect(isParked(pool, vcpu)).toBe(false);
  expect(running(pool).size).toBe(0);
  pool.setPaused(domain, false);
  runUntilSo(pool, () => isParked(pool, vcpu));
  pool.setAffinity(vcpu, pin(1));
  expect(running(pool).size).toBe(0);
  runUntilSo(pool, () => pool.isOnCpu(vcpu));
  expect(cpuOf(pool, vcpu)).toBe(1);
});

test('caps hold over changes of the cpus', () => {
  const pool = pool2(4);
  const domain = add(pool, { cap: 90, vcpus: 3 });
  add(pool, { vcpus: 2 });
  const used = usedNs(pool, domain);
  for (let round = 1; round <= 300; round++) {
    pool.setCpus(places(4).slice(round % 3));
    pool.scheduler.assertInvariants();
    run(pool, 7);
  }
  const share = (100 * (usedNs(pool, domain) - used)) / (300 * 7 * NS_PER_MS);
  expect(share).toBeLessThan(91);
  expect(share).toBeGreaterThan(85);
});

test('many capped domains are filled by one timer, each in its time', () => {
  const pool = pool2(4);
  const caps = [5, 10, 15, 20, 25, 30];
  const domains = caps.map((cap, i) => {
    run(pool, 1.3 * i);
    return add(pool, { cap });
  });
  run(pool, 1_000);
  expectShares(shares(pool, domains, WINDOW_S), caps);
  pool.remove(domains[2]!);
  domains.splice(2, 1);
  expectShares(
    shares(pool, domains, WINDOW_S),
    caps.filter((cap) => cap !== 15),
  );
  expect([...pool.cpus.current].filter((vcpu) => vcpu !== NONE).length).toBeLessThanOrEqual(4);
});
