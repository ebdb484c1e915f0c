/** A live pool gets another scheduler: from any to any, with domains in every state. */
import { describe, expect, test } from 'vitest';
import type { Affinity, DomainSpec, Reservation, SchedulerParams } from '../interface/host.ts';
import { regularTopology } from '../interface/topology.ts';
import {
  type Cpu,
  cpu,
  type DomainId,
  domainId,
  NS_PER_MS,
  NS_PER_S,
  node,
  type SchedulerName,
} from '../interface/words.ts';
import { CPU_HOG } from '../interface/workload.ts';
import { Machine } from './machine.ts';
import { OFFERED } from './sched/create.ts';

const HOST = regularTopology({ cpus: 8 });
const CPUS = [4, 5, 6, 7] as Cpu[];
const ANYWHERE: Affinity = { hard: null, soft: null };
const only = (...cpus: number[]): Affinity => ({ hard: cpus as Cpu[], soft: null });
const HALF: Reservation = { periodUs: 20_000, budgetUs: 10_000, extratime: false };

interface Member {
  readonly what: string;
  readonly affinity: readonly Affinity[];
  readonly spec?: Partial<DomainSpec>;
  readonly weight?: number;
  readonly cap?: number;
  readonly reservation?: Reservation;
}

/** Who is there, by id from 1 on; cpu 7 is the last one's alone. */
const MEMBERS: readonly Member[] = [
  { what: 'hog', affinity: [only(4, 5), only(4, 5)], weight: 512 },
  { what: 'capped', affinity: [only(5)], cap: 7 },
  { what: 'reserved', affinity: [only(6)], reservation: HALF },
  { what: 'paused', affinity: [only(6)], spec: { paused: true } },
  { what: 'soft', affinity: [{ ...only(4, 5, 6), soft: [cpu(6)] }], weight: 77 },
  { what: 'idle', affinity: [only(4, 5)], spec: { workload: { kind: 'idle' } } },
  { what: 'sleeper', affinity: [only(7)], spec: { workload: { kind: 'duty', burstMs: 5, sleepMs: 95 } } },
];

const TABLE: SchedulerParams = {
  schedule: {
    frameUs: 20_000,
    slots: MEMBERS.map((_, i) => ({ domain: domainId(i + 1), vcpu: 0, runUs: 2_000 })),
  },
};
const paramsOf = (scheduler: SchedulerName) => (scheduler === 'arinc653' ? TABLE : {});

function specOf(id: DomainId, { affinity, weight, cap, reservation, spec }: Member): DomainSpec {
  return {
    id,
    name: `d${id}`,
    pool: 'p',
    vcpus: affinity.length,
    scheduling: {
      weight: weight ?? 256,
      cap: cap ?? 0,
      affinity,
      ...(reservation && { reservations: affinity.map(() => reservation) }),
    },
    memory: [{ node: node(0), mib: 1 }],
    paused: false,
    workload: CPU_HOG,
    ...spec,
  };
}

/** pool0 with a hog of its own, and p with all members. */
function machineWith(scheduler: SchedulerName): Machine {
  const machine = new Machine(HOST, 1);
  machine.createPool('p', scheduler, 0);
  machine.setPoolParams('p', paramsOf(scheduler), 0);
  for (const one of CPUS) machine.moveCpu(one, 'p', 0);
  machine.createDomain(
    { ...specOf(domainId(99), { what: 'other', affinity: [ANYWHERE] }), pool: 'pool0' },
    0,
  );
  MEMBERS.forEach((member, i) => {
    expect(machine.createDomain(specOf(domainId(i + 1), member), 0)).toMatchObject({ ok: true });
  });
  return machine;
}

const usedBy = (machine: Machine, nowNs: number) =>
  machine.domains().map((domain) => machine.cpuTimes(domain, nowNs).reduce((sum, ns) => sum + ns, 0));

const idOf = (what: string) => MEMBERS.findIndex((member) => member.what === what);

for (const from of OFFERED) {
  describe(`a pool of ${from}`, () => {
    for (const to of OFFERED) {
      test(`becomes one of ${to}, and its domains keep what they have and go on`, () => {
        const machine = machineWith(from);
        // Odd instants, so that each member is met in several states: on a cpu, waiting, asleep, held back by its cap.
        for (let nowNs = 0, round = 1; round <= 12; round++) {
          nowNs += 7_654_321 * round;
          const used = usedBy(machine, nowNs);
          const events = machine.events();
          const specs = machine.specs();
          const now = round % 2 === 1 ? to : from;
          expect(machine.setPoolScheduler('p', now, paramsOf(now), nowNs)).toMatchObject({ ok: true });
          expect(machine.pools()[1]).toMatchObject({ scheduler: now, cpus: CPUS });
          expect(machine.specs()).toEqual(specs);
          expect(usedBy(machine, nowNs)).toEqual(used);
          expect(machine.events()).toBeGreaterThanOrEqual(events);
          expectSound(machine, nowNs);
          expectProgress(machine, nowNs);
          nowNs += NS_PER_S;
        }
      });
    }
  });
}

/** Right after a change everybody is where it may be, and the paused one nowhere. */
function expectSound(machine: Machine, nowNs: number): void {
  const on: Cpu[] = [];
  for (const domain of machine.domains()) {
    domain.home.pool.scheduler.assertInvariants();
    const member = MEMBERS[domain.id - 1];
    for (const [vcpu, { cpu: at, state }] of machine.vcpuStates(domain, nowNs).entries()) {
      // Under null, who waits for a cpu of its own is on none.
      if (at !== null || domain.home.scheduler !== 'null') expect(domain.home.cpus).toContain(at);
      if (state !== 'running') continue;
      on.push(at!);
      expect(member?.affinity[vcpu]?.hard ?? domain.home.cpus).toContain(at);
      expect(member?.spec?.paused).not.toBe(true);
    }
  }
  expect(new Set(on).size).toBe(on.length);
}

function expectProgress(machine: Machine, nowNs: number): void {
  const before = usedBy(machine, nowNs);
  const gained = usedBy(machine, nowNs + NS_PER_S).map((ns, i) => ns - before[i]!);
  const waits = machine.pools()[1]!.scheduler === 'null' ? ['soft', 'capped'] : [];
  for (const { what, spec } of MEMBERS) {
    if (spec?.paused || what === 'idle') expect(gained[idOf(what)]).toBe(0);
    // Where a vcpu has a cpu of its own or none, some have none.
    else if (!waits.includes(what)) expect(gained[idOf(what)], what).toBeGreaterThan(0);
  }
  expect(gained.at(-1)).toBe(NS_PER_S);
  expect(gained.slice(0, -1).reduce((sum, ns) => sum + ns, 0)).toBeLessThanOrEqual(CPUS.length * NS_PER_S);
}

test('a sleeper wakes when it would have, and a burst that was cut goes on', () => {
  const until = (scheduler: SchedulerName | null) => {
    const machine = machineWith('credit');
    const seen: number[] = [];
    for (let ms = 1; ms < 400; ms += 3) {
      if (scheduler !== null && ms % 30 === 1) machine.setPoolScheduler('p', scheduler, {}, ms * NS_PER_MS);
      seen.push(usedBy(machine, ms * NS_PER_MS)[idOf('sleeper')]!);
    }
    return seen;
  };
  const undisturbed = until(null);
  for (const scheduler of OFFERED.filter((name) => name !== 'arinc653'))
    expect(until(scheduler), scheduler).toEqual(undisturbed);
});

test('a domain that its cap held back runs on at once where there is none', () => {
  const machine = new Machine(HOST, 1);
  machine.createPool('p', 'credit', 0);
  machine.moveCpu(cpu(7), 'p', 0);
  machine.createDomain(specOf(domainId(1), { what: 'capped', affinity: [ANYWHERE], cap: 10 }), 0);
  const [domain] = machine.domains();
  let nowNs = 0;
  while (machine.vcpuStates(domain!, nowNs)[0]!.state === 'running') nowNs += NS_PER_MS;
  expect(nowNs).toBeLessThan(NS_PER_S);
  const [before] = usedBy(machine, nowNs);
  machine.setPoolScheduler('p', 'null', {}, nowNs);
  expect(usedBy(machine, nowNs + NS_PER_S)).toEqual([before! + NS_PER_S]);
});

test('refused, and nothing changed: no such pool, no such scheduler', () => {
  const machine = machineWith('credit');
  const before = [machine.pools(), machine.specs()];
  expect(machine.setPoolScheduler('q', 'null', {}, 0)).toMatchObject({
    ok: false,
    refusal: { code: 'unknown-pool' },
  });
  expect(machine.setPoolScheduler('p', 'bfs' as SchedulerName, {}, 0)).toMatchObject({
    ok: false,
    refusal: { code: 'unknown-scheduler' },
  });
  expect([machine.pools(), machine.specs()]).toEqual(before);
});
