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

/** What a look at cgroups and cpus shows. */
export interface Shown {
  readonly claimants: readonly Claimant[];
  readonly rootEffective: readonly Cpu[];
  readonly online: readonly Cpu[];
  /** What others may have passed on to partitions below theirs, which nobody looks at. */
  readonly passedOn: readonly Cpu[];
}

/**
 * Online cpus that nobody has. For a moment while the kernel follows a change; for good where it has lost them (6.12.117:
 * a partition that grew over another was invalid, the other gave the cpu up, and both were removed).
 */
export function lostCpus({ claimants, rootEffective, online, passedOn }: Shown): Cpu[] {
  const owned = ownedBy(claimants, rootEffective).flat();
  const accounted = new Set([...rootEffective, ...owned, ...passedOn]);
  return online.filter((cpu) => !accounted.has(cpu));
}

/**
 * Whether a look has caught the tree at rest: what reads as a partition owns its cpus, and no online cpu is missing.
 * Files are read one after the other, and the kernel follows a hotplug in its own time.
 */
export function isAtRest(shown: Shown): boolean {
  const { claimants, rootEffective, online } = shown;
  const owned = ownedBy(claimants, rootEffective);
  const isWhole = ({ isPartition, effective }: Claimant, i: number) =>
    !isPartition || owned[i]!.length === effective.length;
  return (
    claimants.every(isWhole) &&
    [...rootEffective, ...owned.flat()].every((cpu) => online.includes(cpu)) &&
    lostCpus(shown).length === 0
  );
}
