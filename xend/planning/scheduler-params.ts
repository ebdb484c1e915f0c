import {
  done,
  type HostDescription,
  type HostState,
  LIMITS,
  NO_SLOTS,
  NS_PER_MS,
  NS_PER_US,
  type Outcome,
  type ParamsRequest,
  type Refused,
  refuse,
  SCHEDULERS,
  type SchedulerName,
  type SchedulerParams,
  sameSchedule,
} from '../../interface/index.ts';
import { checkWhole } from './bounds.ts';
import { readSchedule } from './schedule.ts';

const NUMBERS = ['timesliceMs', 'ratelimitUs', 'migrationDelayUs'] as const;
type NumberParam = (typeof NUMBERS)[number];
type Param = keyof SchedulerParams;

/** Which parameters of a pool each scheduler has, as in Xen: the others ignore or lack them. */
const PARAMS: Readonly<Record<SchedulerName, readonly Param[]>> = {
  credit: NUMBERS,
  credit2: ['ratelimitUs'],
  rtds: [],
  arinc653: ['schedule'],
  null: [],
};

/** A host, as far as it has no hand on some of them. */
type ParamsHost = Pick<HostDescription, 'lacksParams'>;
const COMPLETE: ParamsHost = {};

/** What a pool has from its creation on. */
export const defaultParams = (scheduler: SchedulerName, host = COMPLETE): SchedulerParams =>
  Object.fromEntries(
    paramsOf(scheduler, host).map((param) => [
      param,
      param === 'schedule' ? NO_SLOTS : LIMITS[param].default,
    ]),
  );

const paramsOf = (scheduler: SchedulerName, { lacksParams = [] }: ParamsHost): readonly Param[] =>
  PARAMS[scheduler].filter((param) => !lacksParams.includes(param));

/** The scheduler by this name, if the host has it. */
export function offeredScheduler(host: HostDescription, name: string): Outcome<SchedulerName> {
  const found = host.schedulers.find((scheduler) => scheduler === name);
  if (found !== undefined) return done(found);
  const offered = host.schedulers;
  const isKnown = SCHEDULERS.some((scheduler) => scheduler === name);
  return isKnown
    ? refuse({ code: 'simulated-only', scheduler: name, offered })
    : refuse({ code: 'unknown-scheduler', scheduler: name, offered });
}

/** All parameters of a pool when those asked for have been changed; the rest stays. */
export function paramsAfter(
  host: ParamsHost,
  state: HostState,
  scheduler: SchedulerName,
  present: SchedulerParams,
  asked: ParamsRequest = {},
): Outcome<SchedulerParams> {
  for (const [parameter, value] of Object.entries(asked)) {
    const refused = checkParam(paramsOf(scheduler, host), scheduler, parameter, value);
    if (refused) return refused;
  }
  const { schedule: slots, ...numbers } = asked;
  const schedule = slots === undefined ? done(present.schedule) : readSchedule(state, slots);
  if (!schedule.ok) return schedule;
  const after = {
    ...present,
    ...numbers,
    ...(schedule.value !== undefined && { schedule: schedule.value }),
  };
  const { timesliceMs, ratelimitUs } = after;
  // Xen takes an equal pair; its manual says lower.
  if (timesliceMs !== undefined && ratelimitUs !== undefined)
    if (ratelimitUs * NS_PER_US > timesliceMs * NS_PER_MS)
      return refuse({
        code: 'out-of-range',
        what: 'ratelimitUs',
        value: String(ratelimitUs),
        range: `at most the timeslice, which is ${timesliceMs} ms`,
      });
  return done(after);
}

/** What a pool takes along to another scheduler: the parameters that both have. */
export function paramsUnder(
  host: ParamsHost,
  scheduler: SchedulerName,
  present: SchedulerParams,
): SchedulerParams {
  const kept = paramsOf(scheduler, host).filter((param) => present[param] !== undefined);
  const values = Object.fromEntries(kept.map((param) => [param, present[param]]));
  return { ...defaultParams(scheduler, host), ...values };
}

export const sameParams = (a: SchedulerParams, b: SchedulerParams): boolean =>
  NUMBERS.every((param) => a[param] === b[param]) && sameSchedule(a.schedule, b.schedule);

/** In words, what somebody set that the other scheduler lacks: `timesliceMs=5`. */
export function paramsLost(scheduler: SchedulerName, present: SchedulerParams): string[] {
  const set = NUMBERS.filter(
    (param) => present[param] !== undefined && present[param] !== LIMITS[param].default,
  );
  const lost = set.filter((param) => !PARAMS[scheduler].includes(param));
  return [
    ...lost.map((param) => `${param}=${present[param]}`),
    ...(hasSlots(present) && scheduler !== 'arinc653' ? ['its schedule'] : []),
  ];
}

const hasSlots = ({ schedule }: SchedulerParams) => schedule !== undefined && schedule.slots.length > 0;

function checkParam(
  known: readonly Param[],
  scheduler: SchedulerName,
  parameter: string,
  value: unknown,
): Refused | null {
  const param = known.find((one) => one === parameter);
  if (param === undefined) return refuse({ code: 'unknown-parameter', parameter, scheduler, known });
  return param === 'schedule' ? null : checkNumber(param, Number(value));
}

function checkNumber(param: NumberParam, value: number): Refused | null {
  if (param === 'ratelimitUs' && value === 0) return null; // switches it off
  return checkWhole(param, value, LIMITS[param].min, LIMITS[param].max);
}
