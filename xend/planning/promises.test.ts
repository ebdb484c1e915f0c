import fc from 'fast-check';
import { expect, test } from 'vitest';
import type {
  Cpu,
  DomainId,
  DomainState,
  PoolState,
  Reservation,
  SchedulerName,
  SchedulerParams,
} from '../../interface/index.ts';
import { entitledIn, entitledNow } from './promises.ts';

/** What a member is here, beside a hog on one free vcpu of weight 256. */
interface Member {
  readonly weight?: number;
  readonly cap?: number;
  /** A pin a vcpu; `null` = free. */
  readonly pins?: readonly (readonly number[] | null)[];
  readonly reservations?: readonly Reservation[];
  readonly paused?: boolean;
  readonly demand?: number;
}

/** The promises to these members of a pool, whose ids count from 1. */
function promised(
  scheduler: SchedulerName,
  cpus: readonly number[],
  members: readonly Member[],
  params: SchedulerParams = {},
): readonly number[] {
  const pool: PoolState = { name: 'p', scheduler, params, cpus: cpus as Cpu[], nodes: null };
  return entitledIn(pool, members.map(domain), (id) => members[id - 1]!.demand ?? 100);
}

function domain(member: Member, index: number): DomainState {
  const { weight = 256, cap = 0, pins = [null], reservations, paused = false } = member;
  const affinity = pins.map((hard) => ({ hard: hard as Cpu[] | null, soft: null }));
  return {
    id: (index + 1) as DomainId,
    name: `d${index + 1}`,
    pool: 'p',
    vcpus: pins.length,
    scheduling: { weight, cap, affinity, ...(reservations !== undefined && { reservations }) },
    memory: [],
    paused,
    workload: { kind: 'cpu' },
  };
}

const reserve = (budgetUs: number, periodUs: number, extratime: boolean): Member => ({
  reservations: [{ budgetUs, periodUs, extratime }],
});

const slots = (frameUs: number, ...each: [domain: number, vcpu: number, runUs: number][]) => ({
  schedule: {
    frameUs,
    slots: each.map(([id, vcpu, runUs]) => ({ domain: id as DomainId, vcpu, runUs })),
  },
});

const free = (vcpus: number): Member => ({ pins: new Array(vcpus).fill(null) });

test.each<[string, ReturnType<typeof promised>, number[]]>([
  ['credit: by weight', promised('credit', [0], [{ weight: 768 }, {}]), [75, 25]],
  ['credit2: the same', promised('credit2', [0], [{ weight: 768 }, {}]), [75, 25]],
  ['a weight counts per vcpu', promised('credit', [0], [free(3), {}]), [75, 25]],
  ['up to a cap', promised('credit', [0], [{ cap: 20 }, {}]), [20, 80]],
  ['up to its demand', promised('credit2', [0], [{ demand: 20 }, {}]), [20, 80]],
  ['a paused domain claims nothing', promised('credit', [0], [{ paused: true }, {}]), [0, 100]],
  [
    'within its pins',
    promised('credit', [0, 1], [{ weight: 768, pins: [[0]] }, { pins: [[0]] }, {}]),
    [75, 25, 100],
  ],
  ['rtds: no weights', promised('rtds', [0], [{ weight: 768 }, {}]), [50, 50]],
  ['rtds: no caps', promised('rtds', [0], [{ cap: 10 }]), [100]],
  [
    'rtds: a budget in every period, and the rest idle',
    promised('rtds', [0, 1], [reserve(3000, 10_000, false), reserve(500, 1000, false)]),
    [30, 50],
  ],
  [
    'rtds: what is left goes to those with extratime',
    promised('rtds', [0], [reserve(3000, 10_000, false), reserve(3000, 10_000, true)]),
    [30, 70],
  ],
  [
    'rtds: among those in proportion to their budgets',
    promised('rtds', [0], [reserve(1000, 10_000, true), reserve(3000, 10_000, true)]),
    [25, 75],
  ],
  [
    'rtds: and to those that want it',
    promised('rtds', [0], [{ ...reserve(3000, 10_000, true), demand: 10 }, reserve(3000, 10_000, true)]),
    [10, 90],
  ],
  [
    'rtds: more reservations than cpus shrink alike',
    promised('rtds', [0], [reserve(9000, 10_000, false), reserve(6000, 10_000, true)]),
    [60, 40],
  ],
  [
    'arinc653: the time of its slots',
    promised('arinc653', [0], [{}, {}, {}], slots(10_000, [1, 0, 2000], [2, 0, 1000], [1, 0, 3000])),
    [50, 10, 0],
  ],
  [
    'arinc653: of each vcpu, and no more than it wants',
    promised('arinc653', [0], [{ ...free(2), demand: 30 }], slots(1000, [1, 0, 500], [1, 1, 100], [1, 2, 9])),
    [40],
  ],
  [
    'arinc653: slots of a paused domain are nothing to the others',
    promised('arinc653', [0], [{ paused: true }, {}], slots(10, [1, 0, 5], [2, 0, 5])),
    [0, 50],
  ],
  ['arinc653: nothing without slots', promised('arinc653', [0], [{}]), [0]],
  ['null: a cpu a vcpu, first come first served', promised('null', [0, 1], [{}, free(2), {}]), [100, 100, 0]],
  ['null: as far as it wants it', promised('null', [0, 1], [{ ...free(2), demand: 15 }]), [30]],
  [
    'null: where a pin leaves a choice, the first free cpu; a pin without one waits',
    promised('null', [0, 1], [{ pins: [[0, 1]] }, { pins: [[0]] }, { pins: [[1]] }]),
    [100, 0, 100],
  ],
  ['null: a paused domain keeps its cpu', promised('null', [0], [{ paused: true }, {}]), [0, 0]],
  ['null: a pin outside the pool binds nobody', promised('null', [0], [{ pins: [[7]] }]), [100]],
])('%s', (_, percents, wanted) => {
  expect(percents).toHaveLength(wanted.length);
  for (const [i, percent] of percents.entries()) expect(percent).toBeCloseTo(wanted[i]!, 9);
});

test('null: who has a cpu is told by the host, where there is one', () => {
  const pool: PoolState = { name: 'p', scheduler: 'null', params: {}, cpus: [0, 1] as Cpu[], nodes: null };
  const members = [free(2), {}].map(domain);
  const states = [[null, 0], [1]].map((cpus) =>
    cpus.map((cpu) => ({ cpu: cpu as Cpu | null, state: 'runnable' as const })),
  );
  const usages = new Map(
    members.map(({ id }, i) => [id, { id, vcpuNs: [], vcpuStates: states[i]!, demandPercent: 40 }]),
  );
  expect(entitledNow(pool, members, usages)).toEqual([40, 40]);
});

test('null looks where a vcpu likes to be first, as far as it may be there', () => {
  const on = (hard: number[] | null, soft: number[] | null) => ({ hard: hard as Cpu[], soft: soft as Cpu[] });
  const pool: PoolState = { name: 'p', scheduler: 'null', params: {}, cpus: [0, 1, 2] as Cpu[], nodes: null };
  const members = [on(null, [2]), on([0, 1], [1, 2]), on([1], null)].map((affinity, index) => ({
    ...domain({}, index),
    scheduling: { weight: 256, cap: 0, affinity: [affinity] },
  }));
  // The first takes cpu 2, the second cpu 1, and so nothing is left for the third.
  expect(entitledIn(pool, members, () => 100)).toEqual([100, 100, 0]);
});

const members: fc.Arbitrary<readonly Member[]> = fc.array(
  fc.integer({ min: 1, max: 4 }).chain((vcpus) =>
    fc.record({
      weight: fc.constantFrom(1, 128, 256, 512, 65_535),
      cap: fc.constantFrom(0, 0, 30, 100 * vcpus),
      pins: fc.constant(new Array<null>(vcpus).fill(null)),
      paused: fc.constantFrom(false, false, false, true),
      demand: fc.constantFrom(5, 40, 100, 100),
      reservations: fc
        .record({ budgetUs: fc.integer({ min: 10, max: 10_000 }), extratime: fc.boolean() })
        .map((one) => new Array<Reservation>(vcpus).fill({ ...one, periodUs: 10_000 })),
    }),
  ),
  { minLength: 1, maxLength: 8 },
);

/** What a vcpu could get of the cpus, and how much of that counts against others. */
function claimOf(scheduler: SchedulerName, { pins, weight, cap, demand, paused, reservations }: Member) {
  const vcpus = pins!.length;
  const wanted = paused ? 0 : vcpus * demand!;
  if (scheduler !== 'rtds')
    return { most: cap === 0 ? wanted : Math.min(wanted, cap!), rate: vcpus * weight! };
  const { budgetUs, extratime } = reservations![0]!;
  const budgets = (vcpus * budgetUs) / 100;
  return { most: extratime ? wanted : Math.min(wanted, budgets), rate: budgets };
}

test.each([
  'credit',
  'credit2',
  'rtds',
] as const)('%s: who is promised less than it could use shares full cpus, and nobody has more for the same claim', (scheduler) => {
  const pools = fc.property(fc.integer({ min: 1, max: 8 }), members, (count, given) => {
    const cpus = Array.from({ length: count }, (_, cpu) => cpu);
    const percents = promised(scheduler, cpus, given);
    const claims = given.map((member) => claimOf(scheduler, member));
    const total = percents.reduce((sum, percent) => sum + percent, 0);
    expect(total).toBeLessThanOrEqual(100 * count + 1e-6);
    for (const [i, percent] of percents.entries()) {
      const { most, rate } = claims[i]!;
      expect(percent).toBeLessThanOrEqual(most + 1e-9);
      if (percent > most - 1e-6) continue;
      expect(total).toBeCloseTo(100 * count, 4);
      for (const [j, other] of percents.entries())
        expect(other / claims[j]!.rate).toBeLessThanOrEqual((percent / rate) * (1 + 1e-6));
    }
  });
  fc.assert(pools, { numRuns: 300 });
});
