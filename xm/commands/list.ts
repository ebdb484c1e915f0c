import type { Outcome } from '../../interface/outcome.ts';
import type { DomainView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { readDomains } from '../client/domains.ts';
import type { Line } from '../grammar/line.ts';
import { answer } from '../print/answer.ts';
import { percent, seconds } from '../print/numbers.ts';
import { type Column, table } from '../print/table.ts';

/** `list [DOMAIN ...] [-l]` */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const domains = await readDomains(line, caller);
  if (!domains.ok) return domains;
  const print = line.options.has('long') ? (await import('../print/long.ts')).longDomains : domainTable;
  return answer(line, caller, { domains: domains.value }, (color) => print(domains.value, color));
}

/** What waits is shown where the host measures it. */
function domainTable(domains: readonly DomainView[], color: boolean): string {
  const isMeasured = domains.some(({ pressurePercent }) => pressurePercent !== undefined);
  return table(
    domains,
    [
      { title: 'Name', cell: (domain) => domain.name },
      { title: 'ID', right: true, cell: (domain) => `${domain.id}` },
      { title: 'Mem', right: true, cell: (domain) => `${domain.memoryMib}` },
      { title: 'VCPUs', right: true, cell: (domain) => `${domain.vcpus}` },
      { title: 'State', cell: (domain) => domain.state },
      { title: 'Time(s)', right: true, cell: (domain) => seconds(domain.cpuSeconds) },
      { title: 'Pool', cell: (domain) => domain.pool },
      { title: 'Share', right: true, cell: (domain) => percent(domain.sharePercent) },
      { title: 'Entitled', right: true, cell: (domain) => percent(domain.entitledPercent) },
      ...(isMeasured ? WAITING : []),
    ],
    color,
  );
}

const WAITING: readonly Column<DomainView>[] = [
  { title: 'Throttled', right: true, cell: (domain) => percent(domain.throttledPercent ?? null) },
  { title: 'Pressure', right: true, cell: (domain) => percent(domain.pressurePercent ?? null) },
];
