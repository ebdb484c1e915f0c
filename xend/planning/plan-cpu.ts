import {
  BOOT_CPU,
  type Cpu,
  type CpuModify,
  done,
  type HostDescription,
  type HostState,
  type Outcome,
  type Plan,
  POOL0,
  type PoolState,
  refuse,
} from '../../interface/index.ts';
import { widenForLoss } from './affinity.ts';
import { checkCpusKnown } from './bounds.ts';
import { membersOf, ownersOf, without } from './occupancy.ts';
import { moveCpu, NOTHING, setCpuOnline } from './planned-steps.ts';

export function planCpuModify(host: HostDescription, state: HostState, request: CpuModify): Outcome<Plan> {
  const refused = checkCpusKnown(host.topology, [request.cpu]);
  if (refused) return refused;
  const cpu = request.cpu as Cpu;
  const pool = ownersOf(state)[cpu];
  if ((pool !== undefined) === request.online) return done(NOTHING);
  if (pool === undefined) return done({ steps: [setCpuOnline(cpu, true)], notes: [] });
  return cpu === BOOT_CPU ? refuse({ code: 'boot-cpu-stays' }) : planOffline(state, pool, cpu);
}

/** Through pool0, where a cpu that comes online joins: so the way back is the same way. */
function planOffline(state: HostState, pool: PoolState, cpu: Cpu): Outcome<Plan> {
  const remaining = without(pool.cpus, [cpu]);
  const domains = membersOf(state, pool.name).map(({ id }) => id);
  if (remaining.length === 0 && domains.length > 0)
    return refuse({ code: 'pool-would-starve', pool: pool.name, domains });
  const widened = widenForLoss(state, pool, remaining);
  const offline = setCpuOnline(cpu, false);
  if (pool.name === POOL0) return done({ ...widened, steps: [...widened.steps, offline] });
  return done({
    steps: [...widened.steps, moveCpu(cpu, pool.name, POOL0), offline],
    notes: [
      ...widened.notes,
      `cpu ${cpu} leaves ${pool.name}; when it is online again it will be in ${POOL0}`,
    ],
  });
}
