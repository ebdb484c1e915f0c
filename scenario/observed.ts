import {
  DOMAIN0,
  type DomainState,
  type DomainView,
  type HostState,
  type HostView,
  ns,
  type PoolState,
  type PoolView,
  type Workload,
} from '../interface/index.ts';

/** A host as a xend shows it. */
export interface ObservedHost {
  readonly host: HostView;
  readonly pools: readonly PoolView[];
  readonly domains: readonly DomainView[];
}

/** The host again as its driver sees it, with a workload for each domain, and what had to be assumed for that. */
export function observed({ host, pools, domains }: ObservedHost): {
  readonly state: HostState;
  readonly notes: readonly string[];
} {
  const known = new Set(pools.map(({ name }) => name));
  const knowsWorkloads = host.driver === 'embedded';
  const state: HostState = {
    nowNs: ns(0),
    online: host.onlineCpus,
    pools: pools.map(poolState),
    // Read after the pools: one may have been moved to a pool that was not there yet.
    domains: domains
      .filter(({ pool }) => known.has(pool))
      .map((domain) => domainState(domain, knowsWorkloads ? domain.workload : assumed(domain, domains))),
    memory: host.memory,
  };
  return { state, notes: knowsWorkloads ? [] : [assumption(state)] };
}

function poolState({ name, scheduler, params, cpus, memory }: PoolView): PoolState {
  return { name, scheduler, params, cpus, nodes: memory.tied ? memory.nodes : null };
}

function domainState(domain: DomainView, workload: Workload): DomainState {
  const { id, name, pool, vcpus, weight, cap, reservations, memory, state, vcpuList } = domain;
  const affinity = Array.from({ length: vcpus }, (_, vcpu) => ({
    hard: vcpuList[vcpu]?.hard ?? null,
    soft: vcpuList[vcpu]?.soft ?? null,
  }));
  const scheduling = { weight, cap, affinity, ...(reservations !== undefined && { reservations }) };
  return { id, name, pool, vcpus, scheduling, memory, paused: state === 'paused', workload };
}

/** A cpu so busy has nothing to give. */
const BUSY_PERCENT = 90;
/** Who gets less than this part of its promise beside others that want more does not want it. */
const WANTING_PART = 1 / 2;
const PERIOD_MS = 20;

/**
 * What a domain does that nobody describes: where its cpus are busy and it gets at least half of what it is promised, it
 * may well want more, and is taken for a hog; else it wants what it got.
 */
function assumed(domain: DomainView, all: readonly DomainView[]): Workload {
  const { sharePercent, entitledPercent, vcpus } = domain;
  if (sharePercent === null) return { kind: 'cpu' };
  if (isCrowded(domain, all) && sharePercent >= WANTING_PART * entitledPercent) return { kind: 'cpu' };
  const each = Math.min(100, sharePercent / vcpus);
  const runMs = Number(((PERIOD_MS * each) / 100).toFixed(3));
  return runMs === 0 ? { kind: 'idle' } : { kind: 'periodic', runMs, periodMs: PERIOD_MS };
}

/** Whether the cpus on which its vcpus ran last are busy with these and others. */
function isCrowded({ vcpuList }: DomainView, all: readonly DomainView[]): boolean {
  const cpus = new Set(vcpuList.map(({ cpu }) => cpu));
  const used = all
    .flatMap((other) => other.vcpuList)
    .filter(({ cpu }) => cpus.has(cpu))
    .reduce((sum, vcpu) => sum + (vcpu.sharePercent ?? 0), 0);
  return used >= BUSY_PERCENT * cpus.size;
}

function assumption({ domains }: HostState): string {
  const guests = domains.filter(({ id }) => id !== DOMAIN0);
  const hogs = guests.filter(({ workload }) => workload.kind === 'cpu');
  return `what domains want is taken from what they got: ${hogs.length} of ${guests.length} take all they can get, the others want no more than they had`;
}
