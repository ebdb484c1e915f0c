/**
 * What every scheduler keeps, whatever its policy: run by conformance.test.ts for each one that is offered. Only
 * what a pool shows is looked at.
 */
import { describe, expect, test } from 'vitest';
import { NS_PER_MS, NS_PER_S, type SchedulerName } from '../../interface/words.ts';
import type { Workload } from '../../interface/workload.ts';
import type { Pool } from '../pool.ts';
import {
  add,
  type Guest,
  picture,
  places,
  poolOn,
  run,
  running,
  shares,
  usedNs,
  vcpusOf,
  watch,
} from '../testing.ts';

const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 };
const BURSTY: Workload = { kind: 'bursty', runMs: 7, sleepMs: 5 };
/** A bit of everything, half as much again as four cpus can do. */
const CROWD: readonly Guest[] = [
  {},
  { weight: 512, vcpus: 2 },
  { workload: BURSTY, vcpus: 3 },
  { workload: SERVER },
  { workload: SERVER, seed: 2 },
  { cap: 50 },
  { workload: { kind: 'periodic', runMs: 4, periodMs: 20 } },
];
/** A vcpu that could run waits for at most so long: Xen's default timeslice. */
const PATIENCE_NS = 30 * NS_PER_MS + 100_000;

export function describeScheduler(name: SchedulerName): void {
  const poolOf = (cpus: Parameters<typeof poolOn>[0]) => poolOn(cpus, {}, name);
  const crowdOn = (pool: Pool) => CROWD.map((guest) => add(pool, guest));

  describe(`scheduler ${name}`, () => {
    test('no cpu idles for longer than a timeslice beside a vcpu that could run there', () => {
      const pool = poolOf({ cpus: 8, nodes: 2, threadsPerCore: 2 });
      crowdOn(pool);
      let wastedNs = 0;
      watch(
        pool,
        5_000,
        () => pool.cpus.count - running(pool).size > 0 && waiting(pool).length > 0,
        (wastes, ns) => {
          wastedNs = wastes ? wastedNs + ns : 0;
          expect(wastedNs).toBeLessThanOrEqual(PATIENCE_NS);
        },
      );
    });

    test('an overloaded pool gives out all the time its cpus have', () => {
      const pool = poolOf(4);
      const domains = [2, 3, 1, 4].map((vcpus) => add(pool, { vcpus }));
      run(pool, 2_000);
      expect(domains.reduce((sum, domain) => sum + usedNs(pool, domain), 0)).toBe(4 * 2 * NS_PER_S);
    });

    test('nobody is on two cpus, and who runs is runnable and where it may be', () => {
      const pool = poolOf({ cpus: 4, threadsPerCore: 2 });
      crowdOn(pool);
      const pinned = add(pool, { vcpus: 2, hard: [1, 2] });
      const torn = add(pool, { hard: [3] });
      watch(pool, 2_000, () => {
        assertSound(pool);
        expect([1, 2]).toEqual(expect.arrayContaining(cpusOf(pool, pinned)));
        expect([3]).toEqual(expect.arrayContaining(cpusOf(pool, torn)));
      });
      expect(usedNs(pool, pinned)).toBeGreaterThan(0);
      expect(usedNs(pool, torn)).toBeGreaterThan(0);
    });

    test('a changed affinity holds from that instant on', () => {
      const pool = poolOf(4);
      crowdOn(pool);
      const domain = add(pool, {});
      const [vcpu] = vcpusOf(pool, domain);
      for (let round = 0; round < 40; round++) {
        const only = (round * 3) % 4;
        pool.setAffinity(vcpu!, { hard: [places(4)[only]!.cpu], soft: null });
        watch(pool, 23, () => expect([only]).toEqual(expect.arrayContaining(cpusOf(pool, domain))));
      }
    });

    test('a paused domain uses nothing, an unpaused one goes on at once', () => {
      const pool = poolOf(2);
      const domain = add(pool, { vcpus: 2 });
      run(pool, 11);
      pool.setPaused(domain, true);
      expect(running(pool).size).toBe(0);
      const used = usedNs(pool, domain);
      run(pool, 100);
      expect(usedNs(pool, domain)).toBe(used);
      pool.setPaused(domain, false);
      run(pool, 10);
      expect(usedNs(pool, domain)).toBe(used + 2 * 10 * NS_PER_MS);
    });

    test('a domain that was created paused begins when it is unpaused', () => {
      const pool = poolOf(1);
      const domain = add(pool, { paused: true });
      run(pool, 50);
      expect(usedNs(pool, domain)).toBe(0);
      pool.setPaused(domain, false);
      run(pool, 50);
      expect(usedNs(pool, domain)).toBe(50 * NS_PER_MS);
    });

    test('a cpu that joins starts working at once', () => {
      const pool = poolOf(1);
      add(pool, { vcpus: 2 });
      run(pool, 5);
      pool.setCpus(places(2));
      expect(running(pool).size).toBe(2);
    });

    test('a cpu that leaves hands on what ran and what waited there', () => {
      const pool = poolOf(4);
      const domain = add(pool, {});
      run(pool, 7);
      for (const cpus of [[0, 1, 2], [1, 2], [2], [0], [3, 0], [1]]) {
        pool.setCpus(places(4).filter(({ cpu }) => cpus.includes(cpu)));
        expect(running(pool).size).toBe(1);
        run(pool, 13);
      }
      expect(usedNs(pool, domain)).toBe((7 + 6 * 13) * NS_PER_MS);
    });

    test('cpus come and go under load, and all of their time is used', () => {
      const pool = poolOf(4);
      const domains = [2, 3, 1, 4].map((vcpus) => add(pool, { vcpus }));
      let capacityNs = 0;
      for (let round = 1; round <= 60; round++) {
        const cpus = places(4).filter(({ cpu }) => (((round * 7) % 15) | 1) & (1 << cpu));
        pool.setCpus(cpus);
        assertSound(pool);
        run(pool, 17);
        capacityNs += cpus.length * 17 * NS_PER_MS;
      }
      expect(domains.reduce((sum, domain) => sum + usedNs(pool, domain), 0)).toBe(capacityNs);
    });

    test('a pin without a cpu in the pool counts as none, and holds again once the cpu is back', () => {
      const pool = poolOf(2);
      const domain = add(pool, { hard: [1] });
      run(pool, 5);
      pool.setCpus(places(2).slice(0, 1));
      expect(cpusOf(pool, domain)).toEqual([0]);
      run(pool, 5);
      pool.setCpus(places(2));
      watch(pool, 100, () => expect(cpusOf(pool, domain)).toEqual([1]));
    });

    test('a domain can be removed in every state, and the others have its time', () => {
      const pool = poolOf(2);
      const stays = add(pool, { vcpus: 2 });
      for (let ms = 1; ms < 120; ms += 7) {
        const guests = CROWD.map((guest) => add(pool, guest));
        const paused = add(pool, { paused: true });
        run(pool, ms);
        for (const domain of [...guests, paused]) {
          pool.remove(domain);
          assertSound(pool);
        }
        expect(running(pool).size).toBe(2);
      }
      expect(shares(pool, [stays], 1)).toEqual([200]);
    });

    test('a move between pools keeps everything a domain had', () => {
      for (const guest of CROWD) {
        const source = poolOf(2);
        const target = poolOf(2);
        const domain = add(source, { ...guest, hard: [0], soft: [0] });
        run(source, 333);
        run(target, 20);
        const used = usedNs(source, domain);
        const load = source.remove(domain);
        const moved = target.insert(load);
        expect(running(source).size).toBe(0);
        expect(usedNs(target, moved)).toBe(used);
        const back = target.remove(moved);
        expect(back).toEqual({ ...load, vcpus: back.vcpus });
        expect(back.vcpus.map(({ affinity, cpuNs }) => ({ affinity, cpuNs }))).toEqual(
          load.vcpus.map(({ affinity, cpuNs }) => ({ affinity, cpuNs })),
        );
        const again = source.insert(back);
        run(source, 1000);
        expect(usedNs(source, again)).toBeGreaterThan(used);
      }
    });

    test('a domain that its cap held back runs at once where it has none', () => {
      const source = poolOf(1);
      const domain = add(source, { cap: 10 });
      for (let i = 0; i < 100 && running(source).size > 0; i++) source.runFor(Infinity, 1);
      const target = poolOf(1);
      const moved = target.insert({ ...source.remove(domain), cap: 0 });
      const used = usedNs(target, moved);
      run(target, 100);
      expect(usedNs(target, moved) - used).toBe(100 * NS_PER_MS);
    });

    test('what happens in one pool never changes another, byte for byte', () => {
      const alone = poolOf(4);
      crowdOn(alone);
      const beside = poolOf(4);
      crowdOn(beside);
      const other = poolOf(4);
      const guests = crowdOn(other);
      for (let round = 0; round < 30; round++) {
        run(alone, 37);
        run(other, 11);
        other.setWeight(guests[round % guests.length]!, 1 + round * 100, (round * 5) % 90);
        other.setPaused(guests[(round + 1) % guests.length]!, round % 2 === 0);
        other.setParams({ timesliceMs: 1 + round, ratelimitUs: 1000 * (round % 2) });
        run(beside, 37);
        other.setCpus(places(4).slice(round % 4));
        if (round % 5 === 0) guests.push(add(other, { vcpus: 3 }));
      }
      expect(picture(beside)).toBe(picture(alone));
    });

    test('stopping on the way changes nothing', () => {
      const whole = poolOf({ cpus: 4, nodes: 2 });
      crowdOn(whole);
      const pieces = poolOf({ cpus: 4, nodes: 2 });
      crowdOn(pieces);
      whole.runUntil(2 * NS_PER_S);
      for (let ns = 1; pieces.nowNs < 2 * NS_PER_S; ns = (ns * 7 + 3) % 9_999_991)
        pieces.runUntil(Math.min(2 * NS_PER_S, pieces.nowNs + ns));
      expect(picture(pieces)).toBe(picture(whole));
    });

    test('the same input gives the same run', () => {
      const pictures = [1, 2].map(() => {
        const pool = poolOf({ cpus: 6, threadsPerCore: 2 });
        crowdOn(pool);
        run(pool, 3_000);
        return picture(pool);
      });
      expect(pictures[0]).toBe(pictures[1]);
    });

    test('a lone domain gets all it asks for, whatever was there before', () => {
      const pool = poolOf(4);
      const domain = add(pool, { vcpus: 2, weight: 1 });
      expect(shares(pool, [domain], 3)).toEqual([200]);
      const crowd = crowdOn(pool);
      run(pool, 1_000);
      for (const other of crowd) pool.remove(other);
      expect(shares(pool, [domain], 3)).toEqual([200]);
    });

    test('nobody starves in a crowd, however light', () => {
      const pool = poolOf(4);
      const domains = crowdOn(pool);
      const light = add(pool, { weight: 1 });
      shares(pool, [...domains, light], 10).forEach((share) => {
        expect(share).toBeGreaterThan(0);
      });
    });
  });
}

/** The host's numbers of the cpus a domain is on right now. */
function cpusOf(pool: Pool, domain: number): number[] {
  const vcpus = vcpusOf(pool, domain);
  return [...running(pool)].filter(([, vcpu]) => vcpus.includes(vcpu)).map(([cpu]) => cpu);
}

function waiting(pool: Pool): number[] {
  const { vcpus } = pool;
  return Array.from({ length: vcpus.end }, (_, vcpu) => vcpu).filter(
    (vcpu) => vcpus.isRunnable(vcpu) && !pool.isOnCpu(vcpu),
  );
}

function assertSound(pool: Pool): void {
  const on = [...running(pool).values()];
  expect(new Set(on).size).toBe(on.length);
  for (const vcpu of on) {
    expect(pool.vcpus.isRunnable(vcpu)).toBe(true);
    expect(pool.isOnCpu(vcpu)).toBe(true);
    expect(pool.vcpus.mayRunOn(vcpu, pool.vcpus.where[vcpu]!)).toBe(true);
  }
  pool.scheduler.assertInvariants();
}
