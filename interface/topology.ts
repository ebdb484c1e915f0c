import type { Cpu, NodeId } from './words.ts';

/**
 * Where each cpu sits. Ids are unique over the whole host (core 3 of socket 1 is not core 3 of socket 0), so that two
 * cpus are siblings exactly when their numbers agree. Asymmetric hosts (cores with one and with two threads, nodes
 * without cpus) are ordinary here.
 */
export interface CpuPlace {
  readonly cpu: Cpu;
  readonly node: NodeId;
  readonly socket: number;
  readonly core: number;
  /** Last-level cache: cpus with the same number share it. */
  readonly cache: number;
}

export interface NodePlace {
  readonly node: NodeId;
  readonly memoryMib: number;
}

/** `cpus[i].cpu === i` for every i; nodes ascend. */
export interface Topology {
  readonly cpus: readonly CpuPlace[];
  readonly nodes: readonly NodePlace[];
  /** Cpus that are there but out of service to begin with; without it all are online. */
  readonly offline?: readonly Cpu[];
}

export interface TopologyShape {
  readonly cpus: number;
  readonly nodes?: number;
  readonly coresPerSocket?: number;
  readonly threadsPerCore?: number;
  /** Memory of the whole host, spread evenly over its nodes. */
  readonly memoryMib?: number;
}

/** What a cpu brings along where nobody says: 2 GiB. */
const MEMORY_PER_CPU_MIB = 2048;

/**
 * A regular host: cpus are numbered threads first, then cores, sockets, nodes. Without `coresPerSocket` a node is one
 * socket; a last group that is short stays short.
 */
export function regularTopology(shape: TopologyShape): Topology {
  const nodes = shape.nodes ?? 1;
  const threads = shape.threadsPerCore ?? 1;
  const perNode = Math.ceil(shape.cpus / nodes);
  const perSocket = shape.coresPerSocket === undefined ? perNode : shape.coresPerSocket * threads;
  const memoryMib = Math.floor((shape.memoryMib ?? shape.cpus * MEMORY_PER_CPU_MIB) / nodes);
  const socketsPerNode = Math.ceil(perNode / perSocket);
  const coresPerNode = Math.ceil(perNode / threads);
  return {
    cpus: Array.from({ length: shape.cpus }, (_, n) => {
      const home = Math.floor(n / perNode);
      const inNode = n % perNode;
      const socket = home * socketsPerNode + Math.floor(inNode / perSocket);
      return {
        cpu: n as Cpu,
        node: home as NodeId,
        socket,
        core: home * coresPerNode + Math.floor(inNode / threads),
        cache: socket,
      };
    }),
    nodes: Array.from({ length: nodes }, (_, n) => ({ node: n as NodeId, memoryMib })),
  };
}
