import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TopologyShape } from '../../interface/topology.ts';
import type { Cpu } from '../../interface/words.ts';
import type { Workload } from '../../interface/workload.ts';
import type { Pool } from '../pool.ts';
import { add, type Guest, picture, places, poolOn, run, running, vcpusOf } from '../testing.ts';
import { OFFERED } from './create.ts';

/** Whatever is asked of a pool, with time passing in between, its scheduler keeps what it believes. */
const CPUS = 6;

type Act = (pool: Pool, domains: number[]) => void;

const shape: fc.Arbitrary<TopologyShape> = fc.record({
  cpus: fc.constant(CPUS),
  nodes: fc.constantFrom(1, 2),
  threadsPerCore: fc.constantFrom(1, 2),
});
const cpus = fc.uniqueArray(fc.nat(CPUS - 1), { minLength: 1 });
const cap = fc.constantFrom(0, 0, 5, 30, 90, 150);
const weight = fc.oneof(fc.constantFrom(1, 256, 512, 65535), fc.integer({ min: 1, max: 65535 }));
const workload = fc.constantFrom<Workload>(
  { kind: 'cpu' },
  { kind: 'cpu' },
  { kind: 'duty', burstMs: 7, sleepMs: 3 },
  { kind: 'bursty', runMs: 2, sleepMs: 2 },
  { kind: 'io', runMs: 0.5, sleepMs: 2, jitterPercent: 50 },
);
const guest: fc.Arbitrary<Guest> = fc.record(
  {
    weight,
    cap,
    workload,
    vcpus: fc.integer({ min: 1, max: 3 }),
    hard: cpus,
    soft: cpus,
    paused: fc.boolean(),
  },
  { requiredKeys: ['weight', 'cap', 'workload', 'vcpus'] },
);

/** One of the domains there are, if any. */
const ofDomain = (act: (pool: Pool, domain: number, domains: number[]) => void) =>
  fc.nat().map(
    (n): Act =>
      (pool, domains) => {
        if (domains.length > 0) act(pool, domains[n % domains.length]!, domains);
      },
  );

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: guest.map(
      (one): Act =>
        (pool, domains) =>
          void domains.push(add(pool, one)),
    ),
  },
  {
    weight: 2,
    arbitrary: ofDomain((pool, domain, domains) => {
      pool.remove(domain);
      domains.splice(domains.indexOf(domain), 1);
    }),
  },
  {
    weight: 2,
    arbitrary: fc.boolean().chain((paused) => ofDomain((pool, domain) => pool.setPaused(domain, paused))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(weight, cap)
      .chain(([w, c]) => ofDomain((pool, domain) => pool.setWeight(domain, w, c))),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.option(cpus), fc.option(cpus)).chain(([hard, soft]) =>
      ofDomain((pool, domain) =>
        pool.setAffinity(vcpusOf(pool, domain)[0]!, {
          hard: hard as Cpu[] | null,
          soft: soft as Cpu[] | null,
        }),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant((pool: Pool) => {
      for (const vcpu of running(pool).values()) if (pool.isOnCpu(vcpu)) pool.yield(vcpu);
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 100, 1000, 5000).map(
      (ratelimitUs): Act =>
        (pool) =>
          pool.setParams({ ratelimitUs }),
    ),
  },
);

/** Milliseconds pass, then something is asked; now and then the cpus change. */
const step = fc.record({
  ms: fc.double({ min: 0, max: 40, noNaN: true }),
  act,
  left: fc.option(cpus, { freq: 5 }),
});

/** Carries a script out, checking after each step; answers what is to be seen in the end. */
function carryOut(
  scheduler: (typeof OFFERED)[number],
  host: TopologyShape,
  steps: readonly { ms: number; act: Act; left: number[] | null }[],
): string {
  const pool = poolOn(host, {}, scheduler);
  const domains: number[] = [];
  for (const { ms, act, left } of steps) {
    run(pool, ms);
    assertSound(pool);
    act(pool, domains);
    assertSound(pool);
    if (left !== null) pool.setCpus(places(host).filter(({ cpu }) => left.includes(cpu)));
    assertSound(pool);
  }
  return picture(pool);
}

function assertSound(pool: Pool): void {
  pool.scheduler.assertInvariants();
  const on = [...running(pool).values()];
  expect(new Set(on).size).toBe(on.length);
  for (const vcpu of on) {
    expect(pool.vcpus.isRunnable(vcpu)).toBe(true);
    expect(pool.vcpus.mayRunOn(vcpu, pool.vcpus.where[vcpu]!)).toBe(true);
  }
}

test.each(OFFERED)('any sequence of operations keeps what %s believes, and can be repeated', (scheduler) => {
  fc.assert(
    fc.property(shape, fc.array(step, { maxLength: 60, size: 'max' }), (host, steps) => {
      expect(carryOut(scheduler, host, steps)).toBe(carryOut(scheduler, host, steps));
    }),
    { numRuns: 60 },
  );
});
