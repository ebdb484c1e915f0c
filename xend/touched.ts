import {
  type ChangeRequest,
  type DomainId,
  type HostState,
  type PlannedStep,
  POOL0,
  type Step,
} from '../interface/index.ts';
import { domainOf } from './carry-out.ts';
import { findDomain } from './planning/occupancy.ts';

/** What a change concerns. */
export interface Touched {
  /** Pools that are not what they were: their cpus, settings or members. */
  readonly pools: ReadonlySet<string>;
  /** These, and those in which a domain has other claims now. */
  readonly neighbours: ReadonlySet<string>;
  readonly domains: ReadonlySet<DomainId>;
}

export function touchedBy(steps: readonly PlannedStep[], before: HostState): Touched {
  const pools = new Set<string>();
  const domains = new Set<DomainId>();
  // A step and its undo name both sides: where a cpu or a domain comes from, and where it goes.
  for (const step of steps.flatMap((planned) => [planned.step, planned.undo])) {
    for (const pool of poolsOf(step)) pools.add(pool);
    const id = domainIdOf(step);
    if (id !== null) domains.add(id);
  }
  const homes = [...domains].flatMap((id) => domainOf(before, id)?.pool ?? []);
  return { pools, neighbours: new Set([...pools, ...homes]), domains };
}

/** The one pool or domain that a request is about, under the name it has afterwards. */
export function subjectOf(
  request: ChangeRequest,
  steps: readonly PlannedStep[],
  before: HostState,
): { readonly pool: string } | { readonly domain: DomainId } | null {
  switch (request.kind) {
    case 'pool-create':
      return { pool: request.name };
    case 'pool-modify':
      return { pool: request.name ?? request.pool };
    case 'domain-create':
      return { domain: domainIdOf(steps[0]!.step)! };
    case 'domain-modify': {
      const found = findDomain(before, request.domain);
      return found.ok ? { domain: found.value.id } : null;
    }
    default:
      return null;
  }
}

function poolsOf(step: Step): string[] {
  switch (step.do) {
    case 'renamePool':
      return [step.pool, step.to];
    case 'createPool':
    case 'destroyPool':
    case 'setPoolNodes':
    case 'setPoolParams':
    case 'setPoolScheduler':
      return [step.pool];
    case 'moveCpu':
    case 'moveDomain':
      return [step.to];
    case 'createDomain':
      return [step.spec.pool];
    case 'setCpuOnline':
      return [POOL0];
    default:
      return [];
  }
}

function domainIdOf(step: Step): DomainId | null {
  if (step.do === 'createDomain') return step.spec.id;
  return 'domain' in step ? step.domain : null;
}
