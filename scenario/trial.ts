import {
  type ChangeRequest,
  DOMAIN0,
  type DomainCreate,
  type DomainState,
  demandPercent,
  done,
  type HostState,
  type Outcome,
  POOL0,
  type PoolCreate,
  type PoolModify,
  type PoolState,
  type Topology,
} from '../interface/index.ts';
import type { DivisionChange } from '../xend/planning/division-changes.ts';
import type { DemandOf } from '../xend/planning/promises.ts';
import { commandLine } from '../xm/grammar/command-line.ts';
import { runScenario } from './run.ts';
import type { Action, PlacedRequest, Scenario } from './scenario.ts';

/** How a pool is tried out. */
export interface TrialSettings {
  /** What is wrong with the pool is said with this name. */
  readonly file: string;
  readonly topology: Topology;
  readonly settleS: number;
  readonly seconds: number;
  readonly seed: number;
}

/** Percent of one cpu by name of the domain. */
export type GivenPercents = ReadonlyMap<string, number>;

/**
 * What the members of one pool get on an embedded host, once these changes are made; without changes, what they get as
 * it is. Pools share nothing, so the other pools are there with their cpus alone.
 */
export async function tryOut(
  { topology, file, settleS, seconds, seed }: TrialSettings,
  state: HostState,
  pool: PoolState,
  changes: readonly DivisionChange[],
): Promise<Outcome<GivenPercents>> {
  // Changes are made under way, when everything has started and settled: then as much again to settle anew.
  const actions = changes.map((request): Action => {
    const words = commandLine(request);
    return { atS: settleS, words, request, field: words, line: 0 };
  });
  const scenario: Scenario = {
    file,
    about: '',
    topology: { ...topology, offline: offlineOf(topology, state) },
    setup: setupOf(state, pool),
    actions,
    settleS,
    seconds: actions.length === 0 ? seconds : settleS + seconds,
    repeats: 1,
    seed,
  };
  const result = await runScenario(scenario);
  if (!result.ok) return result;
  const { domains } = result.value.windows.at(-1)!;
  return done(new Map(Object.entries(domains).map(([name, { sharePercent }]) => [name, sharePercent])));
}

/** What one vcpu of each domain could use: of the control domain nothing, for it is idle on an embedded host. */
export function demandsIn(state: HostState): DemandOf {
  const demands = new Map(state.domains.map(({ id, workload }) => [id, demandPercent(workload)]));
  return (id) => (id === DOMAIN0 ? 0 : demands.get(id)!);
}

function setupOf(state: HostState, pool: PoolState): PlacedRequest[] {
  const others = state.pools.filter(({ name, cpus }) => name !== POOL0 && cpus.length > 0);
  const members = state.domains.filter((domain) => domain.pool === pool.name && domain.id !== DOMAIN0);
  return [
    ...others.map((other) => placed(other.name, createRequest(other, other.name === pool.name))),
    ...(pool.name === POOL0 ? [placed(POOL0, pool0Request(pool))] : []),
    ...members.map((domain) => placed(domain.name, domainRequest(domain))),
  ];
}

const placed = (field: string, request: ChangeRequest): PlacedRequest => ({ request, field, line: 0 });

function createRequest(pool: PoolState, isTried: boolean): PoolCreate {
  const { name, cpus } = pool;
  return { kind: 'pool-create', name, cpus: { list: cpus }, ...(isTried ? settingsOf(pool) : {}) };
}

/** pool0 is there from the start, under the default scheduler. */
const pool0Request = (pool: PoolState): PoolModify => ({
  kind: 'pool-modify',
  pool: POOL0,
  ...settingsOf(pool),
});

function settingsOf({ scheduler, params }: PoolState) {
  const { schedule: _, ...numbers } = params;
  return { scheduler, params: numbers };
}

/** Memory decides nothing here, and must not run short. */
function domainRequest({ name, pool, vcpus, scheduling, paused, workload }: DomainState): DomainCreate {
  const { weight, cap, affinity } = scheduling;
  return {
    kind: 'domain-create',
    ...{ name, pool, vcpus, weight, cap, affinity, paused, workload },
    memoryMib: 1,
  };
}

function offlineOf({ cpus }: Topology, { online }: HostState) {
  const here = new Set(online);
  return cpus.map(({ cpu }) => cpu).filter((cpu) => !here.has(cpu));
}
