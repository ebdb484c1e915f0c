import { expect, test } from 'vitest';
import { NS_PER_MS } from '../interface/words.ts';
import type { Workload } from '../interface/workload.ts';
import type { Pool } from './pool.ts';
import { add, poolOn, run, running, shares, usedNs, watch } from './testing.ts';

const DUTY: Workload = { kind: 'duty', burstMs: 20, sleepMs: 80 };
const PERIODIC: Workload = { kind: 'periodic', runMs: 5, periodMs: 50 };
const BURSTY: Workload = { kind: 'bursty', runMs: 5, sleepMs: 15 };
const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 };
const TRACE: Workload = { kind: 'trace', runMs: [2, 3], sleepMs: [5, 10] };

function alone(workload: Workload): { pool: Pool; domain: number; usedMs: () => number } {
  const pool = poolOn(1);
  const domain = add(pool, { workload });
  return { pool, domain, usedMs: () => usedNs(pool, domain) / NS_PER_MS };
}

/** The lengths of its sleeps, ms, as one sees them from outside. */
function sleepsMs(workload: Workload, forMs: number): number[] {
  const { pool } = alone(workload);
  const sleeps = [0];
  watch(
    pool,
    forMs,
    () => running(pool).size,
    (busy, ns) => {
      if (busy === 0) sleeps[sleeps.length - 1]! += ns / NS_PER_MS;
      else if (sleeps.at(-1)! > 0) sleeps.push(0);
    },
  );
  return sleeps.slice(0, -1);
}

test('a hog takes all of its cpu, an idle domain nothing', () => {
  expect(shares(alone({ kind: 'cpu' }).pool, [0], 1)).toEqual([100]);
  const idle = alone({ kind: 'idle' });
  expect(shares(idle.pool, [idle.domain], 1)).toEqual([0]);
  expect(idle.pool.events).toBe(0);
});

test('duty wants the cpu for its burst, then sleeps', () => {
  const { pool, usedMs } = alone(DUTY);
  run(pool, 20);
  expect(usedMs()).toBe(20);
  run(pool, 80);
  expect(usedMs()).toBe(20);
  run(pool, 20);
  expect(usedMs()).toBe(40);
});

test('a burst of duty ends by the wall clock, whoever had the cpu meanwhile', () => {
  const { pool, domain, usedMs } = alone(DUTY);
  run(pool, 5);
  pool.setPaused(domain, true);
  run(pool, 10);
  pool.setPaused(domain, false);
  run(pool, 84.9);
  expect(usedMs()).toBe(10);
  run(pool, 20.1);
  expect(usedMs()).toBe(30);
});

test('a burst of duty that is over before the vcpu is back does nothing more', () => {
  const { pool, domain, usedMs } = alone(DUTY);
  run(pool, 5);
  pool.setPaused(domain, true);
  run(pool, 45);
  pool.setPaused(domain, false);
  run(pool, 80);
  expect(usedMs()).toBe(5);
  run(pool, 20);
  expect(usedMs()).toBe(25);
});

test('the wall time of duty counts from its first instant on a cpu', () => {
  const pool = poolOn(1);
  const domain = add(pool, { workload: DUTY, paused: true });
  run(pool, 50);
  pool.setPaused(domain, false);
  run(pool, 20);
  expect(usedNs(pool, domain)).toBe(20 * NS_PER_MS);
});

test('periodic work that came late is done at once, and the releases stay where they were', () => {
  const { pool, domain, usedMs } = alone(PERIODIC);
  run(pool, 5);
  pool.setPaused(domain, true);
  run(pool, 170);
  pool.setPaused(domain, false);
  // Jobs of 50, 100 and 150 ms are due by now, 5 ms each; the next comes at 200.
  run(pool, 15);
  expect(usedMs()).toBe(20);
  run(pool, 10);
  expect(usedMs()).toBe(20);
  run(pool, 5);
  expect(usedMs()).toBe(25);
});

test('bursty runs and sleeps exponentially with its means', () => {
  const seconds = 400;
  const { pool, domain } = alone(BURSTY);
  const [share] = shares(pool, [domain], seconds);
  // 25 %; over n cycles of two exponentials it scatters by p(1-p)·sqrt(2/n). Five of those.
  const sigma = 100 * 0.25 * 0.75 * Math.sqrt(2 / (seconds / 0.02));
  expect(Math.abs(share! - 25)).toBeLessThan(5 * sigma);
  const sleeps = sleepsMs(BURSTY, 20_000);
  // Of an exponential, exp(-2) = 13.5 % is longer than twice its mean.
  const long = sleeps.filter((ms) => ms > 30).length / sleeps.length;
  expect(Math.abs(long - Math.exp(-2))).toBeLessThan(5 * Math.sqrt(0.135 / sleeps.length));
});

test('io runs its time and sleeps evenly within its jitter', () => {
  const sleeps = sleepsMs(SERVER, 10_000);
  expect(Math.min(...sleeps)).toBeGreaterThanOrEqual(4.5);
  expect(Math.max(...sleeps)).toBeLessThanOrEqual(13.5);
  const mean = sleeps.reduce((sum, ms) => sum + ms, 0) / sleeps.length;
  // Even over 9 ms: a deviation of 9/sqrt(12). Five standard errors.
  expect(Math.abs(mean - 9)).toBeLessThan((5 * 9) / Math.sqrt(12 * sleeps.length));
  expect(sleeps.filter((ms) => ms < 5.5).length).toBeGreaterThan(0);
  expect(sleeps.filter((ms) => ms > 12.5).length).toBeGreaterThan(0);
});

test('a trace is replayed round and round', () => {
  const { pool, usedMs } = alone(TRACE);
  const used: number[] = [];
  for (const ms of [2, 5, 3, 10, 2, 5, 3, 10]) {
    run(pool, ms);
    used.push(usedMs());
  }
  expect(used).toEqual([2, 2, 5, 5, 7, 7, 10, 10]);
});

for (const workload of [DUTY, PERIODIC, BURSTY, SERVER, TRACE]) {
  test(`${workload.kind}: who moves to another pool goes on where it was`, () => {
    const stays = alone(workload);
    const source = alone(workload);
    let { pool, domain } = source;
    // Steps that fall into bursts and into sleeps, of every length.
    for (let step = 1; step <= 200; step++) {
      const ms = 0.7 * (step % 17) + 0.003;
      run(stays.pool, ms);
      run(pool, ms);
      const next = poolOn(1);
      run(next, pool.nowNs / NS_PER_MS + 1000);
      domain = next.insert(pool.remove(domain));
      run(stays.pool, 0.1);
      run(next, 0.1);
      pool = next;
      expect(usedNs(pool, domain)).toBe(usedNs(stays.pool, stays.domain));
    }
    expect(usedNs(pool, domain)).toBeGreaterThan(0);
  });
}
