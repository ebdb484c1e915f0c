import { done, formatCpuList, type NodeId, type Outcome, refuse, sameCpus } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';

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
