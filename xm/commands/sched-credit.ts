import type { Outcome } from '../../interface/outcome.ts';
import type { DomainView, PoolView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { findXend } from '../client/find.ts';
import { readPools } from '../client/pools.ts';
import { domainPath } from '../client/route.ts';
import { ask } from '../client/xend.ts';
import { readChange } from '../grammar/change.ts';
import type { Line } from '../grammar/line.ts';
import { answer } from '../print/answer.ts';
import { paramsText } from '../print/long.ts';
import { table } from '../print/table.ts';
import { carryOut } from './carry-out.ts';

/** `sched-credit`: sets when there is something to set, else shows. */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const request = readChange(line);
  if (!request.ok) return request;
  if (request.value !== null) return carryOut(request.value, line, caller);
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  const domain = line.options.get('domain');
  return domain === undefined
    ? showPools(line, caller, socket.value)
    : showDomain(line, caller, socket.value, domain);
}

async function showDomain(
  line: Line,
  caller: Caller,
  socket: string,
  name: string,
): Promise<Outcome<number>> {
  const domain = await ask<DomainView>(socket, { method: 'GET', path: domainPath(name) });
  if (!domain.ok) return domain;
  const domains = [domain.value];
  return answer(line, caller, { domains }, (color) => weights(domains, color));
}

/** Every pool with this scheduler, or the one that is named: its parameters, then the weights of its domains. */
async function showPools(line: Line, caller: Caller, socket: string): Promise<Outcome<number>> {
  const named = line.options.get('cpupool') ?? (line.options.has('schedparam') ? 'pool0' : undefined);
  const read = await readPools(socket, named);
  if (!read.ok) return read;
  const all = await ask<{ domains: DomainView[] }>(socket, { method: 'GET', path: '/v1/domains' });
  if (!all.ok) return all;
  const pools = read.value.filter((pool) => pool.scheduler === 'credit');
  const domains = all.value.domains.filter((domain) => pools.some((pool) => pool.name === domain.pool));
  const block = (pool: PoolView, color: boolean) =>
    `Cpupool ${pool.name}: ${paramsText(pool.params)}\n${weights(
      domains.filter((domain) => domain.pool === pool.name),
      color,
    )}`;
  return answer(line, caller, { pools, domains }, (color) =>
    pools.map((pool) => block(pool, color)).join(''),
  );
}

function weights(domains: readonly DomainView[], color: boolean): string {
  return table(
    domains,
    [
      { title: 'Name', cell: (domain) => domain.name },
      { title: 'ID', right: true, cell: (domain) => `${domain.id}` },
      { title: 'Weight', right: true, cell: (domain) => `${domain.weight}` },
      { title: 'Cap', right: true, cell: (domain) => `${domain.cap}` },
    ],
    color,
  );
}
