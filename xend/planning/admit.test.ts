import { expect, test } from 'vitest';
import { type ChangeRequest, explain, type HostState, regularTopology } from '../../interface/index.ts';
import { applyPlanToModel, describeModel, modelOf } from './model.ts';
import { plan } from './plan.ts';

const topology = regularTopology({ cpus: 10 });
const host = {
  ...describeModel(topology),
  bounds: { reservablePercent: 95, periodUs: { min: 100, max: 4_194_304 } },
};
const ask = (request: object) => request as unknown as ChangeRequest;
const domain = (name: string, more: object) => ask({ kind: 'domain-create', name, ...more });
const modify = (pool: string, more: object) => ask({ kind: 'pool-modify', pool, ...more });
const reserved = (budgetUs: number, periodUs = 10_000) => ({
  reservation: { budgetUs, periodUs, extratime: false },
});

/** q: cpus 8-9 under null, A on one of them; r: cpu 7 under rtds, R has half of it; plain: cpu 6. */
const state = [
  ask({ kind: 'pool-create', name: 'q', cpus: { list: [8, 9] }, scheduler: 'null' }),
  ask({ kind: 'pool-create', name: 'r', cpus: { list: [7] }, scheduler: 'rtds' }),
  ask({ kind: 'pool-create', name: 'plain', cpus: { list: [6] } }),
  domain('A', { pool: 'q' }),
  domain('R', { pool: 'r', ...reserved(5_000) }),
  domain('P', { pool: 'plain', vcpus: 2 }),
].reduce((now: HostState, request) => {
  const planned = plan(host, now, request);
  if (!planned.ok) throw new Error(explain(planned.refusal).sentence);
  return applyPlanToModel(now, planned.value);
}, modelOf(topology));

const says = (request: ChangeRequest, on: typeof host | Omit<typeof host, 'bounds'> = host) => {
  const planned = plan(on, state, request);
  return planned.ok ? planned.value.notes : explain(planned.refusal).sentence;
};

test.each([
  [
    domain('B', { pool: 'q', vcpus: 2 }),
    'q would have 3 vcpus for 2 cpus, and null gives each one of its own',
  ],
  [modify('q', { cpus: { count: 1 } }), []],
  [
    ask({ kind: 'domain-modify', domain: 'P', pool: 'q' }),
    'q would have 3 vcpus for 2 cpus, and null gives each one of its own',
  ],
  [
    modify('plain', { scheduler: 'null', force: true }),
    'plain would have 2 vcpus for 1 cpu, and null gives each one of its own',
  ],
  [
    domain('B', { pool: 'q', vcpus: 2, affinity: { hard: [8], soft: null } }),
    'q would have 3 vcpus for 2 cpus, and null gives each one of its own',
  ],
  [
    domain('B', { pool: 'r', ...reserved(5_000) }),
    'the reservations in r would come to 100 percent of a cpu, and it can promise 95',
  ],
  [domain('B', { pool: 'r', ...reserved(4_500) }), []],
  [
    domain('B', { pool: 'r' }),
    [
      'under rtds this host gives no vcpu more than its budget, also where r has time to spare: extratime does not count',
    ],
  ],
  [
    modify('plain', { scheduler: 'rtds', cpus: { count: 2 } }),
    [
      'under rtds this host gives no vcpu more than its budget, also where plain has time to spare: extratime does not count',
    ],
  ],
  [domain('B', { pool: 'r', ...reserved(10, 50) }), 'the period of a vcpu of B cannot be 50'],
])('%j', (request, expected) => {
  const said = says(request);
  if (typeof expected === 'string') expect(said).toBe(expected);
  else expect((said as string[]).filter((note) => note.includes('extratime'))).toEqual(expected);
});

test('pins that leave no way to give each vcpu a cpu of its own are refused, as are pins inside an rtds pool', () => {
  const pinned = [8, 8].map((cpu) => ({ hard: [cpu], soft: null }));
  const wide = plan(host, state, modify('q', { cpus: { count: 3 } }));
  const after = wide.ok ? applyPlanToModel(state, wide.value) : state;
  const planned = plan(host, after, domain('B', { pool: 'q', vcpus: 2, affinity: pinned }));
  expect(!planned.ok && explain(planned.refusal).sentence).toBe(
    'the 3 vcpus of q cannot each have one of its 3 cpus alone: too many are pinned to the same',
  );
  const two = plan(host, state, modify('r', { cpus: { count: 2 } }));
  const with2 = two.ok ? applyPlanToModel(state, two.value) : state;
  const pin = ask({ kind: 'domain-modify', domain: 'R', pin: { vcpu: 'all', hard: [7] } });
  const refused = plan(host, with2, pin);
  expect(!refused.ok && explain(refused.refusal).sentence).toContain('R is pinned to some of the cpus of r');
});

test('a host with Xen’s own schedulers lets vcpus wait and run late', () => {
  const { bounds: _, ...xens } = host;
  expect(says(domain('B', { pool: 'q', vcpus: 2 }), xens)).toHaveLength(1);
  expect(says(domain('B', { pool: 'r', ...reserved(9_000) }), xens)).toHaveLength(1);
});

test('what was not admissible before is not held against another change', () => {
  const late = {
    ...state,
    pools: state.pools.map((pool) =>
      pool.name === 'plain' ? { ...pool, scheduler: 'null' as const } : pool,
    ),
  };
  const planned = plan(host, late, ask({ kind: 'domain-modify', domain: 'P', pool: 'pool0' }));
  expect(planned.ok).toBe(true);
});
