import {
  BOOT_CPU,
  type Cpu,
  type CpuRequest,
  done,
  type HostDescription,
  type HostState,
  type Outcome,
  POOL0,
  type PoolState,
  type Refused,
  refuse,
} from '../../interface/index.ts';
import { checkCpusKnown } from './bounds.ts';
import { chooseCpus } from './choose-cpus.ts';
import { findPool, membersOf, ownersOf, without } from './occupancy.ts';

/** What a request for cpus comes to: those pool0 gives to the pool, and those it gets back. */
export interface CpuChange {
  readonly gains: readonly Cpu[];
  readonly losses: readonly Cpu[];
}

const NONE: CpuChange = { gains: [], losses: [] };

/** `pool` as it is now; for one to be created, without cpus. */
export function cpuChange(
  host: HostDescription,
  state: HostState,
  pool: PoolState,
  request: CpuRequest,
): Outcome<CpuChange> {
  return 'count' in request
    ? byCount(host, state, pool, request.count)
    : byList(host, state, pool, request.list);
}

function byCount(
  host: HostDescription,
  state: HostState,
  pool: PoolState,
  count: number,
): Outcome<CpuChange> {
  const { topology } = host;
  const cpus = topology.cpus.length;
  const missing = count - pool.cpus.length;
  if (count === 0) {
    const starved = wouldStarve(state, pool);
    if (starved) return starved;
  }
  if (missing === 0 && count > 0) return done(NONE);
  if (!Number.isInteger(count) || count < 1 || count >= cpus)
    return refuse({ code: 'bad-cpu-count', count: String(count), cpus });
  if (pool.name === POOL0) return refuse({ code: 'pool0-takes-the-rest' });

  const ground = { topology, online: state.online };
  if (missing < 0) {
    const kept = chooseCpus(ground, pool.cpus, [], count);
    return done({ gains: [], losses: without(pool.cpus, kept) });
  }
  const pool0 = findPool(state, POOL0);
  const giver = pool0.ok ? pool0.value.cpus : [];
  const spare = without(giver, [BOOT_CPU]).length;
  if (missing > spare) return refuse({ code: 'too-few-cpus', pool: pool.name, wanted: missing, spare });
  return done({ gains: chooseCpus(ground, giver, pool.cpus, missing), losses: [] });
}

function byList(
  host: HostDescription,
  state: HostState,
  pool: PoolState,
  list: readonly Cpu[],
): Outcome<CpuChange> {
  if (list.length === 0)
    return wouldStarve(state, pool) ?? refuse({ code: 'cpus-unclear', given: 'neither' });
  const refused = checkCpusKnown(host.topology, list) ?? checkOwned(state, pool, list);
  if (refused) return refused;
  const change = { gains: without(list, pool.cpus), losses: without(pool.cpus, list) };
  if (pool.name !== POOL0 || change.losses.length === 0) return done(change);
  return refuse({ code: list.includes(BOOT_CPU) ? 'pool0-takes-the-rest' : 'boot-cpu-stays' });
}

/** Each cpu is online, and the pool's own or pool0's to give: nothing is taken from a named pool (law 8). */
function checkOwned(state: HostState, pool: PoolState, list: readonly Cpu[]): Refused | null {
  const owners = ownersOf(state);
  for (const cpu of list) {
    const owner = owners[cpu];
    if (owner === undefined) return refuse({ code: 'cpu-offline', cpu });
    if (owner.name === pool.name) continue;
    if (cpu === BOOT_CPU) return refuse({ code: 'boot-cpu-stays' });
    if (owner.name !== POOL0) return refuse({ code: 'cpu-owned', cpu, owner: owner.name, pool: pool.name });
  }
  return null;
}

function wouldStarve(state: HostState, pool: PoolState): Refused | null {
  const domains = membersOf(state, pool.name).map(({ id }) => id);
  return domains.length === 0 ? null : refuse({ code: 'pool-would-starve', pool: pool.name, domains });
}
