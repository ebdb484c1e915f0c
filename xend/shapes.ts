import * as v from 'valibot';
import {
  type ChangeRequest,
  type CpuModify,
  type DomainCreate,
  type DomainModify,
  type PoolCreate,
  type PoolModify,
  SCHEDULERS,
} from '../interface/index.ts';

/**
 * The shapes of the API's bodies. They say of which kind a value is; which values are allowed is the planner's to
 * say, in its own words. A field that is not named here is refused.
 */

const whole = v.pipe(v.number(), v.integer());
const cpuNumbers = v.pipe(v.array(whole), v.description('cpu numbers'));
const nodes = v.pipe(v.array(whole), v.description('the nodes the memory of the pool comes from'));
const schedule = v.pipe(
  v.strictObject({
    frameUs: v.number(),
    slots: v.array(v.strictObject({ domain: v.string(), vcpu: v.number(), runUs: v.number() })),
  }),
  v.description('arinc653: which vcpu runs when in a frame; domain is a name or an id'),
);
const params = v.pipe(
  v.objectWithRest({ schedule: v.exactOptional(schedule) }, v.number()),
  v.description('scheduler parameters: timesliceMs, ratelimitUs, migrationDelayUs, schedule'),
);
const under = v.pipe(v.picklist(SCHEDULERS), v.description('only if the scheduler of the pool is this one'));
const cpus = v.pipe(
  v.strictObject({ count: v.exactOptional(v.number()), list: v.exactOptional(cpuNumbers) }),
  v.description('how many cpus (count: xend chooses) or which (list); one of the two'),
);

export const poolCreateBody = v.strictObject({
  name: v.string(),
  cpus,
  scheduler: v.exactOptional(v.string()),
  nodes: v.exactOptional(nodes),
  params: v.exactOptional(params),
});

export const poolModifyBody = v.strictObject({
  name: v.exactOptional(v.string()),
  cpus: v.exactOptional(cpus),
  scheduler: v.exactOptional(v.string()),
  nodes: v.exactOptional(v.pipe(v.nullable(nodes), v.description('null: not tied to any'))),
  params: v.exactOptional(params),
  under: v.exactOptional(under),
  force: v.exactOptional(
    v.pipe(v.boolean(), v.description('also a scheduler under which some vcpus would get nothing')),
  ),
});

const reservation = {
  periodUs: v.exactOptional(v.number()),
  budgetUs: v.exactOptional(v.number()),
  extratime: v.exactOptional(v.boolean()),
};
const eachReservation = v.strictObject(reservation);

const affinity = v.strictObject({ hard: v.nullable(cpuNumbers), soft: v.nullable(cpuNumbers) });

const ms = v.number();
export const workload = v.variant('kind', [
  v.strictObject({ kind: v.literal('cpu') }),
  v.strictObject({ kind: v.literal('idle') }),
  v.strictObject({ kind: v.literal('duty'), burstMs: ms, sleepMs: ms }),
  v.strictObject({ kind: v.literal('periodic'), runMs: ms, periodMs: ms }),
  v.strictObject({ kind: v.literal('bursty'), runMs: ms, sleepMs: ms }),
  v.strictObject({ kind: v.literal('io'), runMs: ms, sleepMs: ms, jitterPercent: v.number() }),
  v.strictObject({ kind: v.literal('trace'), runMs: v.array(ms), sleepMs: v.array(ms) }),
]);

const guest = v.strictObject({
  kernel: v.exactOptional(v.string()),
  ramdisk: v.exactOptional(v.string()),
  cmdline: v.exactOptional(v.string()),
  disks: v.exactOptional(v.pipe(v.array(v.string()), v.description('as xl-disk-configuration(5) has them'))),
  boot: v.exactOptional(v.string()),
  onPoweroff: v.exactOptional(v.string()),
  onReboot: v.exactOptional(v.string()),
});

export const adoptable = v.union([
  v.strictObject({ pid: whole }),
  v.strictObject({ unit: v.string() }),
  v.strictObject({ libvirt: v.string() }),
]);

/** Deeper than any file of a person, and far from what would overflow a stack when it is written. */
const DEEPEST = 32;

export const domainCreateBody = v.strictObject({
  name: v.string(),
  pool: v.exactOptional(v.string()),
  vcpus: v.exactOptional(v.number()),
  memoryMib: v.exactOptional(v.number()),
  weight: v.exactOptional(v.number()),
  cap: v.exactOptional(v.number()),
  affinity: v.exactOptional(
    v.pipe(v.union([affinity, v.array(affinity)]), v.description('one for all vcpus, or one a vcpu')),
  ),
  reservation: v.exactOptional(
    v.pipe(
      v.union([eachReservation, v.array(eachReservation)]),
      v.description('rtds: one for all vcpus, or one a vcpu'),
    ),
  ),
  paused: v.exactOptional(v.boolean()),
  workload: v.exactOptional(workload),
  exec: v.exactOptional(
    v.pipe(
      v.array(v.string()),
      v.description('the command that the domain is, word by word, on a host that executes; no shell'),
    ),
  ),
  guest: v.exactOptional(
    v.pipe(guest, v.description('the guest that the domain is, on a host that runs guests')),
  ),
  adopt: v.exactOptional(
    v.pipe(adoptable, v.description('what runs already and shall be the domain, on a host that adopts')),
  ),
  otherKeys: v.exactOptional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.check((keys) => depthOf(keys) <= DEEPEST, `is nested more than ${DEEPEST} deep`),
      v.description('keys of the domain file that nothing here reads, kept as they are'),
    ),
  ),
});

export const domainModifyBody = v.strictObject({
  name: v.exactOptional(v.string()),
  pool: v.exactOptional(v.string()),
  weight: v.exactOptional(v.number()),
  cap: v.exactOptional(v.number()),
  pin: v.exactOptional(
    v.strictObject({
      vcpu: v.union([v.number(), v.literal('all')]),
      hard: v.exactOptional(v.nullable(cpuNumbers)),
      soft: v.exactOptional(v.nullable(cpuNumbers)),
    }),
  ),
  reserve: v.exactOptional(
    v.pipe(
      v.array(v.strictObject({ vcpu: v.union([v.number(), v.literal('all')]), ...reservation })),
      v.description('rtds: reservations of vcpus'),
    ),
  ),
  paused: v.exactOptional(v.boolean()),
  under: v.exactOptional(under),
});

export const cpuModifyBody = v.strictObject({ online: v.boolean() });

/** What a body of each kind is checked to be, for the type checker: the request without what the address says. */
export interface Bodies {
  readonly 'pool-create': Omit<PoolCreate, 'kind'>;
  readonly 'pool-modify': Omit<PoolModify, 'kind' | 'pool'>;
  readonly 'domain-create': Omit<DomainCreate, 'kind'>;
  readonly 'domain-modify': Omit<DomainModify, 'kind' | 'domain'>;
  readonly 'cpu-modify': Omit<CpuModify, 'kind' | 'cpu'>;
}

export const BODIES = {
  'pool-create': poolCreateBody,
  'pool-modify': poolModifyBody,
  'domain-create': domainCreateBody,
  'domain-modify': domainModifyBody,
  'cpu-modify': cpuModifyBody,
} satisfies Partial<Record<ChangeRequest['kind'], v.GenericSchema>>;

/** How deep arrays and objects lie in each other; stops where it is too deep anyway. */
function depthOf(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return depth;
  return Object.values(value).reduce<number>(
    (most, inner) => Math.max(most, depthOf(inner, depth + 1)),
    depth + 1,
  );
}
