import { done, formatCpuList, type NodeId, type Outcome, refuse, sameCpus } from '../../interface/index.ts';
import type { Place } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import type { PoolRecord } from './state-file.ts';

const FILE = 'cpuset.mems';
const EFFECTIVE = 'cpuset.mems.effective';

/** Ties the memory of what runs in a directory to nodes. The kernel also moves what is there already. */
export async function setNodes(
  place: Place,
  directory: string,
  nodes: readonly NodeId[] | null,
): Promise<Outcome<void>> {
  const { groups, carrier } = place;
  if (nodes === null) return untie(place, directory);
  const written = await carrier.setNodes(directory, nodes);
  if (!written.ok) return written;
  const listed = nodesIn(groups, directory, FILE);
  if (sameCpus(listed, nodes)) return done(undefined);
  const why = `${directory} then has node ${formatCpuList(listed)}`;
  return refuse({ code: 'kernel-refused', step: `tie memory to node ${formatCpuList(nodes)}`, why });
}

/** With processes inside, the list cannot be cleared: all nodes come to the same. */
async function untie({ groups, carrier }: Place, directory: string): Promise<Outcome<void>> {
  if (nodesIn(groups, directory, FILE).length === 0) return done(undefined);
  const cleared = await carrier.setNodes(directory, []);
  return cleared.ok ? cleared : carrier.setNodes(directory, allNodes(groups));
}

/** All nodes that memory may come from. */
export const allNodes = (groups: CgroupFiles): NodeId[] => nodesIn(groups, '', EFFECTIVE);

/** The nodes a pool is tied to: as its files say, in the words that were chosen for it where they say the same. */
export function nodesOf(
  groups: CgroupFiles,
  { directory, nodes }: PoolRecord,
  all: readonly NodeId[],
): readonly NodeId[] | null {
  const listed = nodesIn(groups, directory, FILE);
  if (nodes === null) return listed.length === 0 || sameCpus(listed, all) ? null : listed;
  return listed.length === 0 ? null : listed;
}

const nodesIn = (groups: CgroupFiles, directory: string, file: string): NodeId[] =>
  groups.list(directory, file) as readonly number[] as NodeId[];
