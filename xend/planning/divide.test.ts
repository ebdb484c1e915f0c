import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Cpu,
  cpu,
  DOMAIN0,
  type DomainCreate,
  type HostState,
  type PoolCreate,
  regularTopology,
} from '../../interface/index.ts';
import { type Division, divisionsOf } from './divide.ts';
import { changesFor, freeNames } from './division-changes.ts';
import { lawViolations } from './law.ts';
import { applyPlanToModel, describeModel, modelOf } from './model.ts';
import { membersOf } from './occupancy.ts';
import { pinInTheWay } from './pin-in-the-way.ts';
import { bindingCpus, bindingPins, blocksOf, pinsIn } from './pins.ts';
import { plan } from './plan.ts';

const TOPOLOGY = regularTopology({ cpus: 8 });
const HOST = describeModel(TOPOLOGY);

type Guest = Pick<DomainCreate, 'name' | 'vcpus' | 'weight'> & {
  /** One list for all vcpus, or one a vcpu. */
  readonly pin?: readonly number[] | readonly (readonly number[] | null)[];
};

/** A host of eight cpus with one more pool, if cpus are given, and all guests in it, else in pool0. */
function hostWith(
  guests: readonly Guest[],
  pool: Omit<PoolCreate, 'kind' | 'name'> | null = null,
): HostState {
  const requests = [
    ...(pool === null ? [] : [{ kind: 'pool-create' as const, name: 'p', ...pool }]),
    ...guests.map(({ pin, ...guest }) => ({
      kind: 'domain-create' as const,
      ...guest,
      ...(pool !== null && { pool: 'p' }),
      ...(pin !== undefined && { affinity: affinityOf(pin) }),
    })),
  ];
  return requests.reduce(apply, modelOf(TOPOLOGY));
}

const affinityOf = (pin: NonNullable<Guest['pin']>) =>
  typeof pin[0] === 'number'
    ? { hard: pin as Cpu[], soft: null }
    : pin.map((hard) => ({ hard: hard as Cpu[] | null, soft: null }));

function apply(state: HostState, request: Parameters<typeof plan>[2]): HostState {
  const planned = plan(HOST, state, request);
  if (!planned.ok) throw new Error(`${JSON.stringify(request)}: ${JSON.stringify(planned.refusal)}`);
  return applyPlanToModel(state, planned.value);
}

const list = (...numbers: number[]) => ({ cpus: { list: numbers.map(cpu) } });
const poolOf = (state: HostState) => state.pools.find(({ name }) => name === 'p') ?? state.pools[0]!;
const wantsAll = () => 100;

function divisions(state: HostState): Division[] {
  const pool = poolOf(state);
  return divisionsOf(pool, membersOf(state, pool.name), (id) => (id === DOMAIN0 ? 0 : 100));
}

/** `4-5: A B` and so on, who stays first. */
const inWords = ({ stays, leave }: Division) =>
  [stays, ...leave].map(
    ({ cpus, domains }) => `${cpus.join()}: ${domains.map(({ name }) => name).join(' ')}`,
  );

const A: Guest = { name: 'A', pin: [4, 5], vcpus: 2 };
const B: Guest = { name: 'B', pin: [4, 5], vcpus: 2, weight: 512 };

test('pins that leave a vcpu all of its pool, or nothing, bind nobody', () => {
  const state = hostWith(
    [{ name: 'A', pin: [4, 5, 6] }, { name: 'B' }, { name: 'C', pin: [3, 5] }],
    list(4, 5),
  );
  const pool = poolOf(state);
  expect(pinsIn(pool, membersOf(state, 'p')).map(({ cpus }) => cpus)).toEqual([[5]]);
  expect(bindingCpus({ cpus: [4, 5] as Cpu[] }, [7] as Cpu[])).toBeNull();
});

test('what pins tie together is one block, over as many domains as it takes', () => {
  const state = hostWith([
    { name: 'A', pin: [1, 2] },
    { name: 'B', pin: [3, 4] },
    { name: 'C', pin: [6] },
    { name: 'D', vcpus: 2, pin: [[2], [3]] },
  ]);
  const blocks = blocksOf(state.pools[0]!, state.domains);
  expect(blocks.map(({ cpus, domains }) => [cpus, domains.map(({ name }) => name)])).toEqual([
    [
      [1, 2, 3, 4],
      ['A', 'B', 'D'],
    ],
    [[6], ['C']],
  ]);
});

test('who is pinned leaves, who is not stays, and the promises stay what they were', () => {
  const [best] = divisions(hostWith([A, B, { name: 'C', vcpus: 4 }], list(4, 5, 6, 7)));
  expect(inWords(best!)).toEqual(['6,7: C', '4,5: A B']);
  expect(best!).toMatchObject({ contested: 0 });
  expect(best!.missPercent).toBeCloseTo(0, 6);
});

test('cpu 0 and Domain-0 stay in pool0: who is pinned to cpu 0 stays there too, the others leave', () => {
  const [best] = divisions(
    hostWith([{ name: 'A', pin: [0], weight: 512 }, { name: 'B', pin: [0] }, { name: 'C' }]),
  );
  expect(inWords(best!)).toEqual(['0: Domain-0 A B', '1,2,3,4,5,6,7: C']);
});

test('the cpus to which Domain-0 is pinned stay with cpu 0', () => {
  const pinned = hostWith([A, B]);
  const state = apply(pinned, { kind: 'domain-modify', domain: '0', pin: { vcpu: 'all', hard: [cpu(2)] } });
  for (const { stays } of divisions(state)) expect(stays.cpus).toEqual(expect.arrayContaining([0, 2]));
});

test('domains without a pin go where there is room for what they are promised', () => {
  const crowd = Array.from({ length: 12 }, (_, n) => ({ name: `C${n}` }));
  const [best] = divisions(
    hostWith([{ name: 'A', pin: [4], weight: 512 }, { name: 'B', pin: [4] }, ...crowd], list(4, 5, 6, 7)),
  );
  const sizes = [best!.stays, ...best!.leave].map(({ cpus, domains }) => [cpus.length, domains.length]);
  // A is promised 53.3, B and the others 26.7 each: eleven of them fill three cpus, one goes with A and B.
  expect(sizes).toEqual([
    [3, 11],
    [1, 3],
  ]);
  expect(best!.missPercent).toBeLessThan(4);
});

test('lonely pins need no pool of their own', () => {
  const lonely = [5, 6, 7].map((n) => ({ name: `L${n}`, pin: [n] }));
  const twins = [
    { name: 'A', pin: [4], weight: 512 },
    { name: 'B', pin: [4] },
  ];
  const [best] = divisions(hostWith([...twins, ...lonely, { name: 'C' }]));
  expect(inWords(best!)).toEqual(['0,1,2,3,5,6,7: Domain-0 L5 L6 L7 C', '4: A B']);
});

test('a pool that pins tie together as a whole cannot be divided', () => {
  expect(
    divisions(hostWith([A, { name: 'B', pin: [5, 6] }, { name: 'C', pin: [6, 7] }], list(4, 5, 6, 7))),
  ).toEqual([]);
});

test('with more parts than can be put together in every way, some ways are still looked at', () => {
  const twins = [1, 2, 3, 4, 5, 6, 7].flatMap((n) =>
    ['A', 'B'].map((name) => ({ name: `${name}${n}`, pin: [n] })),
  );
  const [best] = divisions(hostWith(twins));
  expect(best!.contested).toBe(0);
  expect(best!.leave).toHaveLength(7);
});

test('one pin that overlaps others is found, and what it overlaps', () => {
  const state = hostWith([A, B, { name: 'C', pin: [5, 6] }, { name: 'D' }], list(4, 5, 6, 7));
  const found = pinInTheWay(poolOf(state), membersOf(state, 'p'), wantsAll)!;
  expect(found.domain.name).toBe('C');
  expect(found.overlaps.map(({ cpus, domains }) => [cpus, domains.length])).toEqual([[[4, 5], 2]]);
  expect(inWords(found.division)).toEqual(['6,7: C D', '4,5: A B']);
});

test('where pins are apart, none is in the way', () => {
  const state = hostWith([A, B, { name: 'C', pin: [6] }], list(4, 5, 6, 7));
  expect(pinInTheWay(poolOf(state), membersOf(state, 'p'), wantsAll)).toBeNull();
});

test('a new pool is as the old one was, with a name that is free', () => {
  const settings = {
    ...list(4, 5, 6, 7),
    scheduler: 'credit2',
    params: { ratelimitUs: 500 },
    nodes: [0 as never],
  };
  const state = hostWith([A, B, { name: 'C' }], settings);
  const [best] = divisions(state);
  expect(freeNames(new Set(['pool0', 'pool1', 'pool3']), 2)).toEqual(['pool2', 'pool4']);
  const [shrink, create] = changesFor(poolOf(state), best!, ['pool2']);
  expect(shrink).toEqual({ kind: 'pool-modify', pool: 'p', cpus: { list: [6, 7] } });
  expect(create).toEqual({ kind: 'pool-create', name: 'pool2', ...settings, cpus: { list: [4, 5] } });
});

const masks = fc.subarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 1, maxLength: 3 });
const guests = fc.array(fc.record({ weight: fc.constantFrom(256, 512), pin: fc.option(masks) }), {
  minLength: 1,
  maxLength: 6,
});

test('whatever is pinned where, every division can be planned, keeps the law, and leaves each pin as it was or replaced by an edge', () => {
  const hosts = fc.record({ guests, inPool0: fc.boolean() });
  fc.assert(
    fc.property(hosts, ({ guests: given, inPool0 }) => {
      const inPool = [2, 3, 4, 5, 6, 7];
      const named = given.map(({ weight, pin }, n): Guest => {
        const allowed = inPool0 ? pin : (pin?.filter((one) => inPool.includes(one)) ?? null);
        return { name: `g${n}`, weight, ...(allowed !== null && allowed.length > 0 && { pin: allowed }) };
      });
      const before = hostWith(named, inPool0 ? null : list(...inPool));
      const pool = poolOf(before);
      for (const division of divisions(before)) {
        const names = freeNames(new Set(before.pools.map(({ name }) => name)), division.leave.length);
        const after = changesFor(pool, division, names).reduce(apply, before);
        expect(lawViolations(after)).toEqual([]);
        for (const domain of membersOf(before, pool.name)) {
          const now = after.domains.find(({ id }) => id === domain.id)!;
          const home = after.pools.find(({ name }) => name === now.pool)!;
          const [pin] = bindingPins(pool, domain);
          const [pinNow] = bindingPins(home, now);
          // The cpus it may run on are those of its pin, or the pool's where it has none.
          if (pin !== undefined) expect(pinNow ?? home.cpus).toEqual(pin);
          else expect(pinNow).toBeUndefined();
        }
      }
    }),
    { numRuns: 200 },
  );
});
