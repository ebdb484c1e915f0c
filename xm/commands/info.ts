import { formatCpuList } from '../../interface/cpu-list.ts';
import type { Outcome } from '../../interface/outcome.ts';
import type { HostView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { findXend } from '../client/find.ts';
import { ask } from '../client/xend.ts';
import type { Line } from '../grammar/line.ts';
import { answer } from '../print/answer.ts';
import { counted } from '../print/numbers.ts';
import { fidelityText } from '../print/params.ts';
import { red } from '../print/style.ts';
import { fields } from '../print/table.ts';

/** `info` */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  const host = await ask<HostView>(socket.value, { method: 'GET', path: '/v1/host' });
  if (!host.ok) return host;
  return answer(line, caller, host.value, (color) => hostText(host.value, socket.value, color));
}

function hostText(host: HostView, socket: string, color: boolean): string {
  return fields([
    ['host', host.version],
    ['driver', host.driver],
    ['uri', host.uri],
    ['xend', `${host.xendVersion} at ${socket}`],
    ['cpus', `${host.cpus}, online ${formatCpuList(host.onlineCpus)}`],
    ['topology', topologyText(host)],
    ...host.memory.map(({ node, totalMib, freeMib }): [string, string] => [
      `memory node ${node}`,
      `${freeMib} of ${totalMib} MiB free`,
    ]),
    ['schedulers', host.schedulers.join(', ')],
    ...fidelities(host),
    ...host.details.map((detail): [string, string] => ['found', detail]),
    ['pools', `${host.pools}`],
    ['domains', `${host.domains}`],
    ...(host.problems.length === 0
      ? [['problems', 'none'] as const]
      : host.problems.map((problem) => ['problem', red(problem, color)] as const)),
  ]);
}

/** A line a scheduler, unless all are what they are called. */
function fidelities({ fidelity }: HostView): [string, string][] {
  const all = Object.entries(fidelity);
  if (all.every(([, { how }]) => how === 'exact')) return [];
  return all.map(([name, one]) => ['fidelity', `${name}, ${fidelityText(one)}`]);
}

function topologyText({ topology }: HostView): string {
  const distinct = (part: (cpu: (typeof topology.cpus)[number]) => number) =>
    new Set(topology.cpus.map(part)).size;
  return [
    counted(topology.nodes.length, 'node'),
    counted(
      distinct((cpu) => cpu.socket),
      'socket',
    ),
    counted(
      distinct((cpu) => cpu.core),
      'core',
    ),
    counted(topology.cpus.length, 'thread'),
  ].join(', ');
}
