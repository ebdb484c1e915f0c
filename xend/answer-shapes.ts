import * as v from 'valibot';
import {
  type ChangeView,
  DISK_FORMATS,
  type DomainView,
  type EventView,
  type HostView,
  type PoolView,
  type Problem,
  SCHEDULERS,
} from '../interface/index.ts';
import { adoptable, workload } from './shapes.ts';

/** The shapes of the API's answers: for its description, and for the tests that hold the answers to it. */

const whole = v.pipe(v.number(), v.integer());
const scheduler = v.picklist(SCHEDULERS);
const nodeMemory = { node: whole, totalMib: whole, freeMib: whole };

const fidelity = v.pipe(
  v.strictObject({ how: v.picklist(['exact', 'close', 'partial']), why: v.string() }),
  v.description('how near the scheduler comes to the one of Xen of that name'),
);

export const poolShape = v.strictObject({
  name: v.string(),
  cpus: v.array(whole),
  cpuList: v.pipe(v.string(), v.description('cpus as people write them: 6-9')),
  scheduler,
  fidelity,
  params: v.strictObject({
    timesliceMs: v.exactOptional(v.number()),
    ratelimitUs: v.exactOptional(v.number()),
    migrationDelayUs: v.exactOptional(v.number()),
    schedule: v.exactOptional(
      v.strictObject({
        frameUs: whole,
        slots: v.array(v.strictObject({ domain: whole, vcpu: whole, runUs: whole })),
      }),
    ),
  }),
  weightErrorPercent: v.exactOptional(
    v.pipe(
      v.number(),
      v.description(
        'how far coarser weights of the host take a member from its share at most, percent of it',
      ),
    ),
  ),
  domains: v.pipe(v.array(whole), v.description('ids of the members')),
  memory: v.strictObject({
    tied: v.boolean(),
    nodes: v.array(whole),
    perNode: v.array(v.strictObject({ ...nodeMemory, usedMib: whole })),
  }),
  state: v.pipe(
    v.picklist(['healthy', 'degraded', 'broken']),
    v.description(
      'degraded: cpus that it was given are offline; broken: it does not have its cpus for itself',
    ),
  ),
  generation: v.pipe(whole, v.description('grows with every change of the pool; If-Match compares it')),
});

const affinity = { hard: v.nullable(v.array(whole)), soft: v.nullable(v.array(whole)) };

const guest = v.strictObject({
  kernel: v.exactOptional(v.string()),
  ramdisk: v.exactOptional(v.string()),
  cmdline: v.exactOptional(v.string()),
  disks: v.array(
    v.strictObject({
      path: v.pipe(v.nullable(v.string()), v.description('null: a drive with nothing in it')),
      format: v.picklist(DISK_FORMATS),
      vdev: v.string(),
      isCdrom: v.boolean(),
      isReadOnly: v.boolean(),
    }),
  ),
  boot: v.exactOptional(v.string()),
  reboots: v.pipe(v.boolean(), v.description('false: it ends when it reboots')),
});

const vcpuSetup = { vcpu: whole, ...affinity };

const domainSetup = {
  id: whole,
  name: v.string(),
  pool: v.string(),
  vcpus: whole,
  weight: whole,
  cap: v.pipe(whole, v.description('percent of one cpu; 0 is none')),
  reservations: v.exactOptional(
    v.pipe(
      v.array(v.strictObject({ periodUs: whole, budgetUs: whole, extratime: v.boolean() })),
      v.description('rtds: one a vcpu; missing: each has the default'),
    ),
  ),
  memoryMib: whole,
  memory: v.array(v.strictObject({ node: whole, mib: whole })),
  paused: v.boolean(),
  workload,
  exec: v.exactOptional(
    v.pipe(v.array(v.string()), v.description('the command that it is, where the host executes')),
  ),
  guest: v.exactOptional(v.pipe(guest, v.description('the guest that it is, where the host runs guests'))),
  adopted: v.exactOptional(v.pipe(adoptable, v.description('what it was before it became a domain'))),
  otherKeys: v.exactOptional(v.record(v.string(), v.unknown())),
};

export const domainShape = v.strictObject({
  ...domainSetup,
  state: v.picklist(['running', 'blocked', 'paused']),
  cpuSeconds: v.number(),
  sharePercent: v.pipe(
    v.nullable(v.number()),
    v.description('percent of one cpu over the last shareWindowS'),
  ),
  shareWindowS: v.nullable(v.number()),
  throttledPercent: v.exactOptional(
    v.pipe(v.number(), v.description('percent of one cpu that its cap kept it from, over shareWindowS')),
  ),
  pressurePercent: v.exactOptional(
    v.pipe(
      v.number(),
      v.description('part of the last ten seconds in which something in it waited for a cpu'),
    ),
  ),
  entitledPercent: v.pipe(v.number(), v.description('what weight, cap, pins and demand promise')),
  vcpuList: v.array(
    v.strictObject({
      ...vcpuSetup,
      cpu: v.nullable(whole),
      state: v.picklist(['running', 'runnable', 'blocked', 'paused']),
      cpuSeconds: v.number(),
      sharePercent: v.nullable(v.number()),
    }),
  ),
});

export const hostShape = v.strictObject({
  driver: v.string(),
  version: v.string(),
  xendVersion: v.string(),
  uri: v.string(),
  cpus: whole,
  onlineCpus: v.array(whole),
  topology: v.strictObject({
    cpus: v.array(v.strictObject({ cpu: whole, node: whole, socket: whole, core: whole, cache: whole })),
    nodes: v.array(v.strictObject({ node: whole, memoryMib: whole })),
    offline: v.exactOptional(v.array(whole)),
  }),
  schedulers: v.array(scheduler),
  fidelity: v.strictObject({
    credit: v.exactOptional(fidelity),
    credit2: v.exactOptional(fidelity),
    rtds: v.exactOptional(fidelity),
    arinc653: v.exactOptional(fidelity),
    null: v.exactOptional(fidelity),
  }),
  details: v.pipe(v.array(v.string()), v.description('what a person should know of this host')),
  memory: v.array(v.strictObject(nodeMemory)),
  pools: whole,
  domains: whole,
  problems: v.pipe(v.array(v.string()), v.description('where the host is not as defined')),
});

export const changeShape = v.strictObject({
  dryRun: v.boolean(),
  changed: v.pipe(v.boolean(), v.description('false: the host already was as asked')),
  steps: v.array(v.string()),
  notes: v.array(v.string()),
  pool: v.exactOptional(poolShape),
  domain: v.exactOptional(
    v.pipe(
      v.strictObject({ ...domainSetup, vcpuList: v.array(v.strictObject(vcpuSetup)) }),
      v.description('how it is set up now; what it does is asked for by itself'),
    ),
  ),
});

export const problemShape = v.strictObject({
  type: v.pipe(v.string(), v.description('urn:cpu-pools:refusal:<code>')),
  code: v.string(),
  title: v.pipe(v.string(), v.description('what was asked, and why not')),
  detail: v.pipe(v.string(), v.description('the way out')),
  status: whole,
  with: v.pipe(v.record(v.string(), v.unknown()), v.description('the objects in the way')),
});

export const eventShape = v.strictObject({
  id: v.string(),
  at: v.string(),
  kind: v.picklist(['change', 'start', 'recovery', 'gap', 'problem']),
  text: v.string(),
  pools: v.array(v.string()),
  domains: v.array(whole),
});

/** The type checker compares both ways: a field that is only here, or only in the views, does not compile. */
type Plain<T> = T extends number ? number : T extends object ? { -readonly [K in keyof T]: Plain<T[K]> } : T;
type Same<Shape extends v.GenericSchema, View> =
  Plain<View> extends v.InferOutput<Shape>
    ? v.InferOutput<Shape> extends Plain<View>
      ? true
      : never
    : never;

export type ShapesAgree = [
  Same<typeof poolShape, PoolView>,
  Same<typeof domainShape, DomainView>,
  Same<typeof hostShape, HostView>,
  Same<typeof changeShape, ChangeView>,
  Same<typeof eventShape, EventView>,
  Same<typeof problemShape, Omit<Problem, 'code'> & { code: string }>,
];
export const SHAPES_AGREE: ShapesAgree = [true, true, true, true, true, true];
