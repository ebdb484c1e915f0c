import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ChangeRequest,
  type HostState,
  type Plan,
  regularTopology,
  SCHEDULERS,
  type Step,
  type Topology,
} from '../../interface/index.ts';
import { lawViolations } from './law.ts';
import { applyPlanToModel, applyToModel, describeModel, modelOf } from './model.ts';
import { plan } from './plan.ts';

/*
 * Any sequence of requests, sensible or not, keeps the law after every single step, and can be taken back from
 * anywhere. A failure prints its seed and path; repeat it, shrunk, with the printed values in place of these:
 *   FC_SEED=123 FC_PATH=4:0:1 npx vitest run xend/planning/any-sequence
 */
const runs = {
  numRuns: 3000,
  ...(process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }),
  ...(process.env.FC_PATH === undefined ? {} : { path: process.env.FC_PATH }),
};

const hybrid: Topology = {
  nodes: regularTopology({ cpus: 12 }).nodes,
  cpus: regularTopology({ cpus: 12 }).cpus.map((place) => ({
    ...place,
    core: place.cpu < 8 ? place.cpu >> 1 : place.cpu,
  })),
};

const topologies = fc.constantFrom(
  regularTopology({ cpus: 1, memoryMib: 300 }),
  regularTopology({ cpus: 4, memoryMib: 1000 }),
  regularTopology({ cpus: 10, memoryMib: 1500 }),
  regularTopology({ cpus: 8, nodes: 2, coresPerSocket: 2, threadsPerCore: 2, memoryMib: 1000 }),
  hybrid,
);

const mostly = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<unknown>) =>
  fc.oneof({ arbitrary: good, weight: 40 }, { arbitrary: bad as fc.Arbitrary<T>, weight: 1 });
const nonsense = fc.constantFrom(Number.NaN, -1, 1.5, 1e9, Infinity);

const pool = mostly(fc.constantFrom('pool0', 'p', 'q', 'r'), fc.constantFrom('', 'a/b', '7'));
const domain = mostly(
  fc.constantFrom('A', 'B', 'C', 'D', '1', '2'),
  fc.constantFrom('Domain-0', '0', 'x', ''),
);
const scheduler = mostly(fc.constantFrom(...SCHEDULERS), fc.constantFrom('none'));
const timesliceMs = mostly(fc.constantFrom(1, 5, 30), nonsense);
const ratelimitUs = mostly(fc.constantFrom(0, 1000, 2000), nonsense);
const weight = mostly(fc.constantFrom(1, 256, 512), nonsense);
const cap = mostly(fc.constantFrom(0, 50, 100), nonsense);
const us = mostly(fc.constantFrom(10, 4000, 10_000, 50_000), nonsense);
const slot = fc.record({ domain, vcpu: mostly(fc.constantFrom(0, 1), nonsense), runUs: us });
const reservation = { periodUs: us, budgetUs: us, extratime: fc.boolean() };
const reserve = fc.array(
  fc.record(
    { vcpu: mostly(fc.constantFrom(0, 'all'), nonsense), ...reservation },
    { requiredKeys: ['vcpu'] },
  ),
  { maxLength: 2 },
);
const vcpus = mostly(fc.integer({ min: 1, max: 3 }), nonsense);
const memoryMib = mostly(fc.constantFrom(50, 100, 400), nonsense);
const kind = (name: ChangeRequest['kind']) => ({ kind: fc.constant(name) });
const needs = (...keys: string[]) => ({ requiredKeys: ['kind', ...keys] as never[] });

function requestOn({ cpus: places, nodes: nodePlaces }: Topology): fc.Arbitrary<ChangeRequest> {
  const cpu = mostly(fc.nat({ max: places.length - 1 }), nonsense);
  const someCpus = fc.uniqueArray(fc.integer({ min: 1, max: Math.max(1, places.length - 1) }), {
    minLength: 1,
    maxLength: 5,
  });
  const list = mostly(someCpus, fc.array(cpu));
  // Narrow pins: those that a change of cpus is most likely to break.
  const hard = fc.option(mostly(fc.tuple(fc.nat({ max: places.length - 1 })), list), { freq: 1 });
  const cpus = fc.oneof(fc.record({ count: mostly(fc.nat({ max: 5 }), nonsense) }), fc.record({ list }));
  const nodes = mostly(
    fc.uniqueArray(fc.nat({ max: nodePlaces.length - 1 }), { minLength: 1 }),
    fc.array(nonsense),
  );
  const params = fc.oneof(
    fc.record({ timesliceMs, ratelimitUs }, { requiredKeys: [] }),
    fc.record({ schedule: fc.record({ frameUs: us, slots: fc.array(slot, { maxLength: 3 }) }) }),
  );
  const affinity = fc.record({ hard, soft: hard });
  const pin = fc.record({
    vcpu: mostly(fc.constantFrom(0, 'all'), fc.constantFrom(1, 2, -1)),
    hard,
    soft: hard,
  });
  const settings = { name: pool, nodes: fc.option(nodes), params, scheduler };
  const settled = { ...settings, cpus, force: fc.boolean(), under: scheduler };
  const shares = { weight, cap };
  const some = fc.record(reservation, { requiredKeys: [] });
  return fc.oneof(
    fc.record({ ...kind('pool-create'), ...settings, nodes, cpus }, needs('name', 'cpus')),
    fc.record({ ...kind('pool-modify'), pool, ...settled }, needs('pool')),
    fc.record({ ...kind('pool-modify'), pool, scheduler, force: fc.boolean() }, needs('pool', 'scheduler')),
    fc.record({ ...kind('pool-modify'), pool, cpus }),
    fc.record({ ...kind('pool-modify'), pool, name: pool }),
    fc.record({ ...kind('pool-destroy'), pool }),
    fc.record(
      {
        ...kind('domain-create'),
        name: domain,
        pool,
        vcpus,
        memoryMib,
        affinity,
        ...shares,
        reservation: some,
      },
      needs('name'),
    ),
    fc.record({ ...kind('domain-create'), name: domain, affinity: fc.array(affinity) }),
    fc.record({ ...kind('domain-create'), name: domain, pool, memoryMib }),
    fc.record({ ...kind('domain-modify'), domain, pool, pin }, needs('domain', 'pool')),
    fc.record(
      { ...kind('domain-modify'), domain, name: domain, paused: fc.boolean(), weight },
      needs('domain'),
    ),
    fc.record(
      { ...kind('domain-modify'), domain, name: domain, pool, ...shares, pin, paused: fc.boolean() },
      needs('domain'),
    ),
    { arbitrary: fc.record({ ...kind('domain-modify'), domain, pool }), weight: 6 },
    fc.record({ ...kind('domain-modify'), domain, pin }),
    fc.record({ ...kind('domain-modify'), domain, reserve }),
    fc.record({ ...kind('domain-destroy'), domain }),
    fc.record({ ...kind('cpu-modify'), cpu, online: fc.boolean() }),
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<ChangeRequest>;
}

const sequences = topologies.chain((topology) =>
  fc.record({
    topology: fc.constant(topology),
    requests: fc.array(requestOn(topology), { minLength: 1, maxLength: 30, size: 'max' }),
  }),
);

test('any sequence of requests keeps the law after every step, and every step can be taken back', () => {
  const seen = new Set<Step['do']>();
  fc.assert(
    fc.property(sequences, ({ topology, requests }) => {
      let state = modelOf(topology);
      for (const one of requests) {
        const outcome = plan(describeModel(topology), state, one);
        if (!outcome.ok) continue;
        for (const { step } of outcome.value.steps) seen.add(step.do);
        tryEveryCrash(state, outcome.value);
        state = applyPlanToModel(state, outcome.value);
        expectRepeatedIsNothing(topology, state, one);
      }
    }),
    runs,
  );
  // Fourteen kinds of step there are: a test that plans few of them shows little.
  if (process.env.FC_SEED === undefined) expect(seen.size).toBe(14);
});

/** After each step the law holds, and the undos of what was done lead back to the very start. */
function tryEveryCrash(before: HostState, { steps }: Plan): void {
  let state = before;
  for (const [last, { step }] of steps.entries()) {
    state = applyToModel(state, step);
    expect([...lawViolations(state), ...strandedVcpus(state), ...overdrawnNodes(state)]).toEqual([]);
    const back = steps.slice(0, last + 1).toReversed();
    const undone = back.reduce((now, { undo }) => applyToModel(now, undo), state);
    expect(byName(undone)).toEqual(byName(before));
  }
}

/** What was asked for is so now: asked again, there is nothing to do. Not where it goes by an old name or scheduler. */
function expectRepeatedIsNothing(topology: Topology, state: HostState, request: ChangeRequest): void {
  const isRepeatable = request.kind.endsWith('-modify') && !('name' in request) && !('under' in request);
  if (!isRepeatable) return;
  expect(plan(describeModel(topology), state, request)).toMatchObject({ ok: true, value: { steps: [] } });
}

/** Vcpus whose hard affinity has no cpu in their pool. */
function strandedVcpus({ pools, domains }: HostState): string[] {
  return domains.flatMap(({ name, pool, scheduling }) => {
    const poolCpus = pools.find((one) => one.name === pool)!.cpus;
    return scheduling.affinity
      .filter(({ hard }) => hard !== null && !hard.some((one) => poolCpus.includes(one)))
      .map(() => `a vcpu of ${name} can run nowhere in ${pool}`);
  });
}

const overdrawnNodes = ({ memory }: HostState) =>
  memory.filter(({ freeMib }) => freeMib < 0).map(({ node }) => `node ${node} is overdrawn`);

/** A pool that was destroyed and is there again comes last in the order of creation: that is not undone. */
const byName = (state: HostState): HostState => ({
  ...state,
  pools: state.pools.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
});
