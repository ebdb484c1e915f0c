import {
  type Cpu,
  done,
  formatCpuList,
  type Outcome,
  POOL0,
  refuse,
  sameCpus,
} from '../../interface/index.ts';
import { changeCpus, wordOf } from './cpus.ts';
import { cutList } from './cuts.ts';
import { intrudersOf } from './intruders.ts';
import { type Ground, type Look, look, type PoolLook } from './look.ts';
import { bringBack } from './lost.ts';
import { claimOf, weigh } from './members.ts';
import { claims, giveCpus, mend } from './partition.ts';
import { makeDirectory } from './pool-directory.ts';
import { freePool0 } from './pool0.ts';
import { membersIn, settleAll } from './schedulers/settle.ts';

/**
 * Makes a pool that others broke hold these cpus alone again. Whoever only names some of them, as a plain cgroup does,
 * is given a list without them, for kernels before 7 let nobody be alone on a cpu that a cgroup beside it names; what
 * it had is written down, and given back when the pool no longer needs it. A partition of somebody else is left alone.
 */
export async function mendPool(
  ground: Ground,
  seen: Look,
  pool: PoolLook,
  cpus: readonly Cpu[],
): Promise<Outcome<readonly string[]>> {
  const isLost = pool.name === POOL0 && seen.lost.length > 0;
  const ready = isLost ? done(undefined) : await makeDirectory(ground, pool.directory);
  if (!ready.ok) return ready;
  const [pool0] = seen.pools as [PoolLook, ...PoolLook[]];
  const rest = pool === pool0 ? pool0.cpus : pool0.cpus.filter((cpu) => !cpus.includes(cpu));
  const freed = await freePool0(ground, pool0, rest);
  if (!freed.ok) return freed;
  const said = isLost ? await find(ground, seen) : await haveAlone(ground, seen, pool, cpus);
  const settled = said.ok ? await settleAll(ground, await look(ground)) : said;
  const weighed = settled.ok
    ? await weigh(ground, pool.directory, membersIn(seen, pool).map(claimOf))
    : settled;
  return weighed.ok ? said : weighed;
}

async function haveAlone(
  ground: Ground,
  seen: Look,
  pool: PoolLook,
  cpus: readonly Cpu[],
): Promise<Outcome<readonly string[]>> {
  if (pool.name === POOL0) return done([]);
  const free = seen.pools[0]!.cpus.filter((cpu) => !cpus.includes(cpu));
  const missing = cpus.filter((cpu) => !pool.cpus.includes(cpu));
  const said: string[] = [];
  for (const stranger of seen.strangers) {
    const common = stranger.listed.filter((cpu) => missing.includes(cpu));
    const held = common.find((cpu) => claims(stranger, cpu));
    if (held !== undefined) return refuse({ code: 'cpu-held', cpu: held, holder: stranger.directory });
    if (common.length === 0) continue;
    const cut = await cutList(ground, stranger, common, free);
    if (!cut.ok) return cut;
    said.push(
      `took cpus ${formatCpuList(common)} from the list of ${stranger.directory}, which only named them`,
    );
  }
  const changed = sameCpus(pool.cpus, cpus)
    ? await putOut(ground, seen, pool)
    : await changeCpus(ground, seen, [{ pool, cpus }]);
  return changed.ok ? done(said) : changed;
}

/** It has its cpus, and somebody else may run there: the kernel has not counted that anew. */
async function putOut(ground: Ground, seen: Look, pool: PoolLook): Promise<Outcome<void>> {
  // To be a member for a moment would be to lose them to whoever waits for them.
  if (othersIn(ground, seen, pool).length === 0)
    return isAsAsked(ground, pool)
      ? done(undefined)
      : giveCpus(ground, pool.directory, pool.cpus, wordOf(pool));
  const counted = await mend(ground, pool.directory, pool.cpus, wordOf(pool));
  if (!counted.ok) return counted;
  const after = await look(ground);
  const again = after.pools.find(({ directory }) => directory === pool.directory) ?? pool;
  const others = othersIn(ground, after, again);
  if (sameCpus(again.cpus, pool.cpus) && others.length === 0) return done(undefined);
  const step = `keep others off cpus ${formatCpuList(pool.cpus)}`;
  return refuse({ code: 'kernel-refused', step, why: others.join('; ') || `${pool.name} has lost them` });
}

const othersIn = ({ intruders }: Ground, seen: Look, pool: PoolLook): string[] => [
  ...intrudersOf(seen, pool),
  ...intruders.on(pool.cpus),
];

/** Its lists and its state say what it has: who died between two of these writes leaves them differing. */
const isAsAsked = ({ groups }: Ground, pool: PoolLook): boolean =>
  sameCpus(pool.listed, pool.cpus) &&
  (pool.claimed.length === 0 || sameCpus(pool.claimed, pool.cpus)) &&
  groups.text(pool.directory, 'cpuset.cpus.partition') === wordOf(pool);

async function find({ groups }: Ground, { lost, pools }: Look): Promise<Outcome<readonly string[]>> {
  // The root keeps one.
  const spare = pools[0]!.cpus.slice(1).at(-1);
  const back = await bringBack(groups, lost, spare);
  return back.ok ? done([]) : back;
}
