import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Affinity, DomainSpec, Reservation, SchedulerParams } from '../interface/host.ts';
import type { Outcome } from '../interface/outcome.ts';
import { regularTopology } from '../interface/topology.ts';
import { cpu, domainId, NS_PER_MS, node } from '../interface/words.ts';
import type { Workload } from '../interface/workload.ts';
import { Machine } from './machine.ts';
import { specOf } from './records.ts';
import { OFFERED } from './sched/create.ts';

/** Any sequence of operations, wise or not, with time passing in between, keeps what the machine believes. */
const CPUS = 5;
const POOLS = ['pool0', 'a', 'b'];
const DOMAINS = 4;

type Act = (machine: Machine, nowNs: number) => Outcome<void>;

const pool = fc.constantFrom(...POOLS);
const someCpu = fc.nat(CPUS).map(cpu);
const id = fc.integer({ min: 1, max: DOMAINS }).map(domainId);
const cpus = fc.option(fc.uniqueArray(fc.nat(CPUS - 1).map(cpu), { minLength: 1 }));
const affinity: fc.Arbitrary<Affinity> = fc.record({ hard: cpus, soft: cpus });
const vcpus = 2;
const reservation: fc.Arbitrary<Reservation> = fc
  .record({
    budgetUs: fc.integer({ min: 10, max: 20_000 }),
    moreUs: fc.integer({ min: 0, max: 40_000 }),
    extratime: fc.boolean(),
  })
  .map(({ budgetUs, moreUs, extratime }) => ({ periodUs: budgetUs + moreUs, budgetUs, extratime }));
const scheduling = fc.record(
  {
    weight: fc.integer({ min: 1, max: 65535 }),
    cap: fc.constantFrom(0, 0, 5, 50, 150),
    affinity: fc.array(affinity, { minLength: vcpus, maxLength: vcpus }),
    reservations: fc.array(reservation, { minLength: vcpus, maxLength: vcpus }),
  },
  { requiredKeys: ['weight', 'cap', 'affinity'] },
);
const scheduler = fc.constantFrom(...OFFERED);
const slot = fc.record({
  domain: id,
  vcpu: fc.nat(vcpus),
  runUs: fc.integer({ min: 1, max: 5_000 }),
});
const schedule = fc
  .record({ slots: fc.array(slot, { maxLength: 8 }), restUs: fc.integer({ min: 1, max: 3_000 }) })
  .map(({ slots, restUs }) => ({
    slots,
    frameUs: slots.reduce((sum, { runUs }) => sum + runUs, restUs),
  }));
/** Some of which the scheduler at hand does not know. */
const params: fc.Arbitrary<SchedulerParams> = fc.record(
  {
    timesliceMs: fc.integer({ min: 1, max: 50 }),
    ratelimitUs: fc.constantFrom(0, 100, 1000),
    migrationDelayUs: fc.constantFrom(0, 5000),
    schedule,
  },
  { requiredKeys: [] },
);
const workload = fc.constantFrom<Workload>(
  { kind: 'cpu' },
  { kind: 'idle' },
  { kind: 'duty', burstMs: 7, sleepMs: 3 },
  { kind: 'periodic', runMs: 2, periodMs: 5 },
  { kind: 'bursty', runMs: 2, sleepMs: 2 },
  { kind: 'io', runMs: 0.5, sleepMs: 2, jitterPercent: 50 },
  { kind: 'trace', runMs: [1, 2, 3], sleepMs: [2, 0.001, 1] },
);
const spec: fc.Arbitrary<DomainSpec> = fc
  .record({ id, pool, scheduling, workload, paused: fc.boolean(), mib: fc.nat(700) })
  .map(({ mib, ...rest }) => ({
    ...rest,
    name: `d${rest.id}`,
    vcpus,
    memory: [{ node: node(rest.id % 2), mib }],
  }));

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: spec.map(
      (one): Act =>
        (m, now) =>
          m.createDomain(one, now),
    ),
  },
  {
    weight: 1,
    arbitrary: id.map(
      (one): Act =>
        (m, now) =>
          m.destroyDomain(one, now),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(id, pool, scheduling).map(
      ([d, to, s]): Act =>
        (m, now) =>
          m.moveDomain(d, to, s, now),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(id, scheduling).map(
      ([d, s]): Act =>
        (m, now) =>
          m.setScheduling(d, s, now),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(id, fc.boolean()).map(
      ([d, on]): Act =>
        (m, now) =>
          m.setPaused(d, on, now),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(someCpu, pool).map(
      ([c, to]): Act =>
        (m, now) =>
          m.moveCpu(c, to, now),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(someCpu, fc.boolean()).map(
      ([c, on]): Act =>
        (m, now) =>
          m.setCpuOnline(c, on, now),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(pool, scheduler).map(
      ([name, sched]): Act =>
        (m, now) =>
          m.createPool(name, sched, now),
    ),
  },
  {
    weight: 1,
    arbitrary: pool.map(
      (name): Act =>
        (m) =>
          m.destroyPool(name),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(pool, params).map(
      ([name, some]): Act =>
        (m, now) =>
          m.setPoolParams(name, some, now),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(pool, scheduler, params).map(
      ([name, sched, some]): Act =>
        (m, now) =>
          m.setPoolScheduler(name, sched, some, now),
    ),
  },
);

/** Milliseconds pass, then something is asked. */
const script = fc.array(fc.tuple(fc.double({ min: 0, max: 40, noNaN: true }), act), { maxLength: 60 });

/** Carries a script out, checking after each step; answers everything the domains used, ns. */
function carryOut(steps: [number, Act][], catchUpEvents?: number): string {
  const topology = regularTopology({ cpus: CPUS, nodes: 2, threadsPerCore: 2, memoryMib: 2000 });
  const machine = new Machine(topology, 1, catchUpEvents);
  const log: unknown[] = [];
  let nowNs = 0;
  for (const [ms, ask] of steps) {
    nowNs += Math.round(ms * NS_PER_MS);
    const before = total(machine, nowNs - Math.round(ms * NS_PER_MS));
    const after = total(machine, nowNs);
    // Catching up rounds each vcpu to a nanosecond.
    const capacityNs = machine.online().length * Math.round(ms * NS_PER_MS) + DOMAINS * vcpus;
    expect(after - before).toBeLessThanOrEqual(capacityNs);
    const events = machine.events();
    const used = cpuTimes(machine, nowNs);
    const outcome = ask(machine, nowNs);
    // Whatever was asked took no time.
    for (const [one, ns] of cpuTimes(machine, nowNs)) expect(ns).toBe(used.get(one) ?? 0);
    expect(machine.events()).toBeGreaterThanOrEqual(events);
    log.push([after, outcome.ok ? 'done' : outcome.refusal.code]);
    for (const domain of machine.domains()) {
      domain.home.pool.scheduler.assertInvariants();
      // What is kept of a description is what one would put together now.
      const kept = specOf(domain);
      domain.spec = null;
      expect(specOf(domain)).toEqual(kept);
      for (const { cpu, state } of machine.vcpuStates(domain, nowNs)) {
        // Under null, who waits for a cpu of its own is on none.
        if (cpu !== null || domain.home.scheduler !== 'null') expect(domain.home.cpus).toContain(cpu);
        if (specOf(domain).paused) expect(state).toBe('paused');
      }
    }
  }
  return JSON.stringify(log);
}

/** What each domain has used, ns. */
function cpuTimes(machine: Machine, nowNs: number): Map<number, number> {
  return new Map(
    machine
      .domains()
      .map((domain) => [domain.id, machine.cpuTimes(domain, nowNs).reduce((sum, ns) => sum + ns, 0)]),
  );
}

const total = (machine: Machine, nowNs: number) =>
  [...cpuTimes(machine, nowNs).values()].reduce((sum, ns) => sum + ns, 0);

test('any sequence of operations keeps the partition, the scheduler’s beliefs and the capacity, and can be repeated', () => {
  fc.assert(
    fc.property(script, (steps) => {
      expect(carryOut(steps)).toBe(carryOut(steps));
    }),
    { numRuns: 500 },
  );
});

test('so it does when long rests are made short', () => {
  fc.assert(
    fc.property(script, (steps) => {
      carryOut(
        steps.map(([ms, ask]) => [ms * 1000, ask]),
        100,
      );
    }),
    { numRuns: 100 },
  );
});
