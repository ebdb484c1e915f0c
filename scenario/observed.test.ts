import { expect, test } from 'vitest';
import {
  type Cpu,
  type DomainId,
  type DomainView,
  type HostView,
  type NodeId,
  type PoolView,
  regularTopology,
  type VcpuView,
} from '../interface/index.ts';
import { observed } from './observed.ts';

function hostView(driver: string): HostView {
  return {
    driver,
    version: '',
    xendVersion: '0',
    uri: `${driver}:`,
    cpus: 4,
    onlineCpus: [0, 1, 2] as Cpu[],
    topology: regularTopology({ cpus: 4 }),
    schedulers: ['credit'],
    fidelity: {},
    memory: [],
    pools: 1,
    domains: 1,
    problems: [],
    details: [],
  };
}

function poolView(name: string, tied: boolean): PoolView {
  return {
    name,
    cpus: [0, 1, 2] as Cpu[],
    cpuList: '0-2',
    scheduler: 'credit',
    fidelity: { how: 'exact', why: '' },
    params: { timesliceMs: 5 },
    domains: [],
    memory: { tied, nodes: [0 as NodeId], perNode: [] },
    state: 'healthy',
    generation: 1,
  };
}

/** A domain with a vcpu for each of these: where it ran last, and what it got there. */
function domainView(
  name: string,
  vcpus: readonly [cpu: number, percent: number][],
  more: Partial<DomainView>,
) {
  const share = vcpus.reduce((sum, [, percent]) => sum + percent, 0);
  return {
    id: name.charCodeAt(0) as DomainId,
    name,
    pool: 'pool0',
    state: 'running',
    vcpus: vcpus.length,
    weight: 256,
    cap: 0,
    memoryMib: 0,
    memory: [],
    paused: false,
    cpuSeconds: 1,
    sharePercent: share,
    shareWindowS: 10,
    entitledPercent: share,
    workload: { kind: 'io', runMs: 1, sleepMs: 1, jitterPercent: 0 },
    vcpuList: vcpus.map(([cpu, percent], vcpu) => ({
      ...({ vcpu, cpu: cpu as Cpu, state: 'running', cpuSeconds: 1 } satisfies Partial<VcpuView>),
      ...{ sharePercent: percent, hard: [cpu as Cpu], soft: null },
    })),
    ...more,
  } satisfies DomainView as DomainView;
}

const workloads = (driver: string, ...domains: DomainView[]) =>
  observed({ host: hostView(driver), pools: [poolView('pool0', false)], domains }).state.domains.map(
    ({ workload }) => workload,
  );

test('an embedded host says what its domains do', () => {
  const domain = domainView('A', [[1, 30]], {});
  expect(workloads('embedded', domain)).toEqual([domain.workload]);
  expect(observed({ host: hostView('embedded'), pools: [], domains: [domain] }).notes).toEqual([]);
});

test('elsewhere who gets its part of a busy cpu may want more', () => {
  const crowd = [domainView('A', [[1, 50]], { entitledPercent: 66.7 }), domainView('B', [[1, 50]], {})];
  expect(workloads('linux', ...crowd)).toEqual([{ kind: 'cpu' }, { kind: 'cpu' }]);
});

test('who leaves its part to others, or its cpu idle, wants what it got', () => {
  const modest = domainView('A', [[1, 10]], { entitledPercent: 66.7 });
  const idle = domainView('C', [[2, 0]], {});
  const alone = domainView('D', [[0, 25]], { entitledPercent: 100 });
  expect(workloads('linux', modest, domainView('B', [[1, 90]], {}), idle, alone)).toEqual([
    { kind: 'periodic', runMs: 2, periodMs: 20 },
    { kind: 'cpu' },
    { kind: 'idle' },
    { kind: 'periodic', runMs: 5, periodMs: 20 },
  ]);
});

test('what has not been measured yet is taken to want all', () => {
  expect(workloads('xen', domainView('A', [[1, 0]], { sharePercent: null }))).toEqual([{ kind: 'cpu' }]);
});

test('the rest is as it is shown, and what was assumed is said', () => {
  const domain = domainView(
    'A',
    [
      [1, 0],
      [2, 0],
    ],
    { state: 'paused', weight: 512, cap: 50 },
  );
  const stranger = domainView('B', [[1, 0]], { pool: 'just-made' });
  const { state, notes } = observed({
    host: hostView('linux'),
    pools: [poolView('pool0', false), poolView('tied', true)],
    domains: [domain, stranger],
  });
  expect(state.online).toEqual([0, 1, 2]);
  expect(state.pools).toMatchObject([
    { name: 'pool0', params: { timesliceMs: 5 }, nodes: null },
    { name: 'tied', nodes: [0] },
  ]);
  expect(state.domains).toMatchObject([
    {
      name: 'A',
      paused: true,
      scheduling: { weight: 512, cap: 50, affinity: [{ hard: [1] }, { hard: [2] }] },
    },
  ]);
  expect(notes).toEqual([expect.stringContaining('taken from what they got: 0 of 1 take all')]);
});
