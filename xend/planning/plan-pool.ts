import {
  checkName,
  DEFAULT_SCHEDULER,
  done,
  formatCpuList,
  type HostDescription,
  type HostState,
  LIMITS,
  type Outcome,
  type ParamsRequest,
  type Plan,
  type PlannedStep,
  POOL0,
  type PoolCreate,
  type PoolDestroy,
  type PoolModify,
  type PoolState,
  type Refused,
  refuse,
  type Step,
} from '../../interface/index.ts';
import { widenForLoss } from './affinity.ts';
import { fitNotes } from './fit.ts';
import { findDomain, findPool, membersOf, without } from './occupancy.ts';
import { checkNodes } from './place-memory.ts';
import { checkUnder, planScheduler } from './plan-scheduler.ts';
import {
  createPool,
  destroyPool,
  giveToPool0,
  NOTHING,
  renamePool,
  setPoolNodes,
  setPoolParams,
  takeFromPool0,
} from './planned-steps.ts';
import { type CpuChange, cpuChange } from './pool-cpus.ts';
import { defaultParams, offeredScheduler, paramsAfter, sameParams } from './scheduler-params.ts';

export function planPoolCreate(host: HostDescription, state: HostState, request: PoolCreate): Outcome<Plan> {
  const refused = checkNewName(state, request.name);
  if (refused) return refused;
  if (state.pools.length >= LIMITS.pools) return refuse({ code: 'too-many-pools', limit: LIMITS.pools });
  const scheduler = offeredScheduler(host, request.scheduler ?? DEFAULT_SCHEDULER);
  if (!scheduler.ok) return scheduler;

  const fresh: PoolState = {
    name: request.name,
    scheduler: scheduler.value,
    params: defaultParams(scheduler.value, host),
    cpus: [],
    nodes: null,
  };
  const settings = planSettings(host, state, fresh, request);
  if (!settings.ok) return settings;
  const cpus = cpuChange(host, state, fresh, request.cpus);
  if (!cpus.ok) return cpus;
  const moves = planMoves(state, fresh, cpus.value);
  return done({
    steps: [createPool(fresh.name, fresh.scheduler), ...settings.value, ...moves.steps],
    notes: [...moves.notes, ...idleSlots(state, fresh.name, request.params)],
  });
}

export function planPoolModify(host: HostDescription, state: HostState, request: PoolModify): Outcome<Plan> {
  const found = findPool(state, request.pool);
  if (!found.ok) return found;
  const pool = found.value;
  const refused = checkUnder(pool, request.under) ?? checkRename(state, pool, request.name);
  if (refused) return refused;
  const cpus = request.cpus === undefined ? null : cpuChange(host, state, pool, request.cpus);
  if (cpus !== null && !cpus.ok) return cpus;
  const change = cpus === null ? NO_CHANGE : cpus.value;
  const sized = { ...pool, cpus: [...without(pool.cpus, change.losses), ...change.gains] };
  const scheduler = planScheduler(host, state, sized, request);
  if (!scheduler.ok) return scheduler;
  const settings = planSettings(host, state, pool, scheduler.value.left);
  if (!settings.ok) return settings;

  const moves = cpus === null ? NOTHING : planMoves(state, pool, change);
  return done({
    // The new name comes last: every step before speaks of the old one.
    steps: [...moves.steps, ...scheduler.value.steps, ...settings.value, ...planRename(pool, request.name)],
    notes: [
      ...moves.notes,
      ...(cpus === null ? [] : fitNotes(sized, membersOf(state, pool.name), [])),
      ...scheduler.value.notes,
      ...idleSlots(state, pool.name, request.params),
      ...(hasMemory(state, pool) ? settings.value.flatMap(({ step }) => memoryNotes(host, step)) : []),
    ],
  });
}

export function planPoolDestroy(
  host: HostDescription,
  state: HostState,
  request: PoolDestroy,
): Outcome<Plan> {
  const found = findPool(state, request.pool);
  if (!found.ok) return found;
  const pool = found.value;
  if (pool.name === POOL0) return refuse({ code: 'pool0-stays', what: 'destroyed' });
  const domains = membersOf(state, pool.name).map(({ id }) => id);
  if (domains.length > 0) return refuse({ code: 'pool-has-members', pool: pool.name, domains });

  // A pool is created bare, so it is destroyed bare: only then do the undos bring back the whole of it.
  const plain = defaultParams(pool.scheduler, host);
  return done({
    steps: [
      ...giveToPool0(pool.cpus, pool.name),
      ...(pool.nodes === null ? [] : [setPoolNodes(pool, null)]),
      ...(sameParams(pool.params, plain) ? [] : [setPoolParams(pool, plain)]),
      destroyPool(pool),
    ],
    notes: [],
  });
}

const NO_CHANGE: CpuChange = { gains: [], losses: [] };

/** Cpus come before others go: a pool with members is never without one in between. */
function planMoves(state: HostState, pool: PoolState, { gains, losses }: CpuChange): Plan {
  const pool0 = findPool(state, POOL0);
  const giver =
    gains.length > 0 && pool0.ok
      ? widenForLoss(state, pool0.value, without(pool0.value.cpus, gains))
      : NOTHING;
  const loser =
    losses.length > 0 ? widenForLoss(state, pool, without([...pool.cpus, ...gains], losses)) : NOTHING;
  return {
    steps: [
      ...giver.steps,
      ...takeFromPool0(gains, pool.name),
      ...loser.steps,
      ...giveToPool0(losses, pool.name),
    ],
    notes: [...giver.notes, ...loser.notes],
  };
}

function planSettings(
  host: HostDescription,
  state: HostState,
  pool: PoolState,
  asked: Pick<PoolModify, 'nodes' | 'params'>,
): Outcome<PlannedStep[]> {
  const steps: PlannedStep[] = [];
  if (asked.nodes !== undefined) {
    const nodes = asked.nodes === null ? done(null) : checkNodes(host.topology, asked.nodes);
    if (!nodes.ok) return nodes;
    if (String(nodes.value) !== String(pool.nodes)) steps.push(setPoolNodes(pool, nodes.value));
  }
  const params = paramsAfter(host, state, pool.scheduler, pool.params, asked.params);
  if (!params.ok) return params;
  if (!sameParams(params.value, pool.params)) steps.push(setPoolParams(pool, params.value));
  return done(steps);
}

function checkNewName(state: HostState, name: string): Refused | null {
  const checked = checkName('pool', name);
  if (!checked.ok) return checked;
  return findPool(state, name).ok ? refuse({ code: 'pool-exists', pool: name }) : null;
}

function checkRename(state: HostState, pool: PoolState, name = pool.name): Refused | null {
  if (name === pool.name) return null;
  return pool.name === POOL0 ? refuse({ code: 'pool0-stays', what: 'renamed' }) : checkNewName(state, name);
}

const planRename = (pool: PoolState, name = pool.name) =>
  name === pool.name ? [] : [renamePool(pool.name, name)];

/** Slots of the schedule asked for whose domains are in another pool. */
function idleSlots(state: HostState, pool: string, params: ParamsRequest = {}): string[] {
  const strangers = new Set<string>();
  for (const { domain } of params.schedule?.slots ?? []) {
    const found = findDomain(state, domain);
    if (found.ok && found.value.pool !== pool) strangers.add(found.value.name);
  }
  return [...strangers].map((name) => `${name} is not in ${pool}: its slots idle until it is`);
}

/** What a step means for memory that is there already. */
function memoryNotes({ movesMemory }: HostDescription, step: Step): string[] {
  if (step.do !== 'setPoolNodes') return [];
  const memory = `memory that domains of ${step.pool} already have`;
  return movesMemory && step.nodes !== null
    ? [`${memory} moves to node ${formatCpuList(step.nodes)}, which may take its time`]
    : [`${memory} stays where it is`];
}

const hasMemory = (state: HostState, pool: PoolState) =>
  membersOf(state, pool.name).some(({ memory }) => memory.length > 0);
