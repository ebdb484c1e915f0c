import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type ChangeRequest,
  type DomainState,
  explain,
  type HostDescription,
  type HostState,
  LIMITS,
  type PoolState,
  type RefusalCode,
  regularTopology,
} from '../../interface/index.ts';
import { REFUSED_COMMANDS } from '../testing/refused-commands.ts';
import { applyPlanToModel, describeModel, modelOf } from './model.ts';
import { plan } from './plan.ts';

type Change = Record<string, unknown>;

const host = {
  ...describeModel(regularTopology({ cpus: 10, nodes: 2, memoryMib: 2000 })),
  schedulers: ['credit', 'credit2', 'arinc653', 'null'] as const,
};
const executing = { ...host, executes: true, runsGuests: true };
const ask = (kind: ChangeRequest['kind'], more: Change) => ({ kind, ...more }) as unknown as ChangeRequest;
const poolCreate = (more: Change) => ask('pool-create', { name: 'p', cpus: { count: 1 }, ...more });
const poolModify = (pool: string, more: Change) => ask('pool-modify', { pool, ...more });
const poolDestroy = (pool: string) => ask('pool-destroy', { pool });
const domainCreate = (more: Change) => ask('domain-create', { name: 'C', ...more });
const domainModify = (domain: string, more: Change) => ask('domain-modify', { domain, ...more });
const domainDestroy = (domain: string) => ask('domain-destroy', { domain });
const cpuModify = (cpu: number, online: boolean) => ask('cpu-modify', { cpu, online });

const slot = (domain: string, vcpu: number, runUs: number) => ({ domain, vcpu, runUs });
const arinc = (frameUs: number, slots: unknown[]) =>
  poolCreate({ scheduler: 'arinc653', params: { schedule: { frameUs, slots } } });

/** pool0 0-2, two 3-4 with B, tied to node 0; one 5 with A; quiet 8 on scheduler null; bare; cpu 9 is offline; 6-7 in pool0. */
const state = [
  poolCreate({ name: 'two', cpus: { list: [3, 4] }, nodes: [0] }),
  poolCreate({ name: 'one', cpus: { list: [5] } }),
  poolCreate({ name: 'quiet', cpus: { list: [8] }, scheduler: 'null' }),
  poolCreate({ name: 'bare', cpus: { list: [9] } }),
  domainCreate({ name: 'A', pool: 'one' }),
  domainCreate({ name: 'B', pool: 'two', vcpus: 2, memoryMib: 600 }),
  cpuModify(9, false),
].reduce((now: HostState, request) => {
  const planned = plan(host, now, request);
  if (!planned.ok) throw new Error(planned.refusal.code);
  return applyPlanToModel(now, planned.value);
}, modelOf(host.topology));

const manyPools: HostState = {
  ...state,
  pools: Array.from({ length: LIMITS.pools }, (_, i) => ({ ...state.pools[1]!, name: `p${i}` }) as PoolState),
};
const manyDomains: HostState = {
  ...state,
  domains: Array.from(
    { length: LIMITS.domains },
    (_, id) => ({ ...state.domains[1]!, id, name: `d${id}` }) as unknown as DomainState,
  ),
};

const rows: [RefusalCode, ChangeRequest, string, HostState?, HostDescription?][] = [
  // names
  ['bad-name', poolCreate({ name: '' }), '"" cannot name a pool: it is empty'],
  ['bad-name', poolCreate({ name: 'a/b' }), '"a/b" cannot name a pool: it has a slash'],
  ['bad-name', domainCreate({ name: '7' }), '"7" cannot name a domain: it is a number'],
  [
    'bad-name',
    poolModify('two', { name: 'x\u0007' }),
    '"x\\u0007" cannot name a pool: it has a control character',
  ],
  [
    'bad-name',
    domainModify('B', { name: 'x'.repeat(64) }),
    `"${'x'.repeat(64)}" cannot name a domain: it is too long`,
  ],
  ['pool-exists', poolCreate({ name: 'pool0' }), 'there is a pool "pool0" already'],
  ['pool-exists', poolModify('two', { name: 'one' }), 'there is a pool "one" already'],
  ['unknown-pool', poolModify('x', { cpus: { count: 1 } }), 'there is no pool "x"'],
  ['unknown-pool', poolDestroy('x'), 'there is no pool "x"'],
  ['unknown-pool', domainCreate({ pool: 'x' }), 'there is no pool "x"'],
  ['unknown-pool', domainModify('B', { pool: 'x' }), 'there is no pool "x"'],
  ['domain-exists', domainCreate({ name: 'B' }), 'there is a domain "B" already (id 2)'],
  ['domain-exists', domainModify('A', { name: 'Domain-0' }), 'there is a domain "Domain-0" already (id 0)'],
  ['unknown-domain', domainModify('X', { weight: 1 }), 'there is no domain "X"'],
  ['unknown-domain', domainDestroy('77'), 'there is no domain "77"'],
  // cpus
  ['unknown-cpu', poolCreate({ cpus: { list: [10] } }), 'there is no cpu 10: this host has 10, numbered 0-9'],
  [
    'unknown-cpu',
    poolCreate({ cpus: { list: [1.5] } }),
    'there is no cpu 1.5: this host has 10, numbered 0-9',
  ],
  [
    'unknown-cpu',
    poolModify('two', { cpus: { list: [-1] } }),
    'there is no cpu -1: this host has 10, numbered 0-9',
  ],
  [
    'unknown-cpu',
    domainCreate({ affinity: { hard: null, soft: [1e9] } }),
    'there is no cpu 1000000000: this host has 10, numbered 0-9',
  ],
  ['unknown-cpu', cpuModify(Number.NaN, true), 'there is no cpu NaN: this host has 10, numbered 0-9'],
  ['cpu-offline', poolCreate({ cpus: { list: [9] } }), 'cpu 9 is offline'],
  ['cpu-named-twice', poolCreate({ cpus: { list: [6, 7, 6] } }), 'cpu 6 is named twice'],
  ['cpu-named-twice', domainModify('B', { pin: { vcpu: 0, hard: [3, 3] } }), 'cpu 3 is named twice'],
  ['boot-cpu-stays', poolCreate({ cpus: { list: [0, 1] } }), 'cpu 0 cannot leave pool0'],
  ['boot-cpu-stays', poolModify('pool0', { cpus: { list: [1, 2, 6, 7] } }), 'cpu 0 cannot leave pool0'],
  ['boot-cpu-stays', cpuModify(0, false), 'cpu 0 cannot leave pool0'],
  ['cpu-owned', poolCreate({ cpus: { list: [1, 3] } }), 'cannot give cpu 3 to p: it belongs to two'],
  [
    'cpu-owned',
    poolModify('two', { cpus: { list: [3, 4, 5] } }),
    'cannot give cpu 5 to two: it belongs to one',
  ],
  [
    'cpu-owned',
    poolModify('pool0', { cpus: { list: [0, 1, 2, 5, 6, 7] } }),
    'cannot give cpu 5 to pool0: it belongs to one',
  ],
  ['cpus-unclear', poolCreate({ cpus: { list: [] } }), 'neither ncpu= nor cpu= was given'],
  ['cpus-unclear', poolModify('quiet', { cpus: { list: [] } }), 'neither ncpu= nor cpu= was given'],
  ['bad-cpu-count', poolCreate({ cpus: { count: 0 } }), 'a pool cannot have 0 cpus'],
  ['bad-cpu-count', poolCreate({ cpus: { count: -1 } }), 'a pool cannot have -1 cpus'],
  ['bad-cpu-count', poolCreate({ cpus: { count: 1e9 } }), 'a pool cannot have 1000000000 cpus'],
  ['bad-cpu-count', poolModify('two', { cpus: { count: Number.NaN } }), 'a pool cannot have "NaN" cpus'],
  ['bad-cpu-count', poolModify('quiet', { cpus: { count: 0 } }), 'a pool cannot have 0 cpus'],
  ['bad-cpu-count', poolModify('two', { cpus: { count: 1.5 } }), 'a pool cannot have 1.5 cpus'],
  [
    'too-few-cpus',
    poolCreate({ cpus: { count: 5 } }),
    'pool0 cannot spare 5 cpus for p: it has 4 to give (it keeps cpu 0)',
  ],
  [
    'too-few-cpus',
    poolModify('two', { cpus: { count: 7 } }),
    'pool0 cannot spare 5 cpus for two: it has 4 to give (it keeps cpu 0)',
  ],
  // pools
  ['pool0-stays', poolDestroy('pool0'), 'pool0 cannot be destroyed'],
  ['pool0-stays', poolModify('pool0', { name: 'p' }), 'pool0 cannot be renamed'],
  [
    'pool0-takes-the-rest',
    poolModify('pool0', { cpus: { count: 4 } }),
    'the cpus of pool0 cannot be set: it has those that no other pool has',
  ],
  [
    'pool0-takes-the-rest',
    poolModify('pool0', { cpus: { list: [0, 1] } }),
    'the cpus of pool0 cannot be set: it has those that no other pool has',
  ],
  ['pool-has-members', poolDestroy('two'), 'cannot destroy two: domain 2 is still in it'],
  [
    'pool-would-starve',
    poolModify('two', { cpus: { count: 0 } }),
    'cannot take the last cpu from two: domain 2 is still in it',
  ],
  [
    'pool-would-starve',
    poolModify('one', { cpus: { list: [] } }),
    'cannot take the last cpu from one: domain 1 is still in it',
  ],
  ['pool-would-starve', cpuModify(5, false), 'cannot take the last cpu from one: domain 1 is still in it'],
  ['pool-needs-a-cpu', domainCreate({ pool: 'bare' }), 'bare has no cpu, a domain there would never run'],
  [
    'pool-needs-a-cpu',
    domainModify('B', { pool: 'bare' }),
    'bare has no cpu, a domain there would never run',
  ],
  ['too-many-pools', poolCreate({}), 'there are 8192 pools already, more this host does not take', manyPools],
  // schedulers
  ['unknown-scheduler', poolCreate({ scheduler: 'cfs' }), 'this host has no scheduler "cfs"'],
  [
    'simulated-only',
    poolModify('two', { scheduler: 'rtds' }),
    'rtds is simulated only: this host has nothing like it',
  ],
  [
    'scheduler-fixed',
    poolModify('two', { scheduler: 'credit2' }),
    'cannot change the scheduler of two to credit2: this host fixes it when a pool is created',
    state,
    { ...host, changesScheduler: false },
  ],
  [
    'other-scheduler',
    poolModify('two', { under: 'credit2', params: { ratelimitUs: 500 } }),
    'two has scheduler credit, not credit2',
  ],
  [
    'other-scheduler',
    domainModify('A', { under: 'rtds', reserve: [{ vcpu: 0, budgetUs: 10 }] }),
    'one has scheduler credit, not rtds',
  ],
  [
    'vcpus-without-time',
    poolModify('two', { scheduler: 'null', cpus: { count: 1 } }),
    'cannot change the scheduler of two to null: it has 2 vcpus and 1 cpus, and each vcpu without a cpu of its own would get nothing',
  ],
  [
    'vcpus-without-time',
    poolModify('two', { scheduler: 'arinc653' }),
    'cannot change the scheduler of two to arinc653: without a slot in its schedule, B would get nothing',
  ],
  ['out-of-range', domainCreate({ reservation: { periodUs: 9 } }), 'periodUs cannot be 9'],
  ['out-of-range', domainCreate({ reservation: { budgetUs: 9 } }), 'budgetUs cannot be 9'],
  ['out-of-range', domainCreate({ reservation: { periodUs: 2 ** 32 } }), 'periodUs cannot be 4294967296'],
  [
    'out-of-range',
    domainModify('B', { reserve: [{ vcpu: 1, periodUs: 100, budgetUs: 101 }] }),
    'budgetUs cannot be 101',
  ],
  ['out-of-range', domainModify('B', { reserve: [{ vcpu: 0, periodUs: 3999 }] }), 'budgetUs cannot be 4000'],
  [
    'bad-request',
    domainCreate({ vcpus: 2, reservation: [{ periodUs: 100 }] }),
    'the request is not understood: reservation: has 1 entries for 2 vcpus',
  ],
  ['unknown-vcpu', domainModify('B', { reserve: [{ vcpu: 2, budgetUs: 10 }] }), 'domain B has no vcpu 2'],
  ['out-of-range', arinc(0, []), 'frameUs cannot be 0'],
  ['out-of-range', arinc(10, []), 'the number of slots cannot be 0'],
  ['out-of-range', arinc(100, Array(65).fill(slot('B', 0, 1))), 'the number of slots cannot be 65'],
  ['out-of-range', arinc(100, [slot('B', 0, 0)]), 'runUs cannot be 0'],
  ['out-of-range', arinc(100, [slot('B', 0, 60), slot('A', 0, 41)]), 'frameUs cannot be 100'],
  ['unknown-domain', arinc(100, [slot('X', 0, 1)]), 'there is no domain "X"'],
  ['unknown-vcpu', arinc(100, [slot('A', 1, 1)]), 'domain A has no vcpu 1'],
  [
    'unknown-parameter',
    poolCreate({ scheduler: 'credit2', params: { timesliceMs: 5 } }),
    'scheduler credit2 has no parameter "timesliceMs"',
  ],
  [
    'unknown-parameter',
    poolModify('quiet', { params: { ratelimitUs: 0 } }),
    'scheduler null has no parameter "ratelimitUs"',
  ],
  ['out-of-range', poolCreate({ params: { timesliceMs: 0 } }), 'timesliceMs cannot be 0'],
  ['out-of-range', poolCreate({ params: { ratelimitUs: 99 } }), 'ratelimitUs cannot be 99'],
  [
    'out-of-range',
    poolCreate({ params: { timesliceMs: 1, ratelimitUs: 1001 } }),
    'ratelimitUs cannot be 1001',
  ],
  [
    'out-of-range',
    poolModify('pool0', { params: { migrationDelayUs: 100_001 } }),
    'migrationDelayUs cannot be 100001',
  ],
  // memory
  ['unknown-node', poolCreate({ nodes: [0, 2] }), 'there is no node 2'],
  ['unknown-node', poolModify('two', { nodes: [Number.NaN] }), 'there is no node NaN'],
  ['bad-request', poolModify('two', { nodes: [] }), 'the request is not understood: nodes: names no node'],
  [
    'too-little-memory',
    domainCreate({ pool: 'two', memoryMib: 500 }),
    'not enough memory for two: 500 MiB wanted, 400 MiB free on node 0',
  ],
  [
    'too-little-memory',
    domainCreate({ memoryMib: 5000 }),
    'not enough memory for pool0: 5000 MiB wanted, 1272 MiB free on node 0-1',
  ],
  // domains
  ['out-of-range', domainCreate({ weight: 0 }), 'weight cannot be 0'],
  ['out-of-range', domainModify('B', { weight: 65_536 }), 'weight cannot be 65536'],
  ['out-of-range', domainModify('Domain-0', { weight: 1.5 }), 'weight cannot be 1.5'],
  ['out-of-range', domainCreate({ cap: 101 }), 'cap cannot be 101'],
  ['out-of-range', domainModify('B', { cap: 201 }), 'cap cannot be 201'],
  ['out-of-range', domainModify('B', { cap: Number.NaN }), 'cap cannot be "NaN"'],
  ['out-of-range', domainCreate({ vcpus: 0 }), 'vcpus cannot be 0'],
  ['out-of-range', domainCreate({ vcpus: 1e9 }), 'vcpus cannot be 1000000000'],
  ['out-of-range', domainCreate({ memoryMib: 0.5 }), 'memory cannot be 0.5'],
  [
    'bad-request',
    domainCreate({ vcpus: 2, affinity: [{ hard: null, soft: null }] }),
    'the request is not understood: affinity: has 1 entries for 2 vcpus',
  ],
  [
    'bad-request',
    domainModify('B', { pin: { vcpu: 'all', hard: [] } }),
    'the request is not understood: affinity: names no cpu',
  ],
  [
    'bad-request',
    domainCreate({ workload: { kind: 'duty', burstMs: Number.NaN, sleepMs: 1 } }),
    'the request is not understood: workload.burstMs: must be a number of milliseconds from 0.001 to 86400000',
  ],
  [
    'bad-request',
    domainCreate({ workload: { kind: 'periodic', runMs: 2, periodMs: 1 } }),
    'the request is not understood: workload.runMs: must be at most periodMs, which is 1',
  ],
  [
    'bad-request',
    domainCreate({ workload: { kind: 'trace', runMs: [1, 2], sleepMs: [1] } }),
    'the request is not understood: workload.sleepMs: must have as many times as runMs, which has 2',
  ],
  [
    'bad-request',
    domainCreate({ workload: { kind: 'toString' } }),
    'the request is not understood: workload.kind: knows cpu, idle, duty, periodic, bursty, io, trace',
  ],
  [
    'pin-outside-pool',
    domainCreate({ pool: 'two', affinity: { hard: [5], soft: null } }),
    'cannot pin C to cpu 5, not in its pool two',
  ],
  [
    'pin-outside-pool',
    domainModify('B', { pin: { vcpu: 1, hard: [1, 2] } }),
    'cannot pin B to cpus 1-2, not in its pool two',
  ],
  [
    'pin-outside-pool',
    domainModify('B', { pool: 'one', pin: { vcpu: 1, hard: [3] } }),
    'cannot pin B to cpu 3, not in its pool one',
  ],
  ['unknown-vcpu', domainModify('B', { pin: { vcpu: 2, hard: [3] } }), 'domain B has no vcpu 2'],
  ['unknown-vcpu', domainModify('B', { pin: { vcpu: 0.5 } }), 'domain B has no vcpu 0.5'],
  ['domain0-stays', domainModify('0', { pool: 'two' }), 'Domain-0 cannot be moved'],
  ['domain0-stays', domainModify('Domain-0', { paused: true }), 'Domain-0 cannot be paused'],
  ['domain0-stays', domainModify('Domain-0', { name: 'X' }), 'Domain-0 cannot be renamed'],
  ['domain0-stays', domainDestroy('Domain-0'), 'Domain-0 cannot be destroyed'],
  [
    'too-many-domains',
    domainCreate({}),
    'there are 32752 domains already, more this host does not take',
    manyDomains,
  ],
  ['domain0-stays', ask('domain-shutdown', { domain: '0' }), 'Domain-0 cannot be shut down'],
  [
    'not-offered',
    domainCreate({ exec: ['make'] }),
    'the model host does not offer commands as domains (exec)',
  ],
  ...REFUSED_COMMANDS.map(([code, more, sentence]): (typeof rows)[number] => [
    code,
    domainCreate(more),
    sentence,
    state,
    executing,
  ]),
  [
    'not-adopted',
    ask('domain-release', { domain: 'A' }),
    'A cannot be released: it was started here, and never was anything else',
  ],
  ['not-offered', domainCreate({ adopt: { pid: 123 } }), 'the model host does not offer to adopt processes'],
  [
    'domain-paused',
    ask('domain-shutdown', { domain: 'A' }),
    'A is paused, and hears nothing',
    { ...state, domains: state.domains.map((domain) => ({ ...domain, paused: true })) },
  ],
];

test.each(rows)('%s: %j', (code, request, sentence, at = state, on = host) => {
  const planned = plan(on, at, request);
  if (planned.ok) throw new Error(`planned ${planned.value.steps.length} steps`);
  expect([planned.refusal.code, explain(planned.refusal).sentence]).toEqual([code, sentence]);
  expect(explain(planned.refusal).remedy).not.toBe('');
});

test('every code that planning can refuse with has a row', () => {
  const folder = new URL('.', import.meta.url);
  const sources = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const texts = [
    ...sources.map((file) => new URL(file, folder)),
    new URL('../../interface/names.ts', folder),
  ];
  const codes = texts.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/code: [^{}]*?'([a-z0-9-]+)'(?: : '([a-z0-9-]+)')?/g)].flatMap(
      ([, one, other]) => [one!, ...(other === undefined ? [] : [other])],
    ),
  );
  expect([...new Set(codes)].sort()).toEqual([...new Set(rows.map(([code]) => code))].sort());
});
