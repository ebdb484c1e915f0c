import type { Outcome } from '../../interface/outcome.ts';
import type { PoolView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { findXend } from '../client/find.ts';
import { readPools } from '../client/pools.ts';
import type { Line } from '../grammar/line.ts';
import { poolName } from '../grammar/values.ts';
import { answer } from '../print/answer.ts';
import { table } from '../print/table.ts';

/** `pool-list [POOL] [-l]` */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const [word] = line.operands;
  const name = word === undefined ? undefined : poolName(word);
  if (name?.ok === false) return name;
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  const pools = await readPools(socket.value, name?.value);
  if (!pools.ok) return pools;
  const print = line.options.has('long') ? (await import('../print/long.ts')).longPools : poolTable;
  return answer(line, caller, { pools: pools.value }, (color) => print(pools.value, color));
}

/** The proposal's table; a column more where a pool is not healthy. */
export function poolTable(pools: readonly PoolView[], color: boolean): string {
  const isIll = pools.some(({ state }) => state !== 'healthy');
  return table(
    pools,
    [
      { title: 'pool', cell: (pool) => pool.name },
      { title: 'cpus', cell: (pool) => pool.cpuList || '-' },
      { title: 'sched', cell: (pool) => pool.scheduler },
      { title: 'domains', cell: (pool) => pool.domains.join(',') || '-' },
      ...(isIll ? [{ title: 'state', cell: (pool: PoolView) => pool.state }] : []),
    ],
    color,
  );
}
