import { type Cpu, done, formatCpuList, type Outcome, refuse, sameCpus } from '../../interface/index.ts';
import type { Place } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { comesTrue } from './turns.ts';

const CPUS = 'cpuset.cpus';
/** What is claimed here no sibling may claim. Linux 6.7 and later; what it says counts beside `cpuset.cpus`. */
const EXCLUSIVE = 'cpuset.cpus.exclusive';
const STATE = 'cpuset.cpus.partition';
const EFFECTIVE = 'cpuset.cpus.effective';

/** As long as the kernel's own test of partitions waits for what it wrote. */
const PATIENCE_MS = 200;

/** What a partition is: `isolated` is not balanced by the kernel. */
export type PartitionWord = 'root' | 'isolated';

/** What a directory's files say of its cpus. */
export interface PartitionLook {
  readonly isPartition: boolean;
  /** Whether it is one or would be: what it lists it wants for itself. */
  readonly asksAlone: boolean;
  readonly listed: readonly Cpu[];
  readonly effective: readonly Cpu[];
  /** What it may pass on to partitions below it; nothing before Linux 6.7. */
  readonly claimed: readonly Cpu[];
}

export function lookAtPartition(groups: CgroupFiles, directory: string): PartitionLook {
  const state = groups.text(directory, STATE) ?? 'member';
  return {
    // Valid: exactly the word; an invalid one reads "root invalid (why)".
    isPartition: state === 'root' || state === 'isolated',
    asksAlone: state !== 'member',
    listed: groups.list(directory, CPUS),
    effective: groups.list(directory, EFFECTIVE),
    claimed: groups.list(directory, EXCLUSIVE),
  };
}

/** Whether a cgroup wants this cpu for itself, as a partition or by a claim: who takes it then breaks both. */
export const claims = ({ asksAlone, listed, claimed }: PartitionLook, cpu: Cpu): boolean =>
  claimed.includes(cpu) || (asksAlone && listed.includes(cpu));

/**
 * Makes a directory a partition of this kind and of exactly these cpus, none of which may be another's; of no cpus, a plain member. Read
 * back: kernels accept what they do not do. A partition that has become invalid heals only on some kernels by being
 * written again; to be a member first heals it on all.
 */
export async function giveCpus(
  place: Place,
  directory: string,
  cpus: readonly Cpu[],
  word: PartitionWord,
): Promise<Outcome<void>> {
  const { groups, carrier } = place;
  if (cpus.length === 0) return takeAll(place, directory);
  const has = () => {
    const { effective } = lookAtPartition(groups, directory);
    return groups.text(directory, STATE) === word && sameCpus(effective, cpus);
  };
  const written = await writeLists(place, directory, cpus);
  if (!written.ok) return written;
  if (groups.text(directory, STATE) !== word) {
    const asked = await carrier.setPartition(directory, word);
    if (!asked.ok) return asked;
  }
  if (await comesTrue(has, PATIENCE_MS)) return done(undefined);
  const mended = await mend(place, directory, cpus, word);
  if (!mended.ok) return mended;
  if (await comesTrue(has, PATIENCE_MS)) return done(undefined);
  return refuse({
    code: 'kernel-refused',
    step: `make ${directory} a partition of cpus ${formatCpuList(cpus)}`,
    why: stateInWords(groups, directory),
  });
}

/** To be a member for a moment makes the kernel count everything anew. */
export async function mend(
  place: Place,
  directory: string,
  cpus: readonly Cpu[],
  word: PartitionWord,
): Promise<Outcome<void>> {
  const { carrier } = place;
  const dropped = await carrier.setPartition(directory, 'member');
  if (!dropped.ok) return dropped;
  const written = await writeLists(place, directory, cpus);
  return written.ok ? carrier.setPartition(directory, word) : written;
}

/** Only of a directory without processes: no kernel leaves those without cpus of their own. */
async function takeAll(place: Place, directory: string): Promise<Outcome<void>> {
  const dropped = await place.carrier.setPartition(directory, 'member');
  return dropped.ok ? writeLists(place, directory, []) : dropped;
}

/** Ends the claim of a partition that has become invalid; `instead` is where its threads run by now. */
export async function dropCpu(
  place: Place,
  directory: string,
  cpu: Cpu,
  instead: readonly Cpu[],
): Promise<Outcome<void>> {
  const { groups, carrier } = place;
  const left = lookAtPartition(groups, directory).listed.filter((one) => one !== cpu);
  const isFree = groups.field(directory, 'cgroup.events', 'populated') === 0;
  const dropped = await carrier.setPartition(directory, 'member');
  // Nobody may clear the list of a cgroup with processes.
  return dropped.ok ? writeLists(place, directory, left.length > 0 || isFree ? left : instead) : dropped;
}

/** The claim first: it alone is refused where somebody else has a cpu, and then nothing has changed. */
async function writeLists(place: Place, directory: string, cpus: readonly Cpu[]): Promise<Outcome<void>> {
  const { groups, carrier } = place;
  if (groups.has(directory, EXCLUSIVE)) {
    const claimed = await groups.write(directory, EXCLUSIVE, formatCpuList(cpus));
    if (!claimed.ok) return claimed;
  }
  return carrier.setCpus(directory, cpus);
}

/** `root invalid (Cpu list in cpuset.cpus not exclusive)`, or without the reason, which some kernels leave out. */
export function stateInWords(groups: CgroupFiles, directory: string): string {
  const { effective } = lookAtPartition(groups, directory);
  const state = groups.text(directory, STATE) ?? 'no partition at all';
  return `it says "${state}" and has ${formatCpuList(effective) || 'none'}`;
}
