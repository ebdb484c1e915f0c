import { type Cpu, done, formatCpuList, type Outcome, refuse, sameCpus } from '../../interface/index.ts';
import { type Ground, type Look, look, type PoolLook } from './look.ts';
import { claimsCpu, giveCpus, lookAtPartition, mend } from './partition.ts';
import { allowedCpus, processesIn } from './threads.ts';
import { comesTrue } from './turns.ts';

/** What a pool shall have. */
export interface CpuChange {
  readonly pool: PoolLook;
  readonly cpus: readonly Cpu[];
}

/** Threads follow their pool at once, but one in the middle of a fork or a wakeup a little later. */
const PATIENCE_MS = 500;

/**
 * Changes the cpus of partitions in this order, whoever loses first: a cpu that two ask for makes both invalid on most
 * kernels. Then looks at everything again: each pool has what it shall have, the others what they had, and no thread
 * is outside its pool. Else all is put back.
 */
export async function changeCpus(
  ground: Ground,
  before: Look,
  changes: readonly CpuChange[],
): Promise<Outcome<void>> {
  for (const [done, { pool, cpus }] of changes.entries()) {
    const given = await giveCpus(ground.groups, pool.directory, cpus);
    if (given.ok) continue;
    await putBack(ground, changes.slice(0, done + 1));
    return given;
  }
  const wrong = await whatIsWrong(ground, before, changes);
  if (wrong === null) return done(undefined);
  await putBack(ground, changes);
  const step = changes.map(({ pool, cpus }) => `give ${pool.name} cpus ${formatCpuList(cpus) || 'none'}`);
  return refuse({ code: 'kernel-refused', step: step.join(' and '), why: wrong });
}

/** A cgroup of somebody else that has asked for this cpu: to take it would cost both of us what we have. */
export function holderOf({ groups }: Ground, { pools }: Look, cpu: Cpu): string | null {
  const ours = new Set(pools.map(({ directory }) => directory));
  const others = groups.children('').filter((directory) => !ours.has(directory));
  return others.find((directory) => claimsCpu(groups, directory, cpu)) ?? null;
}

async function putBack({ groups }: Ground, changes: readonly CpuChange[]): Promise<void> {
  for (const { pool } of changes.toReversed()) await giveCpus(groups, pool.directory, pool.cpus);
}

async function whatIsWrong(
  ground: Ground,
  before: Look,
  changes: readonly CpuChange[],
): Promise<string | null> {
  const after = await look(ground);
  const wished = new Map(changes.map(({ pool, cpus }) => [pool.directory, cpus]));
  for (const { name, directory, cpus } of after.pools.slice(1)) {
    const was = before.pools.find((pool) => pool.directory === directory)?.cpus ?? [];
    const wish = wished.get(directory) ?? was;
    if (!sameCpus(cpus, wish))
      return `${name} then has cpus ${formatCpuList(cpus) || 'none'}, not ${formatCpuList(wish) || 'none'}`;
  }
  for (const { name, directory, cpus } of after.pools) {
    if (await threadsAreInside(ground, directory, cpus)) continue;
    return `threads in ${name} may still run outside of it`;
  }
  return null;
}

/** What the state of a partition says is one thing, where its threads may run another (6.12.117, after a hotplug). */
async function threadsAreInside(
  { groups }: Ground,
  directory: string,
  cpus: readonly Cpu[],
): Promise<boolean> {
  const inside = new Set(cpus);
  const isSo = () =>
    allowedCpus(processesIn(groups, directory)).every((allowed) => allowed.every((cpu) => inside.has(cpu)));
  if (await comesTrue(isSo, PATIENCE_MS)) return true;
  if (!lookAtPartition(groups, directory).isPartition) return false;
  const mended = await mend(groups, directory, cpus);
  return mended.ok && (await comesTrue(isSo, PATIENCE_MS));
}
