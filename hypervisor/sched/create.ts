import { SCHEDULERS, type SchedulerName } from '../../interface/words.ts';
import type { Pool } from '../pool.ts';
import { Arinc653 } from './arinc653.ts';
import { Credit } from './credit.ts';
import { Credit2 } from './credit2.ts';
import { Null } from './null.ts';
import { Rtds } from './rtds.ts';
import type { Scheduler } from './scheduler.ts';

/** The schedulers of this hypervisor, each in its own file: all that the field knows. */
export const OFFERED: readonly SchedulerName[] = SCHEDULERS;

export function createScheduler(name: SchedulerName, pool: Pool): Scheduler {
  switch (name) {
    case 'credit':
      return new Credit(pool);
    case 'credit2':
      return new Credit2(pool);
    case 'rtds':
      return new Rtds(pool);
    case 'arinc653':
      return new Arinc653(pool);
    case 'null':
      return new Null(pool);
  }
}
