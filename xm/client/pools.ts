import { done, type Outcome } from '../../interface/outcome.ts';
import type { PoolView } from '../../interface/views.ts';
import { poolPath } from './route.ts';
import { ask } from './xend.ts';

/** The pool of that name; all pools when none is named. */
export async function readPools(socket: string, name?: string): Promise<Outcome<readonly PoolView[]>> {
  if (name === undefined) {
    const all = await ask<{ pools: PoolView[] }>(socket, { method: 'GET', path: '/v1/pools' });
    return all.ok ? done(all.value.pools) : all;
  }
  const one = await ask<PoolView>(socket, { method: 'GET', path: poolPath(name) });
  return one.ok ? done([one.value]) : one;
}
