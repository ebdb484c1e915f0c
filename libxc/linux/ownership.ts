import type { Cpu } from '../../interface/index.ts';

/** What the files of a cgroup say that may own cpus. */
export interface Claimant {
  /** Whether it reads as a valid partition. */
  readonly isPartition: boolean;
  /** What it asked for. */
  readonly listed: readonly Cpu[];
  /** What it was granted. */
  readonly effective: readonly Cpu[];
}

/**
 * The cpus each of them really owns. Kernels have called partitions valid that shared cpus with others (6.12.117:
 * after all cpus of an isolated one were offline, and after its parent was a member for a while), so the state file's
 * word is not enough: a partition owns nothing unless it has what it asked for, alone.
 */
export function ownedBy(claimants: readonly Claimant[], rootEffective: readonly Cpu[]): (readonly Cpu[])[] {
  const claims = new Map<Cpu, number>(rootEffective.map((cpu) => [cpu, 1]));
  const isHonest = ({ isPartition, listed, effective }: Claimant) =>
    isPartition && effective.every((cpu) => listed.includes(cpu));
  const honest = claimants.filter(isHonest);
  for (const { effective } of honest)
    for (const cpu of effective) claims.set(cpu, (claims.get(cpu) ?? 0) + 1);
  return claimants.map((one) =>
    honest.includes(one) && one.effective.every((cpu) => claims.get(cpu) === 1) ? one.effective : [],
  );
}

/**
 * Whether a look has caught the tree at rest: what reads as a partition owns its cpus, and no online cpu is missing.
 * Files are read one after the other, and the kernel follows a hotplug in its own time.
 */
export function isAtRest(
  claimants: readonly Claimant[],
  rootEffective: readonly Cpu[],
  online: readonly Cpu[],
): boolean {
  const owned = ownedBy(claimants, rootEffective);
  const accounted = new Set([...rootEffective, ...owned.flat()]);
  return (
    claimants.every(
      ({ isPartition, effective }, i) => !isPartition || owned[i]!.length === effective.length,
    ) &&
    accounted.size === online.length &&
    online.every((cpu) => accounted.has(cpu))
  );
}
