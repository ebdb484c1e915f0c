import { done, type Outcome, refuse } from '../../interface/outcome.ts';
import type { DomainView, PoolView } from '../../interface/views.ts';
import { POOL0, type SchedulerName } from '../../interface/words.ts';
import type { Caller } from '../caller.ts';
import { findXend } from '../client/find.ts';
import { readPools } from '../client/pools.ts';
import { domainPath } from '../client/route.ts';
import { ask } from '../client/xend.ts';
import { readChange } from '../grammar/change.ts';
import type { Line } from '../grammar/line.ts';
import { SCHED_COMMANDS } from '../grammar/sched.ts';
import { answer } from '../print/answer.ts';
import { paramsText } from '../print/params.ts';
import { reservationTable, scheduleTable, weightTable } from '../print/sched.ts';
import { carryOut } from './carry-out.ts';

/** `sched-credit` and its siblings: set when there is something to set, else show. */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const request = readChange(line);
  if (!request.ok) return request;
  if (request.value !== null) return carryOut(request.value, line, caller);
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  const scheduler = SCHED_COMMANDS[line.command.name]!;
  const domain = line.options.get('domain');
  const seen =
    domain === undefined
      ? await readAll(line, socket.value, scheduler)
      : await readDomain(socket.value, scheduler, domain);
  if (!seen.ok) return seen;
  const { pools, domains } = seen.value;
  const shown = domain === undefined ? seen.value : { domains };
  return answer(line, caller, shown, (color) =>
    domain === undefined
      ? pools.map((pool) => block(pool, domains, color)).join('')
      : members(pools[0]!, domains, color),
  );
}

interface Seen {
  readonly pools: readonly PoolView[];
  readonly domains: readonly DomainView[];
}

/** A domain, whose pool must have the scheduler that was asked about. */
async function readDomain(socket: string, scheduler: SchedulerName, name: string): Promise<Outcome<Seen>> {
  const domain = await ask<DomainView>(socket, { method: 'GET', path: domainPath(name) });
  if (!domain.ok) return domain;
  const pools = await readPools(socket, domain.value.pool);
  if (!pools.ok) return pools;
  const refused = otherScheduler(pools.value[0]!, scheduler);
  return refused ?? done({ pools: pools.value, domains: [domain.value] });
}

/** Every pool with this scheduler and its domains, or the pool that is named. */
async function readAll(line: Line, socket: string, scheduler: SchedulerName): Promise<Outcome<Seen>> {
  const named = line.options.get('cpupool') ?? (line.options.has('schedparam') ? POOL0 : undefined);
  const read = await readPools(socket, named);
  if (!read.ok) return read;
  const refused = named === undefined ? null : otherScheduler(read.value[0]!, scheduler);
  if (refused !== null) return refused;
  const all = await ask<{ domains: DomainView[] }>(socket, { method: 'GET', path: '/v1/domains' });
  if (!all.ok) return all;
  const pools = read.value.filter((pool) => pool.scheduler === scheduler);
  const domains = all.value.domains.filter((domain) => pools.some((pool) => pool.name === domain.pool));
  return done({ pools, domains });
}

const otherScheduler = ({ name, scheduler }: PoolView, expected: SchedulerName) =>
  scheduler === expected ? null : refuse({ code: 'other-scheduler', pool: name, scheduler, expected });

/** The parameters of a pool, then what its domains have. */
function block(pool: PoolView, domains: readonly DomainView[], color: boolean): string {
  const head = [`Cpupool ${pool.name}:`, paramsText(pool.params)].filter(Boolean).join(' ');
  return `${head}\n${members(
    pool,
    domains.filter((domain) => domain.pool === pool.name),
    color,
  )}`;
}

function members(pool: PoolView, domains: readonly DomainView[], color: boolean): string {
  switch (pool.scheduler) {
    case 'rtds':
      return reservationTable(domains, color);
    case 'arinc653':
      return scheduleTable(pool, domains, color);
    default:
      return weightTable(domains, color);
  }
}
