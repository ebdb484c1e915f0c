import type { DomainView, PoolUsage, PoolView } from '../interface/index.ts';
import type { Xend } from './xend.ts';

export const METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [Labels, number];

/** The figures of the host and of xend itself as an OpenMetrics page. */
export async function renderMetrics(xend: Xend): Promise<string> {
  const [pools, figures] = await Promise.all([xend.observer.pools(), xend.observer.figures()]);
  const { domains } = figures;
  return [
    ...poolMetrics(pools, figures.pools),
    ...domainMetrics(domains),
    ...xendMetrics(xend),
    '# EOF\n',
  ].join('');
}

function poolMetrics(pools: readonly PoolView[], usages: readonly PoolUsage[]): string[] {
  const eachPool = (value: (pool: PoolView) => number) =>
    pools.map((pool): Sample => [{ pool: pool.name }, value(pool)]);
  const used = pools.flatMap(({ name, memory }) =>
    memory.perNode.map((row): Sample => [{ pool: name, node: row.node }, row.usedMib * MIB]),
  );
  return [
    gauge(
      'pool_cpus',
      'Cpus of the pool.',
      eachPool(({ cpus }) => cpus.length),
    ),
    gauge(
      'pool_domains',
      'Domains in the pool.',
      eachPool(({ domains }) => domains.length),
    ),
    gauge(
      'pool_healthy',
      'Whether the pool has all its cpus, and for itself alone.',
      eachPool(({ state }) => (state === 'healthy' ? 1 : 0)),
    ),
    gauge(
      'pool_pressure_percent',
      'Part of the last ten seconds in which something in the pool waited for a cpu.',
      usages.flatMap(({ name, pressurePercent }): Sample[] =>
        pressurePercent === undefined ? [] : [[{ pool: name }, pressurePercent]],
      ),
      'percent',
    ),
    gauge('pool_memory_used_bytes', 'Memory that the domains of the pool have on a node.', used, 'bytes'),
  ];
}

function domainMetrics(domains: readonly DomainView[]): string[] {
  const eachDomain = (value: (domain: DomainView) => number | null) =>
    domains.flatMap((domain): Sample[] => {
      const measured = value(domain);
      const { name, pool, id } = domain;
      return measured === null ? [] : [[{ domain: name, id, pool }, measured]];
    });
  const ofOneCpu = 'percent of one cpu';
  return [
    counter(
      'domain_cpu_seconds',
      'Cpu time the domain has used.',
      eachDomain(({ cpuSeconds }) => cpuSeconds),
      'seconds',
    ),
    gauge(
      'domain_share_percent',
      `Measured share, ${ofOneCpu}.`,
      eachDomain(({ sharePercent }) => sharePercent),
      'percent',
    ),
    gauge(
      'domain_throttled_percent',
      `What its cap kept the domain from, ${ofOneCpu}.`,
      eachDomain(({ throttledPercent = null }) => throttledPercent),
      'percent',
    ),
    gauge(
      'domain_pressure_percent',
      'Part of the last ten seconds in which something in the domain waited for a cpu.',
      eachDomain(({ pressurePercent = null }) => pressurePercent),
      'percent',
    ),
    gauge(
      'domain_entitled_percent',
      `Share that weight, cap, pins and demand promise, ${ofOneCpu}.`,
      eachDomain(({ entitledPercent }) => entitledPercent),
      'percent',
    ),
    gauge(
      'domain_weight',
      'Weight of the domain, a vcpu.',
      eachDomain(({ weight }) => weight),
    ),
    gauge(
      'domain_cap_percent',
      `Cap, ${ofOneCpu}; 0 is none.`,
      eachDomain(({ cap }) => cap),
      'percent',
    ),
  ];
}

function xendMetrics({ service, guard, ledger, events, startedAt }: Xend): string[] {
  const byOutcome = (outcomes: ReadonlyMap<string, number>) =>
    [...outcomes].map(([outcome, n]): Sample => [{ outcome }, n]);
  return [
    counter(
      'changes',
      'Changes by how they ended: done, unchanged, planned, or a refusal.',
      byOutcome(service.outcomes),
    ),
    counter(
      'drift',
      'What others changed, by what became of it: repaired, refused by the host, left to who insists on it.',
      byOutcome(guard.outcomes),
    ),
    gauge('journal_bytes', 'Size of the journal.', [[{}, ledger.bytes]], 'bytes'),
    gauge('start_time_seconds', 'When this xend was started.', [[{}, startedAt.getTime() / 1000]], 'seconds'),
    gauge('event_clients', 'Clients of the event stream.', [[{}, events.listeners]]),
  ];
}

const MIB = 1024 * 1024;

const gauge = (name: string, help: string, samples: readonly Sample[], unit?: string) =>
  family(name, 'gauge', '', help, samples, unit);

const counter = (name: string, help: string, samples: readonly Sample[], unit?: string) =>
  family(name, 'counter', '_total', help, samples, unit);

function family(
  name: string,
  type: string,
  suffix: string,
  help: string,
  samples: readonly Sample[],
  unit?: string,
): string {
  const full = `cpu_pools_${name}`;
  const lines = [
    `# TYPE ${full} ${type}`,
    ...(unit ? [`# UNIT ${full} ${unit}`] : []),
    `# HELP ${full} ${help}`,
  ];
  for (const [labels, value] of samples) lines.push(`${full}${suffix}${labelText(labels)} ${value}`);
  return `${lines.join('\n')}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (text: string) => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
