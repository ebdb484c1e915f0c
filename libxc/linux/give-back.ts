import { type Outcome, refuse } from '../../interface/index.ts';
import { release } from './adopt.ts';
import { keepPins } from './bystanders.ts';
import { changeCpus } from './cpus.ts';
import { giveBackCuts } from './cuts.ts';
import type { Ground, Look } from './look.ts';

/** Leaves the host as it was found: no pools, and no controllers that were off before and that nobody uses since. */
export async function giveBack(ground: Ground, seen: Look): Promise<Outcome<void>> {
  const given = await keepPins(ground, () => giveAllBack(ground, seen));
  if (given.ok) ground.store.remove();
  return given;
}

async function giveAllBack(ground: Ground, seen: Look): Promise<Outcome<void>> {
  const { carrier, store } = ground;
  const domains = seen.domains.filter(({ adopted }) => adopted === undefined).map(({ id }) => id);
  if (domains.length > 0) return refuse({ code: 'domains-run', domains });
  for (const domain of seen.domains) {
    const released = await release(ground, seen, domain);
    if (!released.ok) return released;
  }
  for (const pool of seen.pools.slice(1)) {
    const emptied = await changeCpus(ground, seen, [{ pool, cpus: [] }]);
    const removed = emptied.ok ? await carrier.removePool(pool.directory) : emptied;
    if (!removed.ok) return removed;
  }
  const removed = await carrier.removePool(carrier.names.pool0);
  if (!removed.ok) return removed;
  await giveBackCuts(ground, []);
  return carrier.giveBack(store.records.controllers);
}
