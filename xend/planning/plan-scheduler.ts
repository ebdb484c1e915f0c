import {
  DOMAIN0,
  type DomainState,
  done,
  type HostDescription,
  type HostState,
  NS_PER_MS,
  NS_PER_US,
  type Outcome,
  type Plan,
  POOL0,
  type PoolModify,
  type PoolState,
  type Refused,
  refuse,
  type SchedulerName,
  type SchedulerParams,
} from '../../interface/index.ts';
import { fitNotes, type Ground, withoutTime } from './fit.ts';
import { membersOf } from './occupancy.ts';
import { setPoolScheduler } from './planned-steps.ts';
import { offeredScheduler, paramsAfter, paramsLost, paramsUnder } from './scheduler-params.ts';

/** The plan, and what of the request it leaves for others to plan. */
export interface SchedulerPlan extends Plan {
  readonly left: Pick<PoolModify, 'nodes' | 'params'>;
}

/**
 * A pool changes its scheduler while its domains run, which Xen cannot. They keep what they have; what does not count
 * under the new one is said. Refused, unless one insists, where some would get no time at all. `pool` has the cpus
 * that it will have.
 */
export function planScheduler(
  host: HostDescription,
  state: HostState,
  pool: PoolState,
  request: PoolModify,
): Outcome<SchedulerPlan> {
  const { nodes, params } = request;
  const memory = nodes === undefined ? {} : { nodes };
  const asked = request.scheduler ?? pool.scheduler;
  if (asked === pool.scheduler)
    return done({ steps: [], notes: [], left: { ...memory, ...(params && { params }) } });
  const offered = offeredScheduler(host, asked);
  if (!offered.ok) return offered;
  const scheduler = offered.value;
  if (!host.changesScheduler) return refuse({ code: 'scheduler-fixed', pool: pool.name, scheduler });

  const kept = firstParams(host, state, pool, scheduler);
  const after = paramsAfter(host, state, scheduler, kept, params);
  if (!after.ok) return after;
  const ground = { ...pool, scheduler, params: after.value };
  const members = membersOf(state, pool.name);
  const refused = request.force ? null : checkTime(ground, members);
  if (refused) return refused;
  return done({
    steps: [setPoolScheduler(pool, scheduler, after.value)],
    notes: [...lostParams(pool, scheduler), ...fitNotes(ground, members, members)],
    left: memory,
  });
}

/** Whether the pool has the scheduler that the request is about. */
export function checkUnder(pool: PoolState, under: SchedulerName | undefined): Refused | null {
  if (under === undefined || under === pool.scheduler) return null;
  return refuse({ code: 'other-scheduler', pool: pool.name, scheduler: pool.scheduler, expected: under });
}

/** What the pool begins with under another scheduler. */
function firstParams(
  host: HostDescription,
  state: HostState,
  pool: PoolState,
  scheduler: SchedulerName,
): SchedulerParams {
  const params = paramsUnder(host, scheduler, pool.params);
  if (scheduler !== 'arinc653' || pool.name !== POOL0) return params;
  return { ...params, schedule: domain0Schedule(state) };
}

/** Xen gives each vcpu of the control domain a slot of 10 ms without being asked. */
const DOMAIN0_SLOT_US = (10 * NS_PER_MS) / NS_PER_US;

function domain0Schedule(state: HostState): SchedulerParams['schedule'] & object {
  const vcpus = state.domains.find(({ id }) => id === DOMAIN0)?.vcpus ?? 0;
  const slots = Array.from({ length: vcpus }, (_, vcpu) => ({
    domain: DOMAIN0,
    vcpu,
    runUs: DOMAIN0_SLOT_US,
  }));
  return { frameUs: Math.max(1, vcpus) * DOMAIN0_SLOT_US, slots };
}

function checkTime(ground: Ground, members: readonly DomainState[]): Refused | null {
  const idle = withoutTime(ground, members);
  if (idle.length === 0) return null;
  const { name, scheduler, cpus } = ground;
  const vcpus = members.reduce((sum, domain) => sum + domain.vcpus, 0);
  const names = idle.map((domain) => domain.name).join(', ');
  const why =
    scheduler === 'null'
      ? `it has ${vcpus} vcpus and ${cpus.length} cpus, and each vcpu without a cpu of its own would get nothing`
      : `without a slot in its schedule, ${names} would get nothing`;
  return refuse({
    code: 'vcpus-without-time',
    pool: name,
    scheduler,
    domains: idle.map(({ id }) => id),
    why,
  });
}

function lostParams(pool: PoolState, scheduler: SchedulerName): string[] {
  const lost = paramsLost(scheduler, pool.params);
  return lost.length === 0
    ? []
    : [`${pool.name} loses ${lost.join(' and ')}: ${scheduler} has no such thing`];
}
