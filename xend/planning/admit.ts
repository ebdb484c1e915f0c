import {
  admission,
  DEFAULT_RESERVATION,
  done,
  type HostDescription,
  type HostState,
  type Outcome,
  type Plan,
  type Refused,
  sameCpus,
} from '../../interface/index.ts';
import { applyPlanToModel } from './model.ts';
import { membersOf } from './occupancy.ts';

/**
 * A plan on a host whose schedulers are its kernel's, held to what these can bear: no pool may come out of it with domains
 * that its scheduler would not take. What was so before is nobody's fault now.
 */
export function admitted(host: HostDescription, before: HostState, plan: Plan): Outcome<Plan> {
  const { bounds } = host;
  if (bounds === undefined || plan.steps.length === 0) return done(plan);
  const after = applyPlanToModel(before, plan);
  const notes: string[] = [];
  for (const pool of after.pools) {
    const members = membersOf(after, pool.name);
    const was = before.pools.find(({ name }) => name === pool.name);
    const had = was === undefined ? [] : membersOf(before, was.name);
    const fresh = was?.scheduler === pool.scheduler ? members.filter((one) => !had.includes(one)) : members;
    if (was !== undefined && sameCpus(was.cpus, pool.cpus) && fresh.length === 0) continue;
    const refused: Refused | null = admission(pool, members, bounds);
    if (refused !== null && (was === undefined || admission(was, had, bounds) === null)) return refused;
    if (pool.scheduler === 'rtds' && fresh.some(wantsMore)) notes.push(noExtratime(pool.name));
  }
  return done(notes.length === 0 ? plan : { ...plan, notes: [...plan.notes, ...notes] });
}

const wantsMore = ({ scheduling }: HostState['domains'][number]) =>
  scheduling.affinity.some((_, vcpu) => (scheduling.reservations?.[vcpu] ?? DEFAULT_RESERVATION).extratime);

const noExtratime = (pool: string) =>
  `under rtds this host gives no vcpu more than its budget, also where ${pool} has time to spare: extratime does not count`;
