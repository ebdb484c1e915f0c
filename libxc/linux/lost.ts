import { type Cpu, done, formatCpuList, type Outcome, refuse } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { comesTrue } from './turns.ts';

/*
 * Linux 6.12 counts wrong at times when others claim what a partition has: a cpu is then nobody's, and no cgroup that asks
 * for it gets it. Whoever has a cpu and gives it up gives it to the root, so somebody has to come to have it.
 */

/** There for some milliseconds, with no process in it. */
const FINDER = 'xend-lost';
const CPUS = 'cpuset.cpus';
const STATE = 'cpuset.cpus.partition';
const PATIENCE_MS = 200;

/** Gives the root the cpus again that the kernel has lost; `spare` is one that the root can do without for a moment. */
export async function bringBack(
  groups: CgroupFiles,
  lost: readonly Cpu[],
  spare: Cpu | undefined,
): Promise<Outcome<void>> {
  const isBack = () => lost.every((cpu) => groups.list('', 'cpuset.cpus.effective').includes(cpu));
  const cleared = await removeFinder(groups);
  const made = cleared.ok ? await groups.make(FINDER) : cleared;
  if (!made.ok) return made;
  const found = await find(groups, lost, spare);
  const left = await removeFinder(groups);
  if (!found.ok || !left.ok) return found.ok ? left : found;
  if (await comesTrue(isBack, PATIENCE_MS)) return done(undefined);
  const step = `bring cpus ${formatCpuList(lost)} back`;
  return refuse({ code: 'kernel-refused', step, why: 'no partition can be made of them' });
}

/**
 * As the only cpus of a partition they are found where nobody else names them. Where somebody does, that partition is
 * invalid; it becomes valid with another cpu, and may then grow over what others name, as one that was made valid may not.
 */
async function find(
  groups: CgroupFiles,
  lost: readonly Cpu[],
  spare: Cpu | undefined,
): Promise<Outcome<void>> {
  const list = (cpus: readonly Cpu[]) => groups.write(FINDER, CPUS, formatCpuList(cpus));
  const listed = await list(lost);
  const asked = listed.ok ? await groups.write(FINDER, STATE, 'root') : listed;
  if (!asked.ok || spare === undefined || groups.text(FINDER, STATE) === 'root') return asked;
  const made = await list([spare]);
  return made.ok ? list([...lost, spare].sort((a, b) => a - b)) : made;
}

/** Also one that a crash has left. */
export async function removeFinder(groups: CgroupFiles): Promise<Outcome<void>> {
  if (!groups.has(FINDER)) return done(undefined);
  // Somebody may have switched the controller off since, and what it held with it.
  const given = groups.has(FINDER, STATE) ? await groups.write(FINDER, STATE, 'member') : done(undefined);
  return given.ok ? groups.remove(FINDER) : given;
}
