import {
  done,
  type HostDescription,
  LIMITS,
  NS_PER_MS,
  NS_PER_US,
  type Outcome,
  type Refused,
  refuse,
  type SchedulerName,
  type SchedulerParams,
} from '../../interface/index.ts';
import { checkWhole } from './bounds.ts';

type Param = keyof SchedulerParams;

/** Which parameters of a pool each scheduler has, as in Xen: the others ignore or lack them. */
const PARAMS: Readonly<Record<SchedulerName, readonly Param[]>> = {
  credit: ['timesliceMs', 'ratelimitUs', 'migrationDelayUs'],
  credit2: ['ratelimitUs'],
  rtds: [],
  arinc653: [],
  null: [],
};

/** What a pool has from its creation on. */
export const defaultParams = (scheduler: SchedulerName): SchedulerParams =>
  Object.fromEntries(PARAMS[scheduler].map((param) => [param, LIMITS[param].default]));

/** The scheduler by this name, if the host has it. */
export function offeredScheduler(host: HostDescription, name: string): Outcome<SchedulerName> {
  const found = host.schedulers.find((scheduler) => scheduler === name);
  return found === undefined
    ? refuse({ code: 'unknown-scheduler', scheduler: name, offered: host.schedulers })
    : done(found);
}

/** All parameters of a pool when those asked for have been changed; the rest stays. */
export function paramsAfter(
  scheduler: SchedulerName,
  present: SchedulerParams,
  asked: SchedulerParams = {},
): Outcome<SchedulerParams> {
  for (const [parameter, value] of Object.entries(asked)) {
    const refused = checkParam(scheduler, parameter, value);
    if (refused) return refused;
  }
  const after = { ...present, ...asked };
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

export const sameParams = (a: SchedulerParams, b: SchedulerParams): boolean =>
  PARAMS.credit.every((param) => a[param] === b[param]);

function checkParam(scheduler: SchedulerName, parameter: string, value: number): Refused | null {
  const param = PARAMS[scheduler].find((known) => known === parameter);
  if (param === undefined)
    return refuse({ code: 'unknown-parameter', parameter, scheduler, known: PARAMS[scheduler] });
  if (param === 'ratelimitUs' && value === 0) return null; // switches it off
  return checkWhole(param, value, LIMITS[param].min, LIMITS[param].max);
}
