import {
  type ChangeRequest,
  describeStep,
  type HostState,
  type PoolCreate,
  regularTopology,
  type Topology,
} from '../../interface/index.ts';
import { applyPlanToModel, describeModel, modelOf } from '../planning/model.ts';
import { plan } from '../planning/plan.ts';

/** What the tests of planning ask, and how they look at what came of it. */

/** The proposal's host: ten cpus on one node, 20 GiB. */
export const ten = regularTopology({ cpus: 10 });

/** Requests as they come from outside: plain words and numbers. */
export type Ask = { readonly kind: ChangeRequest['kind'] } & Record<string, unknown>;

export const asked = (topology: Topology, state: HostState, ask: Ask) =>
  plan(describeModel(topology), state, ask as unknown as ChangeRequest);

export function after(topology: Topology, ...asks: Ask[]): HostState {
  let state = modelOf(topology);
  for (const ask of asks) {
    const planned = asked(topology, state, ask);
    if (!planned.ok) throw new Error(`${JSON.stringify(ask)}: ${planned.refusal.code}`);
    state = applyPlanToModel(state, planned.value);
  }
  return state;
}

/** The steps and notes of one more request, in words. */
export function words(topology: Topology, state: HostState, ask: Ask): string[] {
  const planned = asked(topology, state, ask);
  if (!planned.ok) throw new Error(planned.refusal.code);
  return [...planned.value.steps.map(({ step }) => describeStep(step)), ...planned.value.notes];
}

export const create = (name: string, cpus: PoolCreate['cpus'] | object, more = {}): Ask => ({
  kind: 'pool-create',
  name,
  cpus,
  ...more,
});
export const modify = (pool: string, change: object): Ask => ({ kind: 'pool-modify', pool, ...change });
export const domain = (name: string, more = {}): Ask => ({ kind: 'domain-create', name, ...more });
export const change = (name: string, more: object): Ask => ({ kind: 'domain-modify', domain: name, ...more });
