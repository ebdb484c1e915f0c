import { done, type Outcome, refuse, sameCpus } from '../../interface/index.ts';
import type { Place } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import type { DomainLook, Ground } from './look.ts';
import { signal } from './processes.ts';
import type { GroupSettings } from './schedulers/scheduler.ts';
import { processesIn } from './threads.ts';
import { comesTrue } from './turns.ts';
import { cgroupMax, cgroupWeights } from './weights.ts';

/** Long enough for a process in the middle of a disk access. */
const PATIENCE_MS = 10_000;
const NS_PER_US = 1_000;

/** A domain's own cgroup: cap and pin. Its weight depends on the others in its pool. */
export async function tune(
  { groups, carrier, topology }: Ground,
  { directory, vcpus }: DomainLook,
  { cap, pin }: GroupSettings,
): Promise<Outcome<void>> {
  const all = topology.cpus.map(({ cpu }) => cpu);
  const max = cgroupMax(cap, vcpus, all.length);
  const listed = groups.list(directory, 'cpuset.cpus');
  // With processes inside, a list that was written can no longer be cleared: all cpus come to the same.
  const isPinned = pin === null ? [0, all.length].includes(listed.length) : sameCpus(listed, pin);
  if (isPinned && groups.text(directory, 'cpu.max') === max) return done(undefined);
  return carrier.setBounds(directory, { max, pin: isPinned ? null : (pin ?? all) });
}

/** A member of a pool, and what it claims of it: weight times vcpus. */
export interface Claim {
  readonly directory: string;
  readonly claim: number;
}

export const claimOf = ({ directory, vcpus, scheduling }: DomainLook): Claim => ({
  directory,
  claim: scheduling.weight * vcpus,
});

/** Weighs the members of a pool against each other. pool0's together weigh as much as each of them would alone. */
export async function weigh(
  { groups, carrier }: Place,
  pool: string,
  claims: readonly Claim[],
): Promise<Outcome<void>> {
  const weights = cgroupWeights(claims.map(({ claim }) => claim));
  const all = claims.map(({ directory }, i) => [directory, weights[i]!] as const);
  if (pool === carrier.names.pool0 && claims.length > 0)
    all.push([
      pool,
      Math.min(
        10_000,
        weights.reduce((sum, weight) => sum + weight, 0),
      ),
    ]);
  for (const [directory, weight] of all) {
    if (groups.text(directory, 'cpu.weight') === `${weight}`) continue;
    const weighed = await carrier.setWeight(directory, weight);
    if (!weighed.ok) return weighed;
  }
  return done(undefined);
}

export async function setFrozen(
  groups: CgroupFiles,
  directory: string,
  isFrozen: boolean,
): Promise<Outcome<void>> {
  const wanted = isFrozen ? 1 : 0;
  const asked = await groups.write(directory, 'cgroup.freeze', `${wanted}`);
  if (!asked.ok) return asked;
  const isSo = () => groups.field(directory, 'cgroup.events', 'frozen') === wanted;
  if (await comesTrue(isSo, PATIENCE_MS)) return done(undefined);
  await groups.write(directory, 'cgroup.freeze', `${1 - wanted}`);
  const step = `${isFrozen ? 'freeze' : 'thaw'} ${directory}`;
  return refuse({ code: 'kernel-refused', step, why: `it has not after ${PATIENCE_MS / 1000} s` });
}

export const isFrozen = (groups: CgroupFiles, directory: string): boolean =>
  groups.text(directory, 'cgroup.freeze') === '1';

/** Asks each process of a cgroup to end. */
export function endProcesses(groups: CgroupFiles, directory: string): void {
  for (const pid of processesIn(groups, directory)) signal(pid, 'SIGTERM');
}

/** Ends everything in a cgroup and removes it. */
export async function destroy({ groups, carrier }: Place, directory: string): Promise<Outcome<void>> {
  const killed = await groups.write(directory, 'cgroup.kill', '1');
  if (!killed.ok) return killed;
  const isEmpty = () => groups.field(directory, 'cgroup.events', 'populated') !== 1;
  if (await comesTrue(isEmpty, PATIENCE_MS)) return carrier.removeDomain(directory);
  const why = `processes ${processesIn(groups, directory).join(', ')} do not end`;
  return refuse({ code: 'kernel-refused', step: `end ${directory}`, why });
}

/** Cpu time of all that ever ran in this cgroup, also of what was removed below it. */
export const usedNs = (groups: CgroupFiles, directory: string): number =>
  NS_PER_US * (groups.field(directory, 'cpu.stat', 'usage_usec') ?? 0);
