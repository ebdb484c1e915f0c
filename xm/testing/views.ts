import { formatCpuList } from '../../interface/cpu-list.ts';
import { regularTopology } from '../../interface/topology.ts';
import type { ChangeView, DomainView, HostView, PoolView } from '../../interface/views.ts';
import { cpu, domainId, node } from '../../interface/words.ts';

/** The proposal's host of ten cpus, as it stands in its example of `xm pool-list`. */
export const PROPOSAL_POOLS: readonly PoolView[] = [
  pool('pool0', [0, 2, 4], [0]),
  pool('pool1', [6, 7, 8, 9], [1, 7]),
  pool('pool2', [1, 3, 5], [2, 3]),
];

export function pool(name: string, cpus: readonly number[], domains: readonly number[]): PoolView {
  return {
    name,
    cpus: cpus.map(cpu),
    cpuList: formatCpuList(cpus),
    scheduler: 'credit',
    fidelity: { how: 'close', why: 'weights and caps count' },
    params: { timesliceMs: 30, ratelimitUs: 1000, migrationDelayUs: 0 },
    domains: domains.map(domainId),
    memory: {
      tied: false,
      nodes: [node(0)],
      perNode: [{ node: node(0), totalMib: 20480, freeMib: 19456, usedMib: 1024 }],
    },
    state: 'healthy',
    generation: 3,
  };
}

export function domain(id: number, name: string, more: Partial<DomainView> = {}): DomainView {
  return {
    id: domainId(id),
    name,
    pool: 'pool1',
    state: 'running',
    vcpus: 1,
    weight: 256,
    cap: 0,
    memoryMib: 512,
    memory: [{ node: node(0), mib: 512 }],
    paused: false,
    cpuSeconds: 12.34,
    sharePercent: 66.66,
    shareWindowS: 10,
    entitledPercent: 66.67,
    workload: { kind: 'cpu' },
    vcpuList: [
      {
        vcpu: 0 as never,
        cpu: cpu(6),
        state: 'running',
        cpuSeconds: 12.34,
        sharePercent: 66.66,
        hard: null,
        soft: [cpu(6), cpu(7)],
      },
    ].map((vcpu) => ({ ...vcpu, state: 'running' as const })),
    ...more,
  };
}

export const DOMAIN0 = domain(0, 'Domain-0', {
  pool: 'pool0',
  state: 'blocked',
  memoryMib: 1024,
  cpuSeconds: 0,
  sharePercent: null,
  shareWindowS: null,
  entitledPercent: 0,
  workload: { kind: 'idle' },
});

export const HOST: HostView = {
  driver: 'embedded',
  version: 'embedded hypervisor',
  xendVersion: '0.1.0',
  uri: 'embedded:',
  cpus: 10,
  onlineCpus: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(cpu),
  topology: regularTopology({ cpus: 10 }),
  schedulers: ['credit'],
  fidelity: { credit: { how: 'close', why: 'weights and caps count' } },
  details: [],
  memory: [{ node: node(0), totalMib: 20480, freeMib: 19456 }],
  pools: 3,
  domains: 5,
  problems: [],
};

export function changed(more: Partial<ChangeView> = {}): ChangeView {
  return {
    dryRun: false,
    changed: true,
    steps: ['create pool pool1 with scheduler credit'],
    notes: [],
    ...more,
  };
}
