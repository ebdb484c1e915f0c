import type { SchedulerName } from '../../../interface/index.ts';
import { RTDS } from './deadline.ts';
import { CREDIT, CREDIT2 } from './fair.ts';
import { NULL } from './isolated.ts';
import type { PoolScheduler } from './scheduler.ts';

/** What stands for which; arinc653, a table of who runs when, has nothing in the kernel that comes near. */
const ALL = { credit: CREDIT, credit2: CREDIT2, rtds: RTDS, null: NULL } as const satisfies Partial<
  Record<SchedulerName, PoolScheduler>
>;
type Offered = keyof typeof ALL;

export const OFFERED = Object.keys(ALL) as readonly Offered[];

export const FIDELITY = Object.fromEntries(OFFERED.map((name) => [name, ALL[name].fidelity]));

/** A pool that somebody recorded under a scheduler which is not offered any more runs as the usual one. */
export const schedulerOf = (name: SchedulerName): PoolScheduler =>
  Object.hasOwn(ALL, name) ? ALL[name as Offered] : CREDIT;
