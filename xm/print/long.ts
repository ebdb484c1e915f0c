import { formatCpuList } from '../../interface/cpu-list.ts';
import type { Affinity } from '../../interface/host.ts';
import { reservationInWords } from '../../interface/steps.ts';
import type { DomainView, PoolView } from '../../interface/views.ts';
import { percent, seconds } from './numbers.ts';
import { fidelityText, paramsText } from './params.ts';
import { bold } from './style.ts';
import { fields } from './table.ts';

/** Everything known of each pool, a block each. */
export function longPools(pools: readonly PoolView[], color: boolean): string {
  return pools.map((pool) => `${bold(pool.name, color)}\n${fields(poolFields(pool), '  ')}`).join('\n');
}

/** Everything known of each domain, a block each. */
export function longDomains(domains: readonly DomainView[], color: boolean): string {
  return domains
    .map((domain) => `${bold(domain.name, color)}\n${fields(domainFields(domain), '  ')}`)
    .join('\n');
}

function poolFields(pool: PoolView): [string, string][] {
  const { memory } = pool;
  const from = memory.nodes.length === 0 ? 'any node' : `node ${formatCpuList(memory.nodes)}`;
  return [
    ['cpus', pool.cpuList || '-'],
    ['scheduler', `${pool.scheduler} ${paramsText(pool.params)}`.trim()],
    ['fidelity', fidelityText(pool.fidelity)],
    ...weightRow(pool),
    ['domains', pool.domains.join(',') || '-'],
    ['state', pool.state],
    ['memory', memory.tied ? `from ${from} only` : `from ${from} first`],
    ...memory.perNode.map(({ node, usedMib, freeMib, totalMib }): [string, string] => [
      `node ${node}`,
      `${usedMib} MiB used here, ${freeMib} of ${totalMib} MiB free`,
    ]),
  ];
}

/** Only where it is worth a word. */
const weightRow = ({ weightErrorPercent = 0 }: PoolView): [string, string][] =>
  weightErrorPercent < 0.05
    ? []
    : [['weights', `rounded: shares are up to ${percent(weightErrorPercent)} off`]];

function domainFields(domain: DomainView): [string, string][] {
  const memory = domain.memory.map(({ node, mib }) => `${mib} MiB on node ${node}`).join(', ');
  return [
    ['id', `${domain.id}`],
    ['pool', domain.pool],
    ['state', domain.state],
    ['vcpus', `${domain.vcpus}`],
    ['affinity', affinityText(domain.vcpuList)],
    ['weight', `${domain.weight}`],
    ['cap', domain.cap === 0 ? 'none' : `${domain.cap}%`],
    ...(domain.reservations === undefined
      ? []
      : [['reserved', domain.reservations.map(reservationInWords).join('; ')] as [string, string]]),
    ['memory', memory || '-'],
    ['time', `${seconds(domain.cpuSeconds)} s`],
    ['share', measured(domain)],
    ...waiting(domain),
    ['entitled', `${percent(domain.entitledPercent)} of a cpu`],
    ...whatItIs(domain),
    ['not used', Object.keys(domain.otherKeys ?? {}).join(', ') || '-'],
  ];
}

function whatItIs({ exec, guest, workload }: DomainView): [string, string][] {
  if (exec !== undefined) return [['command', commandText(exec)]];
  if (guest === undefined) return [['workload', workloadText(workload)]];
  const { kernel, cmdline, disks } = guest;
  return [
    ['kernel', kernel === undefined ? 'from its disks' : [kernel, cmdline].filter(Boolean).join(' ')],
    ...disks.map(({ vdev, path, format, isReadOnly }): [string, string] => [
      `disk ${vdev}`,
      path === null ? 'empty' : `${path}, ${format}${isReadOnly ? ', read-only' : ''}`,
    ]),
  ];
}

/** Where the host measures it. */
function waiting({ throttledPercent, pressurePercent }: DomainView): [string, string][] {
  const rows: [string, string][] = [];
  if (throttledPercent !== undefined)
    rows.push(['throttled', `${percent(throttledPercent)} of a cpu, by its cap`]);
  if (pressurePercent !== undefined)
    rows.push(['pressure', `something waited for a cpu ${percent(pressurePercent)} of the last 10 s`]);
  return rows;
}

const measured = (domain: DomainView) =>
  domain.sharePercent === null
    ? 'not measured yet'
    : `${percent(domain.sharePercent)} of a cpu in the last ${seconds(domain.shareWindowS ?? 0)} s`;

/** One pair when all these vcpus agree, else one each. */
export function affinityText(vcpus: readonly Affinity[]): string {
  const word = (cpus: readonly number[] | null) => (cpus === null ? 'all' : formatCpuList(cpus));
  const pairs = vcpus.map(({ hard, soft }) => `hard ${word(hard)}, soft ${word(soft)}`);
  return new Set(pairs).size <= 1
    ? (pairs[0] ?? '-')
    : pairs.map((pair, at) => `vcpu ${at}: ${pair}`).join('; ');
}

/** As one could type it: words in quotes where a shell would take them for more than a word. */
const commandText = (exec: readonly string[]) =>
  exec.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');

function workloadText({ kind, ...numbers }: DomainView['workload']): string {
  const words = Object.entries(numbers).map(([name, value]) => `${name}=${value}`);
  return [kind, ...words].join(' ');
}
