import { formatCpuList } from '../../interface/cpu-list.ts';
import type { Outcome } from '../../interface/outcome.ts';
import type { DomainView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { readDomains } from '../client/domains.ts';
import type { Line } from '../grammar/line.ts';
import { answer } from '../print/answer.ts';
import { percent, seconds } from '../print/numbers.ts';
import { table } from '../print/table.ts';

/** `vcpu-list [DOMAIN ...]` */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const domains = await readDomains(line, caller);
  if (!domains.ok) return domains;
  return answer(line, caller, { domains: domains.value }, (color) => vcpuTable(domains.value, color));
}

function vcpuTable(domains: readonly DomainView[], color: boolean): string {
  const rows = domains.flatMap((domain) => domain.vcpuList.map((vcpu) => ({ domain, ...vcpu })));
  return table(
    rows,
    [
      { title: 'Name', cell: ({ domain }) => domain.name },
      { title: 'ID', right: true, cell: ({ domain }) => `${domain.id}` },
      { title: 'VCPU', right: true, cell: ({ vcpu }) => `${vcpu}` },
      { title: 'CPU', right: true, cell: ({ cpu }) => `${cpu ?? '-'}` },
      { title: 'State', cell: ({ state }) => state },
      { title: 'Time(s)', right: true, cell: ({ cpuSeconds }) => seconds(cpuSeconds) },
      { title: 'Share', right: true, cell: ({ sharePercent }) => percent(sharePercent) },
      {
        title: 'Affinity (Hard / Soft)',
        cell: ({ hard, soft }) => `${affinityWord(hard)} / ${affinityWord(soft)}`,
      },
    ],
    color,
  );
}

const affinityWord = (cpus: readonly number[] | null) => (cpus === null ? 'all' : formatCpuList(cpus));
