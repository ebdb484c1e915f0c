import type { SchedulerName } from '../../interface/words.ts';
import type { Pool } from '../pool.ts';
import { Credit } from './credit.ts';
import type { Scheduler } from './scheduler.ts';

/** The schedulers of this hypervisor, each in its own file. */
export const OFFERED: readonly SchedulerName[] = ['credit'];

export function createScheduler(name: SchedulerName, pool: Pool): Scheduler {
  switch (name) {
    case 'credit':
      return new Credit(pool);
    default:
      throw new Error(`no scheduler ${name} here: whoever asked should have looked at OFFERED`);
  }
}
