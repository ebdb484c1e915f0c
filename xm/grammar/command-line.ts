import { formatCpuList } from '../../interface/cpu-list.ts';
import type {
  CpuRequest,
  DomainModify,
  ParamsRequest,
  Pin,
  PoolCreate,
  PoolModify,
} from '../../interface/requests.ts';
import { DEFAULT_SCHEDULER } from '../../interface/words.ts';

/** The changes that advice consists of. */
export type Advised = PoolCreate | PoolModify | DomainModify;

/**
 * The words that a person types for a change, after `xm`: `pool-create pool1 cpu=4-5`. The way back from
 * `parseChange`, as far as advice goes: pools with their cpus and settings, moves, and pins.
 */
export function commandLine(change: Advised): string {
  switch (change.kind) {
    case 'pool-create':
      return poolCreateLine(change);
    case 'pool-modify':
      return ['pool-modify', change.pool, ...cpuWords(change.cpus)].join(' ');
    case 'domain-modify':
      return change.pin === undefined
        ? `pool-migrate ${change.domain} ${change.pool}`
        : `vcpu-pin ${change.domain} ${pinWords(change.pin)}`;
  }
}

function poolCreateLine({ name, cpus, scheduler, nodes, params }: PoolCreate): string {
  return [
    'pool-create',
    name,
    ...cpuWords(cpus),
    ...(scheduler === undefined || scheduler === DEFAULT_SCHEDULER ? [] : [`sched=${scheduler}`]),
    ...(nodes === undefined ? [] : [`node=${formatCpuList(nodes)}`]),
    ...paramWords(params),
  ].join(' ');
}

function cpuWords(cpus: CpuRequest | undefined): string[] {
  if (cpus === undefined) return [];
  return ['count' in cpus ? `ncpu=${cpus.count}` : `cpu=${formatCpuList(cpus.list)}`];
}

const KEYS = [
  ['tslice_ms', 'timesliceMs'],
  ['ratelimit_us', 'ratelimitUs'],
  ['migration_delay_us', 'migrationDelayUs'],
] as const;

const paramWords = (params: ParamsRequest = {}) =>
  KEYS.filter(([, name]) => params[name] !== undefined).map(([key, name]) => `${key}=${params[name]}`);

function pinWords({ vcpu, hard, soft }: Pin): string {
  const words = [hard, soft].map((cpus) =>
    cpus === undefined ? '-' : cpus === null ? 'all' : formatCpuList(cpus),
  );
  return [vcpu, ...(soft === undefined ? words.slice(0, 1) : words)].join(' ');
}
