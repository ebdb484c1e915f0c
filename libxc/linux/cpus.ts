import {
  type Cpu,
  done,
  formatCpuList,
  type Outcome,
  POOL0,
  refuse,
  sameCpus,
} from '../../interface/index.ts';
import { mayNotRelease, ownerOf } from './checks.ts';
import { type Ground, type Look, look, type PoolLook, strangersBeside } from './look.ts';
import { claims, dropCpu, giveCpus, lookAtPartition, mend } from './partition.ts';
import { freePool0 } from './pool0.ts';
import { schedulerOf } from './schedulers/offered.ts';
import { allowedCpus, processesIn } from './threads.ts';
import { comesTrue } from './turns.ts';

/** What a pool shall have. */
interface CpuChange {
  readonly pool: PoolLook;
  readonly cpus: readonly Cpu[];
}

/** Threads follow their pool at once, but one in the middle of a fork or a wakeup a little later. */
const PATIENCE_MS = 500;

/** All of them, in one write to each pool that gives and one to the pool that gets them; or none. Says how all is then. */
export async function moveCpus(
  ground: Ground,
  seen: Look,
  cpus: readonly Cpu[],
  target: PoolLook,
): Promise<Outcome<Look>> {
  const leaving = new Map<PoolLook, Cpu[]>();
  for (const cpu of cpus) {
    const source = ownerOf(ground, seen, cpu);
    if (!source.ok) return source;
    if (source.value === target) continue;
    leaving.set(source.value, [...(leaving.get(source.value) ?? []), cpu]);
  }
  const moving = [...leaving.values()].flat();
  if (moving.length === 0) return done(seen);
  for (const [source, gone] of leaving) {
    const refused = mayNotRelease(seen, source, gone);
    if (refused) return refused;
  }
  // As they are now, however young the look is: who takes what somebody has come to claim since breaks both.
  const strangers = strangersBeside(ground.groups, seen.pools);
  for (const cpu of moving) {
    const holder = strangers.find((one) => claims(one, cpu));
    if (holder !== undefined) return refuse({ code: 'cpu-held', cpu, holder: holder.directory });
    const dropped = await dropClaims(ground, seen, cpu, [...leaving.keys(), target]);
    if (!dropped.ok) return dropped;
  }
  const [pool0] = seen.pools as [PoolLook, ...PoolLook[]];
  const stay = pool0.cpus.filter((cpu) => !moving.includes(cpu));
  const freed = await freePool0(ground, pool0, stay);
  if (!freed.ok) return freed;
  const given = [...leaving].flatMap(([source, gone]) => without(source, gone));
  const changed = await changeCpus(ground, seen, [...given, ...including(target, moving)]);
  if (changed.ok) {
    const left = await freePool0(ground, pool0, changed.value.pools[0]!.cpus);
    return left.ok ? changed : left;
  }
  // Kernels before 7 let no partition have a cpu that any cgroup beside it names; they do not say which.
  const holder = strangersBeside(ground.groups, seen.pools).find(({ listed }) =>
    listed.some((cpu) => moving.includes(cpu)),
  );
  if (holder === undefined) return changed;
  const cpu = holder.listed.find((one) => moving.includes(one))!;
  return refuse({ code: 'cpu-held', cpu, holder: holder.directory });
}

/** Whoever has it gives it up first: what a kernel does when a pool's cpu goes offline differs from kernel to kernel. */
export async function switchCpu(
  ground: Ground,
  seen: Look,
  cpu: Cpu,
  online: boolean,
): Promise<Outcome<void>> {
  const source = ownerOf(ground, seen, cpu);
  if (!source.ok && source.refusal.code !== 'cpu-offline') return source;
  if (source.ok === online) return done(undefined);
  const refused = source.ok ? mayNotRelease(seen, source.value, [cpu]) : null;
  if (refused) return refused;
  // Also a pool that had it when somebody else took it offline would get it back.
  const holders = seen.pools.filter(({ isPartition, listed }) => isPartition && listed.includes(cpu));
  const dropped = await dropClaims(ground, seen, cpu, holders);
  if (!dropped.ok) return dropped;
  const given = await changeCpus(
    ground,
    seen,
    holders.flatMap((pool) => without(pool, [cpu])),
  );
  if (!given.ok) return given;
  const switched = await ground.cpuFiles.write(`cpu${cpu}`, 'online', online ? '1' : '0');
  if (!switched.ok)
    await putBack(
      ground,
      holders.map((pool) => ({ pool, cpus: pool.cpus })),
    );
  return switched;
}

/** A pool whose partition is no longer valid still asks for its cpus: on most kernels nobody else could have them. */
async function dropClaims(
  ground: Ground,
  { pools }: Look,
  cpu: Cpu,
  except: readonly PoolLook[],
): Promise<Outcome<void>> {
  const rest = pools[0]!.cpus.filter((one) => one !== cpu);
  for (const pool of pools.slice(1)) {
    if (!pool.listed.includes(cpu) || except.includes(pool)) continue;
    const dropped = await dropCpu(ground, pool.directory, cpu, rest);
    if (!dropped.ok) return dropped;
  }
  return done(undefined);
}

/**
 * Changes the cpus of partitions in this order, whoever loses first: a cpu that two ask for makes both invalid on most
 * kernels. Then looks at everything again: each pool has what it shall have, the others what they had, and no thread
 * is outside its pool: that look. Else all is put back.
 */
export async function changeCpus(
  ground: Ground,
  before: Look,
  changes: readonly CpuChange[],
): Promise<Outcome<Look>> {
  for (const [done, { pool, cpus }] of changes.entries()) {
    const given = await giveCpus(ground, pool.directory, cpus, wordOf(pool));
    if (given.ok) continue;
    await putBack(ground, changes.slice(0, done + 1));
    return given;
  }
  const after = await look(ground);
  const wrong = await whatIsWrong(ground, before, after, changes);
  if (wrong === null) return done(after);
  await putBack(ground, changes);
  const step = changes.map(({ pool, cpus }) => `give ${pool.name} cpus ${formatCpuList(cpus) || 'none'}`);
  return refuse({ code: 'kernel-refused', step: step.join(' and '), why: wrong });
}

async function putBack(ground: Ground, changes: readonly CpuChange[]): Promise<void> {
  for (const { pool } of changes.toReversed())
    await giveCpus(ground, pool.directory, pool.cpus, wordOf(pool));
}

async function whatIsWrong(
  ground: Ground,
  before: Look,
  after: Look,
  changes: readonly CpuChange[],
): Promise<string | null> {
  const wished = new Map(changes.map(({ pool, cpus }) => [pool.directory, cpus]));
  for (const { name, directory, cpus } of after.pools.slice(1)) {
    const was = before.pools.find((pool) => pool.directory === directory)?.cpus ?? [];
    const wish = wished.get(directory) ?? was;
    if (!sameCpus(cpus, wish))
      return `${name} then has cpus ${formatCpuList(cpus) || 'none'}, not ${formatCpuList(wish) || 'none'}`;
  }
  for (const pool of after.pools) {
    const isTouched = pool.name === POOL0 || wished.has(pool.directory);
    if (isTouched && !(await threadsAreInside(ground, pool)))
      return `threads in ${pool.name} may still run outside of it`;
  }
  return null;
}

/** What the state of a partition says is one thing, where its threads may run another (6.12.117, after a hotplug). */
async function threadsAreInside(ground: Ground, pool: PoolLook): Promise<boolean> {
  const { groups } = ground;
  const { directory, cpus } = pool;
  const inside = new Set(cpus);
  const isSo = () =>
    allowedCpus(processesIn(groups, directory)).every((allowed) => allowed.every((cpu) => inside.has(cpu)));
  if (await comesTrue(isSo, PATIENCE_MS)) return true;
  if (!lookAtPartition(groups, directory).isPartition) return false;
  const mended = await mend(ground, directory, cpus, wordOf(pool));
  return mended.ok && (await comesTrue(isSo, PATIENCE_MS));
}

export const wordOf = ({ scheduler }: PoolLook) => schedulerOf(scheduler).partition;

/** pool0 has what the partitions leave: nothing is to be done for it. */
const without = (pool: PoolLook, gone: readonly Cpu[]): CpuChange[] =>
  pool.name === POOL0 ? [] : [{ pool, cpus: pool.cpus.filter((cpu) => !gone.includes(cpu)) }];

const including = (pool: PoolLook, cpus: readonly Cpu[]): CpuChange[] =>
  pool.name === POOL0 ? [] : [{ pool, cpus: [...pool.cpus, ...cpus].sort((a, b) => a - b) }];
