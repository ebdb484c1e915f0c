/**
 * What every scheduler keeps, whatever its policy: run by conformance.test.ts for each one that is offered. Only
 * what a pool shows is looked at. Where one may be different is said in traits.ts.
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
import { TRAITS } from './traits.ts';

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
/** How late timers fire, and again for good measure. */
const SLOP_NS = 100_000;

export function describeScheduler(name: SchedulerName): void {
  const traits = TRAITS[name];
  const poolOf = (cpus: Parameters<typeof poolOn>[0]) => poolOn(cpus, traits.params, name);
  const crowdOn = (pool: Pool) => CROWD.map((guest) => join(pool, guest));
  /** Until a vcpu alone on its cpu has got so many ms. */
  const runFor = (pool: Pool, ms: number) => run(pool, ms * traits.stretch);
  /** Percent of that. */
  const sharesOf = (pool: Pool, domains: readonly number[], seconds: number) =>
    shares(pool, domains, seconds * traits.stretch).map((share) => share * traits.stretch);
  /** What so many hogs get together on so many cpus: where slots are reserved, each has its own. */
  const used = (cpus: number, hogs: number) => (traits.fillsCpus ? Math.min(cpus, hogs) : hogs);
  const expectRunning = (pool: Pool, vcpus: number) => {
    if (traits.fillsCpus) expect(running(pool).size).toBe(vcpus);
  };
  /** What only some promise; traits.ts says why the others do not. */
  const when = (promised: boolean, name: string, body: () => void) => {
    if (promised) test(name, body);
  };

  describe(`scheduler ${name}`, () => {
    when(traits.isWorkConserving, 'no cpu idles for long beside a vcpu that could run there', () => {
      const pool = poolOf({ cpus: 8, nodes: 2, threadsPerCore: 2 });
      crowdOn(pool);
      let wastedNs = 0;
      watch(
        pool,
        5_000,
        () => pool.cpus.count - running(pool).size > 0 && waiting(pool).length > 0,
        (wastes, ns) => {
          wastedNs = wastes ? wastedNs + ns : 0;
          expect(wastedNs).toBeLessThanOrEqual(traits.patienceMs * NS_PER_MS + SLOP_NS);
        },
      );
    });

    test('an overloaded pool gives out all the time its cpus have', () => {
      const pool = poolOf(4);
      const domains = [2, 3, 1, 4].map((vcpus) => join(pool, { vcpus }));
      runFor(pool, 2_000);
      expect(total(pool, domains)).toBe(used(4, 10) * 2 * NS_PER_S);
    });

    test('nobody is on two cpus, and who runs is runnable and where it may be', () => {
      const pool = poolOf({ cpus: 4, threadsPerCore: 2 });
      const pinned = join(pool, { vcpus: 2, hard: [1, 2] });
      const torn = join(pool, { hard: [3] });
      crowdOn(pool);
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
      const domain = join(pool);
      crowdOn(pool);
      const [vcpu] = vcpusOf(pool, domain);
      for (let round = 0; round < 40; round++) {
        const only = (round * 3) % 4;
        pool.setAffinity(vcpu!, { hard: [places(4)[only]!.cpu], soft: null });
        watch(pool, 23, () => expect([only]).toEqual(expect.arrayContaining(cpusOf(pool, domain))));
      }
    });

    test('a paused domain uses nothing, an unpaused one goes on at once', () => {
      const pool = poolOf(2);
      const domain = join(pool, { vcpus: 2 });
      runFor(pool, 11);
      pool.setPaused(domain, true);
      expect(running(pool).size).toBe(0);
      const before = usedNs(pool, domain);
      run(pool, 100);
      expect(usedNs(pool, domain)).toBe(before);
      pool.setPaused(domain, false);
      runFor(pool, 10);
      expect(usedNs(pool, domain)).toBe(before + 2 * 10 * NS_PER_MS);
    });

    test('a domain that was created paused begins when it is unpaused', () => {
      const pool = poolOf(1);
      const domain = join(pool, { paused: true });
      runFor(pool, 50);
      expect(usedNs(pool, domain)).toBe(0);
      pool.setPaused(domain, false);
      runFor(pool, 50);
      expect(usedNs(pool, domain)).toBe(50 * NS_PER_MS);
    });

    when(traits.fillsCpus, 'a cpu that joins starts working at once', () => {
      const pool = poolOf(1);
      join(pool, { vcpus: 2 });
      run(pool, 5);
      pool.setCpus(places(2));
      expect(running(pool).size).toBe(2);
    });

    test('a cpu that leaves hands on what ran and what waited there', () => {
      const pool = poolOf(4);
      const domain = join(pool);
      runFor(pool, 7);
      for (const cpus of [[0, 1, 2], [1, 2], [2], [0], [3, 0], [1]]) {
        pool.setCpus(places(4).filter(({ cpu }) => cpus.includes(cpu)));
        expectRunning(pool, 1);
        runFor(pool, 13);
      }
      expect(usedNs(pool, domain)).toBe((7 + 6 * 13) * NS_PER_MS);
    });

    test('cpus come and go under load, and all of their time is used', () => {
      const pool = poolOf(4);
      const domains = [2, 3, 1, 4].map((vcpus) => join(pool, { vcpus }));
      let capacityNs = 0;
      for (let round = 1; round <= 60; round++) {
        const cpus = places(4).filter(({ cpu }) => (((round * 7) % 15) | 1) & (1 << cpu));
        pool.setCpus(cpus);
        assertSound(pool);
        runFor(pool, 17);
        capacityNs += used(cpus.length, 10) * 17 * NS_PER_MS;
      }
      expect(total(pool, domains)).toBe(capacityNs);
    });

    test('a pin without a cpu in the pool counts as none, and holds again once the cpu is back', () => {
      const pool = poolOf(2);
      const domain = join(pool, { hard: [1] });
      for (const [cpus, only] of [
        [places(2), 1],
        [places(2).slice(0, 1), 0],
        [places(2), 1],
      ] as const) {
        pool.setCpus(cpus);
        const before = usedNs(pool, domain);
        watch(pool, 50 * traits.stretch, () =>
          expect([only]).toEqual(expect.arrayContaining(cpusOf(pool, domain))),
        );
        expect(usedNs(pool, domain)).toBe(before + 50 * NS_PER_MS);
      }
    });

    test('who comes after cpus have left is on one that is there', () => {
      const pool = poolOf(4);
      const [stays, ...others] = [1, 1, 1, 1].map((vcpus) => join(pool, { vcpus }));
      runFor(pool, 3);
      for (const domain of others) pool.remove(domain);
      pool.setCpus(places(4).slice(0, 1));
      if (!traits.sharesCpus) pool.remove(stays!);
      const late = join(pool);
      runFor(pool, 500);
      expect(usedNs(pool, late)).toBeGreaterThan(0);
    });

    test('a domain can be removed in every state, and the others have its time', () => {
      const pool = poolOf(2);
      const stays = join(pool, { vcpus: 2 });
      for (let ms = 1; ms < 120; ms += 7) {
        const guests = crowdOn(pool);
        const paused = join(pool, { paused: true });
        run(pool, ms);
        for (const domain of [...guests, paused]) {
          pool.remove(domain);
          assertSound(pool);
        }
        expectRunning(pool, 2);
      }
      expect(sharesOf(pool, [stays], 1)).toEqual([200]);
    });

    test('a move between pools keeps everything a domain had', () => {
      for (const guest of CROWD) {
        const source = poolOf(2);
        const target = poolOf(2);
        const reservation = { periodUs: 20_000, budgetUs: 3_000, extratime: true };
        const domain = join(source, { ...guest, hard: [0], soft: [0], reservation });
        run(source, 333);
        run(target, 20);
        const before = usedNs(source, domain);
        const load = source.remove(domain);
        const moved = target.insert(load);
        expect(running(source).size).toBe(0);
        expect(usedNs(target, moved)).toBe(before);
        // At the same instant, so the way there and back shows in nothing at all.
        expect(target.remove(moved)).toEqual(load);
        const again = source.insert(load);
        run(source, 1000);
        expect(usedNs(source, again)).toBeGreaterThan(before);
      }
    });

    when(traits.hasCap, 'a domain that its cap held back runs at once where it has none', () => {
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
        other.setParams(traits.otherParams(round));
        run(beside, 37);
        other.setCpus(places(4).slice(round % 4));
        if (round % 5 === 0) guests.push(join(other, { vcpus: 3 }));
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
      const domain = join(pool, { vcpus: 2, weight: 1 });
      expect(sharesOf(pool, [domain], 3)).toEqual([200]);
      const crowd = crowdOn(pool);
      run(pool, 1_000);
      for (const other of crowd) pool.remove(other);
      expect(sharesOf(pool, [domain], 3)).toEqual([200]);
    });

    when(traits.sharesCpus, 'nobody starves in a crowd, however light', () => {
      const pool = poolOf(4);
      const domains = crowdOn(pool);
      const light = join(pool, { weight: 1 });
      shares(pool, [...domains, light], 10).forEach((share) => {
        expect(share).toBeGreaterThan(0);
      });
    });

    when(!traits.sharesCpus, 'in a crowd some have a cpu and the others nothing', () => {
      const pool = poolOf(4);
      const first = [1, 1, 1, 1].map((vcpus) => join(pool, { vcpus }));
      expect(shares(pool, first, 1)).toEqual([100, 100, 100, 100]);
      expect(shares(pool, crowdOn(pool), 1)).toEqual(CROWD.map(() => 0));
    });

    when(traits.sharesByWeight, 'twice the weight is twice the time', () => {
      const pool = poolOf(1);
      const domains = [256, 512].map((weight) => join(pool, { weight }));
      run(pool, 1_000);
      const [light, heavy] = shares(pool, domains, 20);
      expect(Math.abs(light! - 100 / 3)).toBeLessThan(2);
      expect(Math.abs(heavy! - 200 / 3)).toBeLessThan(2);
    });
  });
}

/** As `add`, by the lowest id that is free, from 1 on. */
function join(pool: Pool, guest: Guest = {}): number {
  let id = 1;
  while (pool.domains.id.includes(id)) id++;
  return add(pool, { id, ...guest });
}

const total = (pool: Pool, domains: readonly number[]) =>
  domains.reduce((sum, domain) => sum + usedNs(pool, domain), 0);

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
