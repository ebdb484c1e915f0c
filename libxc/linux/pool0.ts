import { type Cpu, done, formatCpuList, type Outcome, sameCpus } from '../../interface/index.ts';
import type { Place } from './carrier.ts';
import type { PoolLook } from './look.ts';

/*
 * The cgroup of pool0's domains asks for no cpus: it has what the root has. Whoever writes a list, a claim or the word of
 * a partition there takes cpus from pools as a stranger would, or cpus of pool0 from its domains.
 */

const STATE = 'cpuset.cpus.partition';
const CLAIM = 'cpuset.cpus.exclusive';

/** What it asks for that it should not, in words; `null`: nothing. */
export function askedInWords(
  { groups }: Place,
  { directory, listed, claimed, cpus }: PoolLook,
  online: readonly Cpu[],
): string | null {
  const word = groups.text(directory, STATE) ?? 'member';
  if (word !== 'member') return `has its domains in a partition of their own: ${directory} says "${word}"`;
  if (claimed.length > 0) return `has a claim: ${directory} asks for cpus ${formatCpuList(claimed)} alone`;
  const wanted = listed.filter((cpu) => online.includes(cpu));
  if (listed.length === 0 || sameCpus(wanted, cpus)) return null;
  return `has its domains bound: ${directory} lists cpus ${formatCpuList(listed)}, not ${formatCpuList(cpus)}`;
}

/** Has it ask for nothing, or, as no list can be cleared that processes are under, for these cpus, which are pool0's. */
export async function freePool0(
  { groups, carrier }: Place,
  { directory }: PoolLook,
  cpus: readonly Cpu[],
): Promise<Outcome<void>> {
  if (!groups.has(directory, STATE)) return done(undefined);
  const isMember = groups.text(directory, STATE) === 'member';
  const freed = isMember ? done(undefined) : await groups.write(directory, STATE, 'member');
  if (!freed.ok) return freed;
  if (groups.list(directory, CLAIM).length > 0) {
    const dropped = await groups.write(directory, CLAIM, '');
    if (!dropped.ok) return dropped;
  }
  const listed = groups.list(directory, 'cpuset.cpus');
  if (listed.length === 0 || sameCpus(listed, cpus)) return done(undefined);
  const cleared = await carrier.setCpus(directory, []);
  return cleared.ok ? cleared : carrier.setCpus(directory, cpus);
}
