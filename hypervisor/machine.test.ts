import { expect, test } from 'vitest';
import type { DomainSpec, Scheduling } from '../interface/host.ts';
import type { Outcome } from '../interface/outcome.ts';
import type { RefusalCode } from '../interface/refusals.ts';
import { regularTopology } from '../interface/topology.ts';
import {
  type Cpu,
  cpu,
  domainId,
  NS_PER_MS,
  NS_PER_S,
  node,
  type SchedulerName,
} from '../interface/words.ts';
import { CPU_HOG, type Workload } from '../interface/workload.ts';
import { Machine } from './machine.ts';

const ANYWHERE = { hard: null, soft: null };
const HOST = regularTopology({ cpus: 4, nodes: 2, memoryMib: 2000 });

function scheduling(vcpus: number, weight = 256, cap = 0): Scheduling {
  return { weight, cap, affinity: Array.from({ length: vcpus }, () => ANYWHERE) };
}

function spec(id: number, change: Partial<DomainSpec> = {}): DomainSpec {
  const vcpus = change.vcpus ?? 1;
  return {
    id: domainId(id),
    name: `d${id}`,
    pool: 'pool0',
    vcpus,
    scheduling: scheduling(vcpus),
    memory: [{ node: node(0), mib: 100 }],
    paused: false,
    workload: CPU_HOG,
    ...change,
  };
}

/** pool0 with cpus 0 and 1, p1 with 2 and domain 1, p2 with 3, p3 empty; cpu 1 is offline. */
function machine(): Machine {
  const made = new Machine(HOST, 1);
  for (const pool of ['p1', 'p2', 'p3']) expectDone(made.createPool(pool, 'credit', 0));
  expectDone(made.moveCpu(cpu(2), 'p1', 0));
  expectDone(made.moveCpu(cpu(3), 'p2', 0));
  expectDone(made.setCpuOnline(cpu(1), false, 0));
  expectDone(made.createDomain(spec(0, { workload: { kind: 'idle' } }), 0));
  expectDone(made.createDomain(spec(1, { pool: 'p1' }), 0));
  return made;
}

function expectDone(outcome: Outcome<void>): void {
  expect(outcome).toEqual({ ok: true, value: undefined });
}

/** Everything that can be read without time going on. */
function state(made: Machine): unknown {
  return {
    pools: made.pools(),
    domains: made.specs(),
    online: made.online(),
    memory: made.memory(),
  };
}

const used = (made: Machine, id: number, nowNs: number) =>
  made.cpuTimes(made.domains().find((one) => one.id === id)!, nowNs).reduce((sum, ns) => sum + ns, 0);

const REFUSED: readonly [string, RefusalCode, (made: Machine) => Outcome<void>][] = [
  ['a pool by a taken name', 'pool-exists', (m) => m.createPool('p1', 'credit', 0)],
  [
    'a scheduler that is not there',
    'unknown-scheduler',
    (m) => m.createPool('p4', 'bfs' as SchedulerName, 0),
  ],
  ['destroying no pool', 'unknown-pool', (m) => m.destroyPool('none')],
  ['destroying pool0', 'pool0-stays', (m) => m.destroyPool('pool0')],
  ['destroying a pool with members', 'pool-has-members', (m) => m.destroyPool('p1')],
  ['destroying a pool with cpus', 'pool-has-cpus', (m) => m.destroyPool('p2')],
  ['renaming no pool', 'unknown-pool', (m) => m.renamePool('none', 'p4')],
  ['renaming pool0', 'pool0-stays', (m) => m.renamePool('pool0', 'p4')],
  ['a new name that is taken', 'pool-exists', (m) => m.renamePool('p1', 'p2')],
  ['nodes of no pool', 'unknown-pool', (m) => m.setPoolNodes('none', null)],
  ['a node that is not there', 'unknown-node', (m) => m.setPoolNodes('p1', [node(0), node(2)])],
  ['parameters of no pool', 'unknown-pool', (m) => m.setPoolParams('none', {}, 0)],
  ['a cpu to no pool', 'unknown-pool', (m) => m.moveCpu(cpu(3), 'none', 0)],
  ['a cpu that is not there', 'unknown-cpu', (m) => m.moveCpu(cpu(4), 'p1', 0)],
  ['an offline cpu', 'cpu-offline', (m) => m.moveCpu(cpu(1), 'p1', 0)],
  ['cpu 0 to another pool', 'boot-cpu-stays', (m) => m.moveCpu(cpu(0), 'p1', 0)],
  ['the last cpu of a pool with members', 'pool-would-starve', (m) => m.moveCpu(cpu(2), 'p2', 0)],
  ['no cpu offline', 'unknown-cpu', (m) => m.setCpuOnline(cpu(9), false, 0)],
  ['cpu 0 offline', 'boot-cpu-stays', (m) => m.setCpuOnline(cpu(0), false, 0)],
  ['the last cpu of members offline', 'pool-would-starve', (m) => m.setCpuOnline(cpu(2), false, 0)],
  ['a domain in no pool', 'unknown-pool', (m) => m.createDomain(spec(2, { pool: 'none' }), 0)],
  ['a domain without cpus', 'pool-needs-a-cpu', (m) => m.createDomain(spec(2, { pool: 'p3' }), 0)],
  ['a domain by a taken id', 'domain-exists', (m) => m.createDomain(spec(1, { name: 'x' }), 0)],
  [
    'more memory than a node has',
    'too-little-memory',
    (m) => m.createDomain(spec(2, { memory: [{ node: node(1), mib: 1001 }] }), 0),
  ],
  [
    'memory of no node',
    'too-little-memory',
    (m) => m.createDomain(spec(2, { memory: [{ node: node(7), mib: 1 }] }), 0),
  ],
  [
    'more from one node in two parts than it has',
    'too-little-memory',
    (m) =>
      m.createDomain(
        spec(2, {
          memory: [
            { node: node(1), mib: 600 },
            { node: node(1), mib: 600 },
          ],
        }),
        0,
      ),
  ],
  ['destroying no domain', 'unknown-domain', (m) => m.destroyDomain(domainId(9), 0)],
  ['destroying Domain-0', 'domain0-stays', (m) => m.destroyDomain(domainId(0), 0)],
  ['renaming no domain', 'unknown-domain', (m) => m.renameDomain(domainId(9), 'x')],
  ['moving no domain', 'unknown-domain', (m) => m.moveDomain(domainId(9), 'p2', scheduling(1), 0)],
  ['moving to no pool', 'unknown-pool', (m) => m.moveDomain(domainId(1), 'none', scheduling(1), 0)],
  ['moving to no cpus', 'pool-needs-a-cpu', (m) => m.moveDomain(domainId(1), 'p3', scheduling(1), 0)],
  ['moving Domain-0', 'domain0-stays', (m) => m.moveDomain(domainId(0), 'p1', scheduling(1), 0)],
  ['scheduling of no domain', 'unknown-domain', (m) => m.setScheduling(domainId(9), scheduling(1), 0)],
  ['pausing no domain', 'unknown-domain', (m) => m.setPaused(domainId(9), true, 0)],
];

for (const [what, code, ask] of REFUSED) {
  test(`refused, and nothing changed: ${what}`, () => {
    const made = machine();
    const before = state(made);
    expect(ask(made)).toMatchObject({ ok: false, refusal: { code } });
    expect(state(made)).toEqual(before);
  });
}

test('asking for what is so already changes nothing', () => {
  const made = machine();
  const before = state(made);
  expectDone(made.moveCpu(cpu(2), 'p1', 5));
  expectDone(made.setCpuOnline(cpu(1), false, 5));
  expectDone(made.setCpuOnline(cpu(3), true, 5));
  expectDone(made.setPaused(domainId(1), false, 5));
  expectDone(made.moveDomain(domainId(1), 'p1', scheduling(1), 5));
  expect(state(made)).toEqual(before);
});

test('a cpu that comes online joins pool0', () => {
  const made = machine();
  expectDone(made.setCpuOnline(cpu(1), true, 0));
  expectDone(made.setCpuOnline(cpu(3), false, 0));
  expectDone(made.setCpuOnline(cpu(3), true, 0));
  expect(made.pools().map(({ name, cpus }) => [name, cpus])).toEqual([
    ['pool0', [0, 1, 3]],
    ['p1', [2]],
    ['p2', []],
    ['p3', []],
  ]);
});

test('memory belongs to its nodes, is given once, and comes back with the domain', () => {
  const made = machine();
  const memory = [
    { node: node(0), mib: 300 },
    { node: node(1), mib: 1000 },
  ];
  expectDone(made.createDomain(spec(2, { memory }), 0));
  const free = () => made.memory().map(({ freeMib }) => freeMib);
  expect(free()).toEqual([500, 0]);
  expectDone(made.moveDomain(domainId(2), 'p2', scheduling(1), 0));
  expect(free()).toEqual([500, 0]);
  expectDone(made.destroyDomain(domainId(2), 0));
  expect(free()).toEqual([800, 1000]);
});

test('the events of a pool count when it is no more', () => {
  const made = machine();
  used(made, 1, NS_PER_S);
  const events = made.events();
  expect(events).toBeGreaterThan(0);
  expectDone(made.destroyDomain(domainId(1), NS_PER_S));
  expectDone(made.moveCpu(cpu(2), 'pool0', NS_PER_S));
  expectDone(made.destroyPool('p1'));
  expect(made.events()).toBe(events);
});

test('a renamed pool keeps its place, its members and its time', () => {
  const made = machine();
  used(made, 1, NS_PER_S);
  expectDone(made.renamePool('p1', 'work'));
  expect(made.pools().map(({ name }) => name)).toEqual(['pool0', 'work', 'p2', 'p3']);
  expect(made.specs()[1]!.pool).toBe('work');
  expect(used(made, 1, 2 * NS_PER_S)).toBe(2 * NS_PER_S);
  expectDone(made.createPool('p1', 'credit', 2 * NS_PER_S));
});

test('a domain keeps its cpu time over moves, and afterwards has exactly the scheduling that was asked for', () => {
  const made = machine();
  const wanted: Scheduling = {
    weight: 77,
    cap: 40,
    affinity: [{ hard: [cpu(3)], soft: [cpu(3)] }],
    reservations: [{ periodUs: 20_000, budgetUs: 3_000, extratime: false }],
  };
  expectDone(made.moveDomain(domainId(1), 'p2', wanted, NS_PER_S));
  expect(made.specs()[1]).toMatchObject({ pool: 'p2', scheduling: wanted });
  expect(used(made, 1, NS_PER_S)).toBe(NS_PER_S);
  expectDone(made.moveCpu(cpu(2), 'p3', NS_PER_S));
  expectDone(made.destroyPool('p1'));
});

test('a set affinity decides where the vcpu runs', () => {
  const made = new Machine(regularTopology({ cpus: 4 }), 1);
  made.createDomain(spec(1), 0);
  for (const only of [3, 1, 2] as Cpu[]) {
    const wish = { weight: 256, cap: 0, affinity: [{ hard: [only], soft: null }] };
    expectDone(made.setScheduling(domainId(1), wish, 0));
    expect(made.vcpuStates(made.domains()[0]!, 0)).toEqual([{ cpu: only, state: 'running' }]);
  }
});

test('a reservation counts where the scheduler knows it, is kept where not, and is taken back by none', () => {
  const made = new Machine(regularTopology({ cpus: 2 }), 1);
  expectDone(made.createPool('p1', 'rtds', 0));
  expectDone(made.moveCpu(cpu(1), 'p1', 0));
  const half: Scheduling = {
    ...scheduling(1),
    reservations: [{ periodUs: 20_000, budgetUs: 10_000, extratime: false }],
  };
  made.createDomain(spec(1, { scheduling: half }), 0);
  expect(used(made, 1, NS_PER_S)).toBe(NS_PER_S);
  expectDone(made.moveDomain(domainId(1), 'p1', half, NS_PER_S));
  expect(used(made, 1, 2 * NS_PER_S) / NS_PER_S).toBeCloseTo(1.5, 2);
  expect(made.specs()[0]!.scheduling).toEqual(half);
  expectDone(made.setScheduling(domainId(1), scheduling(1), 2 * NS_PER_S));
  expect(made.specs()[0]!.scheduling).toEqual(scheduling(1));
  expect(used(made, 1, 3 * NS_PER_S) / NS_PER_S).toBeCloseTo(2.5, 1);
});

test('states are told: running, runnable, blocked, paused', () => {
  const made = new Machine(regularTopology({ cpus: 1 }), 1);
  made.createDomain(spec(1, { vcpus: 2 }), 0);
  made.createDomain(spec(2, { paused: true }), 0);
  made.createDomain(spec(3, { workload: { kind: 'idle' } }), 0);
  const states = made.domains().map((domain) => made.vcpuStates(domain, 0).map(({ state }) => state));
  expect(states).toEqual([['running', 'runnable'], ['paused'], ['blocked']]);
});

const CROWD: readonly Workload[] = [
  CPU_HOG,
  { kind: 'duty', burstMs: 20, sleepMs: 80 },
  { kind: 'bursty', runMs: 3, sleepMs: 4 },
  CPU_HOG,
  { kind: 'periodic', runMs: 2, periodMs: 10 },
];

function crowded(catchUpEvents?: number): Machine {
  const made = new Machine(regularTopology({ cpus: 2 }), 3, catchUpEvents);
  CROWD.forEach((workload, i) => {
    made.createDomain(spec(i + 1, { workload, scheduling: scheduling(1, 256 * (i + 1)) }), 0);
  });
  return made;
}

test('the same calls at the same times give the same run', () => {
  const runs = [1, 2].map(() => {
    const made = crowded();
    return [5, 70, 71, 2000].map((ms) => made.domains().map((one) => made.cpuTimes(one, ms * NS_PER_MS)));
  });
  expect(runs[0]).toEqual(runs[1]);
});

test('another seed gives another run', () => {
  const runs = [1, 2].map((seed) => {
    const made = new Machine(regularTopology({ cpus: 1 }), seed);
    made.createDomain(spec(1, { workload: CROWD[2]! }), 0);
    return used(made, 1, NS_PER_S);
  });
  expect(runs[0]).not.toBe(runs[1]);
});

test('after a long rest the clock is right, the shares are those of a full run, and the work is bounded', () => {
  const restS = 1_000;
  const exact = crowded();
  const lazy = crowded(20_000);
  const sharesOf = (made: Machine) =>
    CROWD.map((_, i) => (100 * used(made, i + 1, restS * NS_PER_S)) / (restS * NS_PER_S));
  const wanted = sharesOf(exact);
  const got = sharesOf(lazy);
  expect(exact.events()).toBeGreaterThan(200_000);
  expect(lazy.events()).toBeLessThanOrEqual(20_000);
  // A fiftieth of the run stands for the whole: a few points of scatter of the random one.
  got.forEach((share, i) => {
    expect(Math.abs(share - wanted[i]!)).toBeLessThan(2);
  });
  expect(got.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(200 + 1e-6);
  // What comes afterwards is simulated again, from the instant that was reached.
  const before = used(lazy, 1, restS * NS_PER_S);
  expect(used(lazy, 1, restS * NS_PER_S)).toBe(before);
  expect(used(lazy, 1, (restS + 1) * NS_PER_S)).toBeGreaterThan(before);
});

test('thousands of wake-ups at one instant do not hold the clock back', () => {
  const made = new Machine(regularTopology({ cpus: 1, memoryMib: 5_000 }), 1, 100);
  for (let id = 1; id <= 5_000; id++) {
    const workload: Workload = { kind: 'periodic', runMs: 0.001, periodMs: 100 };
    made.createDomain(spec(id, { workload, memory: [] }), 0);
  }
  const [domain] = made.domains();
  for (let ms = 33; ms < 1_000; ms += 33) {
    made.cpuTimes(domain!, ms * NS_PER_MS);
    expect(domain!.home.pool.nowNs + domain!.home.skippedNs).toBe(ms * NS_PER_MS);
  }
});

test('after a long rest an idle pool has cost nothing', () => {
  const made = new Machine(regularTopology({ cpus: 2 }), 1, 20_000);
  made.createDomain(spec(1, { workload: { kind: 'idle' } }), 0);
  expect(used(made, 1, 1e6 * NS_PER_S)).toBe(0);
  expect(made.events()).toBe(0);
});
