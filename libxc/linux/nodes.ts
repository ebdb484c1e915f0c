import { done, formatCpuList, type NodeId, type Outcome, refuse, sameCpus } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import type { PoolRecord } from './state-file.ts';

const FILE = 'cpuset.mems';

/** Ties the memory of what runs in a directory to nodes. The kernel also moves what is there already. */
export async function setNodes(
  groups: CgroupFiles,
  directory: string,
  nodes: readonly NodeId[] | null,
): Promise<Outcome<void>> {
  if (nodes === null) return untie(groups, directory);
  const written = await groups.write(directory, FILE, formatCpuList(nodes));
  if (!written.ok) return written;
  const listed = groups.list(directory, FILE);
  if (sameCpus(listed, nodes)) return done(undefined);
  const why = `${directory} then has node ${formatCpuList(listed)}`;
  return refuse({ code: 'kernel-refused', step: `tie memory to node ${formatCpuList(nodes)}`, why });
}

/** With processes inside, the list cannot be cleared: all nodes come to the same. */
async function untie(groups: CgroupFiles, directory: string): Promise<Outcome<void>> {
  if (groups.list(directory, FILE).length === 0) return done(undefined);
  const cleared = await groups.write(directory, FILE, '');
  return cleared.ok ? cleared : groups.write(directory, FILE, groups.text('', 'cpuset.mems.effective') ?? '');
}

/** The nodes a pool is tied to: as its files say, in the words that were chosen for it where they say the same. */
export function nodesOf(groups: CgroupFiles, { directory, nodes }: PoolRecord): readonly NodeId[] | null {
  const listed = groups.list(directory, 'cpuset.mems') as readonly number[] as NodeId[];
  const all = groups.list('', 'cpuset.mems.effective');
  if (nodes === null) return listed.length === 0 || sameCpus(listed, all) ? null : listed;
  return listed.length === 0 ? null : listed;
}
