import { expect, test } from 'vitest';
import type { Affinity } from '../../interface/host.ts';
import { type Cpu, NS_PER_MS } from '../../interface/words.ts';
import type { Workload } from '../../interface/workload.ts';
import type { Pool } from '../pool.ts';
import { add, places, poolOn, run, running, shares, usedNs, vcpusOf } from '../testing.ts';
import type { Null } from './null.ts';

const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 };
const IDLE: Workload = { kind: 'idle' };

const nulls = (cpus: number) => poolOn(cpus, {}, 'null');
const only = (pool: Pool, domain: number) => vcpusOf(pool, domain)[0]!;
const pin = (...cpus: number[]): Affinity => ({ hard: cpus as Cpu[], soft: null });
/** The host's number of the cpu it is on; undefined: on none. */
const cpuOf = (pool: Pool, domain: number) =>
  [...running(pool)].find(([, vcpu]) => vcpu === only(pool, domain))?.[0];
/** The domains whose vcpus wait, longest first. */
const waiting = (pool: Pool) =>
  (pool.scheduler as Null).dump().map((vcpu) => pool.vcpus.domain[vcpu] as number);

test('each vcpu has a cpu for good, the first free one', () => {
  const pool = nulls(4);
  const domains = [0, 1, 2, 3].map((seed) =>
    add(pool, { seed, ...(seed % 2 === 1 && { workload: SERVER }) }),
  );
  const seen = domains.map(() => new Set<number | undefined>());
  for (let i = 0; i < 500; i++) {
    run(pool, 3);
    domains.forEach((domain, d) => {
      seen[d]!.add(cpuOf(pool, domain));
    });
  }
  seen.forEach((cpus, d) => {
    expect([...cpus].filter((cpu) => cpu !== undefined)).toEqual([d]);
  });
});

test('who is too many waits and gets nothing, even while others sleep', () => {
  const pool = nulls(2);
  const server = add(pool, { workload: SERVER });
  const idle = add(pool, { workload: IDLE });
  const late = [add(pool), add(pool, { vcpus: 2 })];
  expect(waiting(pool)).toEqual([late[0], late[1], late[1]]);
  expect(shares(pool, [idle, ...late], 5)).toEqual([0, 0, 0]);
  expect(usedNs(pool, server)).toBeGreaterThan(400 * NS_PER_MS);
});

test('a cpu that becomes free goes to who has waited longest', () => {
  const pool = nulls(2);
  const [first, second, third, fourth, fifth] = Array.from({ length: 5 }, () => add(pool));
  pool.remove(second!);
  expect(waiting(pool)).toEqual([fourth, fifth]);
  expect(cpuOf(pool, third!)).toBe(1);
  pool.remove(fourth!);
  pool.remove(first!);
  expect(waiting(pool)).toEqual([]);
  expect(cpuOf(pool, fifth!)).toBe(0);
});

test('a cpu that joins looks into the queue, one that leaves sends its vcpu there', () => {
  const pool = nulls(1);
  const [first, second, third] = [add(pool), add(pool), add(pool)];
  pool.setCpus(places(2));
  expect(cpuOf(pool, second)).toBe(1);
  pool.setCpus(places(2).slice(1));
  expect(cpuOf(pool, second)).toBe(1);
  expect(waiting(pool)).toEqual([third, first]);
  pool.setCpus(places(3).slice(1));
  expect(cpuOf(pool, third)).toBe(2);
  pool.scheduler.assertInvariants();
});

test('a paused domain keeps its cpus, and a waiting one its place in the queue', () => {
  const pool = nulls(1);
  const [has, waits, behind] = [add(pool), add(pool), add(pool)];
  pool.setPaused(has, true);
  pool.setPaused(waits, true);
  run(pool, 50);
  expect(running(pool).size).toBe(0);
  expect(waiting(pool)).toEqual([waits, behind]);
  pool.remove(has);
  // The paused one was next, and it has the cpu now, whether it runs or not.
  expect(running(pool).size).toBe(0);
  expect(waiting(pool)).toEqual([behind]);
  pool.setPaused(waits, false);
  expect(cpuOf(pool, waits)).toBe(0);
});

test('who comes back is not forgotten: unpaused, awake again, or moved here and back', () => {
  const pool = nulls(2);
  const other = nulls(1);
  const [stays, guest, late] = [add(pool), add(pool, { workload: SERVER }), add(pool)];
  pool.setPaused(guest, true);
  run(pool, 20);
  pool.setPaused(guest, false);
  run(pool, 20);
  expect(usedNs(pool, guest)).toBeGreaterThan(0);
  const back = pool.insert(other.remove(other.insert(pool.remove(guest))));
  expect(cpuOf(pool, late)).toBe(1);
  expect(waiting(pool)).toEqual([back]);
  const used = usedNs(pool, back);
  run(pool, 100);
  expect(usedNs(pool, back)).toBe(used);
  pool.remove(stays);
  run(pool, 100);
  expect(usedNs(pool, back)).toBeGreaterThan(used);
  pool.scheduler.assertInvariants();
});

test('affinity is obeyed: a free cpu stays free rather than be given to one who may not be there', () => {
  const pool = nulls(3);
  const [first, second] = [add(pool, { hard: [1] }), add(pool, { hard: [1] })];
  expect(cpuOf(pool, first)).toBe(1);
  expect(waiting(pool)).toEqual([second]);
  expect(running(pool).size).toBe(1);
  const third = add(pool);
  expect(cpuOf(pool, third)).toBe(0);
  pool.remove(first);
  expect(cpuOf(pool, second)).toBe(1);
});

test('a new affinity moves a vcpu at once, its old cpu goes to the next, and one who waits may find a cpu by it', () => {
  const pool = nulls(3);
  const [first, second] = [add(pool, { hard: [0] }), add(pool, { hard: [0] })];
  pool.setAffinity(only(pool, first), pin(2));
  expect([cpuOf(pool, first), cpuOf(pool, second)]).toEqual([2, 0]);
  const third = add(pool, { hard: [0] });
  expect(waiting(pool)).toEqual([third]);
  pool.setAffinity(only(pool, third), pin(0, 1));
  expect(cpuOf(pool, third)).toBe(1);
  // Where it is, it may stay.
  pool.setAffinity(only(pool, third), pin(1, 2));
  expect(cpuOf(pool, third)).toBe(1);
  pool.scheduler.assertInvariants();
});

test('a vcpu whose new cpus are all taken waits at the end', () => {
  const pool = nulls(2);
  const [first, second, third] = [add(pool), add(pool), add(pool, { hard: [1] })];
  pool.setAffinity(only(pool, first), pin(1));
  expect(running(pool).size).toBe(1);
  expect(waiting(pool)).toEqual([third, first]);
  pool.setAffinity(only(pool, second), pin(0));
  expect(cpuOf(pool, second)).toBe(0);
  expect(cpuOf(pool, third)).toBe(1);
  expect(waiting(pool)).toEqual([first]);
});

test('first where a vcpu likes to be, then where it may', () => {
  const pool = nulls(4);
  const domains = [
    add(pool, { soft: [2] }),
    add(pool, { soft: [2, 3] }),
    add(pool, { soft: [2] }),
    add(pool, { hard: [1, 2], soft: [2] }),
  ];
  expect(domains.map((domain) => cpuOf(pool, domain))).toEqual([2, 3, 0, 1]);
});

test('a free cpu goes first to one in the queue that likes it, then to the longest waiting', () => {
  const pool = nulls(2);
  const [first, second] = [add(pool), add(pool)];
  const [third, fourth, fifth] = [add(pool, { soft: [1] }), add(pool, { soft: [0] }), add(pool)];
  pool.remove(first);
  expect(cpuOf(pool, fourth)).toBe(0);
  expect(waiting(pool)).toEqual([third, fifth]);
  pool.remove(fourth);
  expect(cpuOf(pool, third)).toBe(0);
  pool.remove(second);
  expect(cpuOf(pool, fifth)).toBe(1);
});

test('a sleeping vcpu is moved like any other, and nobody runs meanwhile', () => {
  const pool = nulls(2);
  const sleeper = add(pool, { workload: { kind: 'duty', burstMs: 1, sleepMs: 50 }, hard: [0] });
  run(pool, 10);
  pool.setAffinity(only(pool, sleeper), pin(1));
  const hog = add(pool);
  expect(cpuOf(pool, hog)).toBe(0);
  run(pool, 41.5);
  expect(cpuOf(pool, sleeper)).toBe(1);
});

test('hogs on their cpus cost no event at all', () => {
  const pool = nulls(4);
  add(pool, { vcpus: 6 });
  run(pool, 100_000);
  expect(pool.events).toBe(0);
  expect(running(pool).size).toBe(4);
});
