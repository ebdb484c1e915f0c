import type {
  ChangeRequest,
  DomainId,
  HostDescription,
  HostState,
  Outcome,
  Plan,
} from '../../interface/index.ts';
import { admitted } from './admit.ts';
import { planCpuModify } from './plan-cpu.ts';
import {
  planDomainCreate,
  planDomainDestroy,
  planDomainModify,
  planDomainRelease,
  planDomainShutdown,
} from './plan-domain.ts';
import { planPoolCreate, planPoolDestroy, planPoolModify } from './plan-pool.ts';

/** What the state does not show and a plan needs. */
export interface PlanHints {
  /** An id that no domain has ever had. Without it: one above those present. */
  readonly nextDomainId: number;
}

/**
 * What a change comes to on this host in this state: steps in an order that keeps the law of pools after each of them,
 * with their undos; or the refusal. Nothing to do is a plan without steps. Decides everything, does nothing.
 */
export function plan(
  host: HostDescription,
  state: HostState,
  request: ChangeRequest,
  hints?: PlanHints,
): Outcome<Plan> {
  const planned = planRequest(host, state, request, hints);
  return planned.ok ? admitted(host, state, planned.value) : planned;
}

function planRequest(
  host: HostDescription,
  state: HostState,
  request: ChangeRequest,
  hints?: PlanHints,
): Outcome<Plan> {
  switch (request.kind) {
    case 'pool-create':
      return planPoolCreate(host, state, request);
    case 'pool-modify':
      return planPoolModify(host, state, request);
    case 'pool-destroy':
      return planPoolDestroy(host, state, request);
    case 'domain-create':
      return planDomainCreate(host, state, request, (hints?.nextDomainId ?? idAbove(state)) as DomainId);
    case 'domain-modify':
      return planDomainModify(host, state, request);
    case 'domain-destroy':
      return planDomainDestroy(state, request);
    case 'domain-release':
      return planDomainRelease(state, request);
    case 'domain-shutdown':
      return planDomainShutdown(state, request);
    case 'cpu-modify':
      return planCpuModify(host, state, request);
  }
}

const idAbove = (state: HostState) => 1 + state.domains.reduce((highest, { id }) => Math.max(highest, id), 0);
