import { expect, test } from 'vitest';
import type { TopologyShape } from '../../interface/topology.ts';
import { NS_PER_MS } from '../../interface/words.ts';
import type { Workload } from '../../interface/workload.ts';
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
  vcpusOf,
  waits,
  watch,
} from '../testing.ts';
import type { Credit2 } from './credit2.ts';

const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 };
const SLOP_NS = 50_000;
const TWO_SOCKETS: TopologyShape = { cpus: 4, nodes: 2 };

const pool2 = (host: Parameters<typeof poolOn>[0], params = {}) => poolOn(host, params, 'credit2');
const dump = (pool: Pool, vcpu: number) => (pool.scheduler as Credit2).dump(vcpu);
const lone = (pool: Pool, ...guest: Parameters<typeof add> extends [Pool, ...infer G] ? G : never) =>
  only(pool, add(pool, ...guest));

// ---- who is called

test('a vcpu that wakes up preempts a hog as soon as the ratelimit lets it', () => {
  for (const [ratelimitUs, mostNs] of [
    [0, 0],
    [1_000, 0],
    [10_000, 5_500_000 + SLOP_NS],
  ] as const) {
    const pool = pool2(1, { ratelimitUs });
    add(pool, {});
    const server = lone(pool, { workload: SERVER });
    run(pool, 500);
    let waitedNs = 0;
    let longestNs = 0;
    watch(
      pool,
      5_000,
      () => waits(pool, server),
      (waited, ns) => {
        waitedNs = waited ? waitedNs + ns : 0;
        longestNs = Math.max(longestNs, waitedNs);
      },
    );
    expect(longestNs).toBeLessThanOrEqual(mostNs);
    expect(longestNs).toBeGreaterThanOrEqual(mostNs / 2);
  }
});

test('hogs spread over idle cores before they share one', () => {
  const pool = pool2({ cpus: 8, threadsPerCore: 2 });
  const hogs = [0, 1, 2, 3].map(() => lone(pool, {}));
  expect(new Set(hogs.map((hog) => pool.cpus.core[pool.vcpus.where[hog]!])).size).toBe(4);
  lone(pool, {});
  expect(running(pool).size).toBe(5);
});

test('who wakes up goes back to its own cpu if that idles, core or not', () => {
  const pool = pool2({ cpus: 4, threadsPerCore: 2 });
  const sleeper = lone(pool, { workload: { kind: 'duty', burstMs: 2, sleepMs: 3 } });
  const home = cpuOf(pool, sleeper)!;
  add(pool, { hard: [(home + 2) % 4] });
  watch(pool, 200, () => expect([home, undefined]).toContain(cpuOf(pool, sleeper)));
});

test('without an idle cpu the one whose vcpu has fewest credits is called, its own before all others', () => {
  for (const [lastPauseMs, called] of [
    [5, 0],
    // Within the ratelimit, nearly a millisecond, its own cpu is not to be had.
    [0.9, 1],
  ] as const) {
    const pool = pool2(3);
    const hogs = [0, 1, 2].map((cpu) => add(pool, { hard: [cpu] }));
    const newcomer = add(pool, { paused: true });
    expect(pool.vcpus.where[only(pool, newcomer)]).toBe(0);
    // A hog that pauses keeps its credits, while the others burn theirs.
    for (const [hog, ms] of [
      [hogs[2]!, 1.2],
      [hogs[0]!, lastPauseMs],
    ] as const) {
      pool.setPaused(hog, true);
      run(pool, 1);
      pool.setPaused(hog, false);
      run(pool, ms);
    }
    const credits = hogs.map((hog) => dump(pool, only(pool, hog)).credit);
    expect(Math.min(...credits)).toBe(credits[1]);
    pool.setPaused(newcomer, false);
    expect(cpuOf(pool, only(pool, newcomer))).toBe(called);
  }
});

test('a lead of less than half a millisecond moves nobody to another cpu', () => {
  const pool = pool2(2);
  const pinned = [0, 1].map((cpu) => lone(pool, { hard: [cpu] }));
  const free = lone(pool, {});
  run(pool, 1_000);
  let moves = 0;
  let last = pool.vcpus.where[free]!;
  watch(pool, 20_000, () => {
    const now = pool.vcpus.where[free]!;
    if (now === last || !pool.isOnCpu(free)) return;
    last = now;
    moves++;
    // It has had 50 us for the move. The one that was there has just been put aside.
    const lead = dump(pool, free).credit - 50_000 - dump(pool, pinned[now]!).credit;
    expect(lead).toBeGreaterThanOrEqual(500_000);
  });
  expect(moves).toBeGreaterThan(100);
});

test('who has called one cpu is left to it by another that chooses first', () => {
  const pool = pool2(2);
  const pair = add(pool, { vcpus: 2 });
  const [first, second] = vcpusOf(pool, pair);
  const rival = add(pool, { hard: [1] });
  run(pool, 25);
  runUntilSo(pool, () => dump(pool, second!).credit > dump(pool, first!).credit + NS_PER_MS);
  pool.setPaused(pair, true);
  pool.setPaused(rival, true);
  pool.vcpus.where[first!] = 0;
  pool.vcpus.where[second!] = 1;
  // Cpu 0 is called first, and sees the second one at the head of the queue.
  pool.setPaused(pair, false);
  expect([cpuOf(pool, first!), cpuOf(pool, second!)]).toEqual([0, 1]);
});

// ---- yield

test('a yield lets the next go first, ratelimit or not, whatever its credits, and costs a lone vcpu nothing', () => {
  const pool = pool2(1);
  const pair = [lone(pool, {}), lone(pool, {})];
  run(pool, 500);
  runUntilSo(pool, () => pool.cpus.sinceNs[0] === pool.nowNs);
  const current = running(pool).get(0)!;
  const other = pair.find((vcpu) => vcpu !== current)!;
  pool.yield(current);
  expect(running(pool).get(0)).toBe(other);
  run(pool, 1.5);
  expect(running(pool).get(0)).not.toBe(undefined);

  const alone = pool2(1);
  const vcpu = lone(alone, {});
  run(alone, 15);
  alone.yield(vcpu);
  expect(running(alone).get(0)).toBe(vcpu);
});

// ---- soft affinity

test('a soft affinity is preferred and never costs work; a hard one is obeyed', () => {
  const pool = pool2(4);
  const soft = lone(pool, { soft: [2] });
  run(pool, 25);
  expect(cpuOf(pool, soft)).toBe(2);
  const hard = lone(pool, { hard: [2, 3], soft: [0, 2] });
  run(pool, 25);
  expect([cpuOf(pool, soft), cpuOf(pool, hard)]).not.toContain(undefined);
  watch(pool, 500, () => expect([2, 3, undefined]).toContain(cpuOf(pool, hard)));
});

test('who runs outside of its soft affinity goes in when a cpu there falls idle', () => {
  const pool = pool2(2);
  const first = add(pool, { soft: [1] });
  const second = lone(pool, { soft: [1] });
  run(pool, 20);
  expect(cpuOf(pool, second)).toBe(0);
  pool.remove(first);
  run(pool, 11);
  expect(cpuOf(pool, second)).toBe(1);
});

test('a preemption is worth more where it brings one to where it likes to be', () => {
  const pool = pool2(3);
  const hogs = [0, 1, 2].map((cpu) => lone(pool, { hard: [cpu] }));
  run(pool, 5.2);
  // Its own cpu would do, but it likes another one.
  const picky = add(pool, { soft: [2], paused: true });
  pool.vcpus.where[only(pool, picky)] = 0;
  pool.setPaused(picky, false);
  expect(cpuOf(pool, only(pool, picky))).toBe(2);
  expect(hogs.map((hog) => pool.isOnCpu(hog))).toEqual([true, true, false]);
});

test('a new vcpu goes to the queue of its soft affinity, be that the busier one', () => {
  const pool = pool2(TWO_SOCKETS);
  add(pool, { vcpus: 3, hard: [0, 1] });
  run(pool, 2_000);
  expect([2, 3]).toContain(cpuOf(pool, lone(pool, {})));
  const picky = lone(pool, { soft: [0] });
  expect(pool.cpus.ids[pool.vcpus.where[picky]!]).toBe(0);
});

// ---- several queues

test('new vcpus go where the load is least, at once and not on average', () => {
  const pool = pool2(TWO_SOCKETS);
  const hogs = [0, 1, 2, 3].map(() => lone(pool, {}));
  expect(hogs.map((hog) => dump(pool, hog).queue).sort()).toEqual([0, 0, 1, 1]);
  expect(running(pool).size).toBe(4);
});

test('queues balance: what waits in one goes to the other that has less to do', () => {
  const pool = pool2(TWO_SOCKETS);
  const domains = [0, 1, 2, 3].map(() => add(pool, { hard: [0, 1] }));
  run(pool, 1_000);
  expect([...running(pool).keys()]).toEqual([0, 1]);
  // They may go now, but nobody says so to them again: only balancing moves them.
  for (const domain of domains) pool.vcpus.setPin(only(pool, domain), null);
  run(pool, 1_500);
  expect(running(pool).size).toBe(4);
  expect(domains.map((domain) => dump(pool, only(pool, domain)).queue).sort()).toEqual([0, 0, 1, 1]);
  expect(shares(pool, domains, 3)).toEqual([100, 100, 100, 100]);
});

test('queues swap where handing one over would not help', () => {
  const pool = pool2(TWO_SOCKETS);
  const workload: Workload = { kind: 'io', runMs: 1, sleepMs: 3, jitterPercent: 50 };
  const hogs = [0, 1, 2, 3].map(() => add(pool, { hard: [0, 1] }));
  const servers = [0, 1, 2, 3].map((seed) => add(pool, { hard: [2, 3], seed, workload }));
  run(pool, 3_000);
  for (const domain of [...hogs, ...servers]) pool.vcpus.setPin(only(pool, domain), null);
  run(pool, 10_000);
  // Loads of 4 and 1: after the first hog has gone over, a second one would be too much, if nobody came in return.
  const queues = (domains: readonly number[]) =>
    domains.map((domain) => dump(pool, only(pool, domain)).queue);
  expect(queues(hogs).sort()).toEqual([0, 0, 1, 1]);
  expect(queues(servers).sort()).toEqual([0, 0, 1, 1]);
});

test('vcpus that may not go are not sent, and loads that hardly differ are left alone', () => {
  const pool = pool2(TWO_SOCKETS);
  const stay = [0, 1, 2].map(() => lone(pool, { hard: [0, 1] }));
  const even = [0, 1].map(() => lone(pool, { hard: [2, 3] }));
  watch(pool, 5_000, () => {
    for (const vcpu of stay) expect(dump(pool, vcpu).queue).toBe(0);
    for (const vcpu of even) expect(dump(pool, vcpu).queue).toBe(1);
  });
  const still = pool2(TWO_SOCKETS);
  const hogs = [0, 1, 2, 3].map(() => lone(still, {}));
  const before = hogs.map((hog) => dump(still, hog).queue);
  watch(still, 5_000, () => expect(hogs.map((hog) => dump(still, hog).queue)).toEqual(before));
});

test('a vcpu that changes queues keeps its credits and is charged by the weights there', () => {
  const pool = pool2(TWO_SOCKETS);
  const vcpu = lone(pool, { hard: [0] });
  add(pool, { hard: [3], weight: 1024, workload: { kind: 'idle' } });
  run(pool, 4);
  const { credit } = dump(pool, vcpu);
  pool.setAffinity(vcpu, pin(2));
  expect(dump(pool, vcpu).queue).toBe(1);
  expect(dump(pool, vcpu).credit).toBe(credit);
  run(pool, 1);
  expect(dump(pool, vcpu).credit).toBe(credit - 4 * NS_PER_MS);
});

test('cpus that come together or apart take their vcpus along', () => {
  const pool = pool2({ cpus: 20 });
  const hogs = Array.from({ length: 24 }, () => add(pool, {}));
  const queues = () => new Set(hogs.map((domain) => dump(pool, only(pool, domain)).queue)).size;
  expect(queues()).toBe(2);
  run(pool, 200);
  const all = places(20);
  for (const count of [16, 3, 18, 20, 1, 17]) {
    pool.setCpus(all.slice(0, count));
    pool.scheduler.assertInvariants();
    expect(running(pool).size).toBeGreaterThan(0);
    // Cpus that make a queue of their own get work by balancing, one vcpu a reset.
    run(pool, 3_000);
    expect(running(pool).size).toBe(count);
    expect(queues()).toBe(count <= 16 ? 1 : count === 17 ? 3 : 2);
  }
});

test('an idle pool costs no events at all', () => {
  const pool = pool2(4);
  add(pool, { workload: { kind: 'idle' }, vcpus: 3 });
  run(pool, 10_000);
  expect(pool.events).toBe(0);
  expect(vcpusOf(pool, 0).length).toBe(3);
});
