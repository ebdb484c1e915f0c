import {
  done,
  type HostState,
  type MemoryShare,
  type NodeId,
  type NodeMemory,
  type Outcome,
  type PoolState,
  type Refused,
  refuse,
  type Topology,
} from '../../interface/index.ts';

/** The nodes a pool's memory comes from: those it is tied to, else those of its cpus. Ascending. */
export function nodesOf(topology: Topology, pool: PoolState): NodeId[] {
  const nodes = pool.nodes ?? pool.cpus.map((cpu) => topology.cpus[cpu]!.node);
  return [...new Set(nodes)].sort((a, b) => a - b);
}

/**
 * From which nodes a new domain's memory comes. A tied pool gives from its nodes or not at all; another one from the
 * nodes of its cpus as long as they suffice, and only then from others. On one node where one has the room: memory
 * over two is slower for every vcpu.
 */
export function placeMemory(
  topology: Topology,
  state: HostState,
  pool: PoolState,
  wantedMib: number,
): Outcome<MemoryShare[]> {
  const home = new Set(nodesOf(topology, pool));
  const near = state.memory.filter(({ node }) => home.has(node));
  const far = pool.nodes === null ? state.memory.filter(({ node }) => !home.has(node)) : [];
  const all = [...near, ...far];
  const placed =
    onOne(near, wantedMib) ?? spread(near, wantedMib) ?? onOne(far, wantedMib) ?? spread(all, wantedMib);
  if (placed !== null) return done(placed);
  const nodes = all.map(({ node }) => node).sort((a, b) => a - b);
  return refuse({ code: 'too-little-memory', wantedMib, freeMib: freeMib(all), nodes, pool: pool.name });
}

/** The nodes of a request, ascending, each once. */
export function checkNodes(topology: Topology, nodes: readonly NodeId[]): Outcome<NodeId[]> {
  if (nodes.length === 0) return refuse({ code: 'bad-request', field: 'nodes', why: 'names no node' });
  return unknownNode(topology, nodes) ?? done([...new Set(nodes)].sort((a, b) => a - b));
}

function unknownNode(topology: Topology, nodes: readonly NodeId[]): Refused | null {
  const known = topology.nodes.map(({ node }) => node);
  const node = nodes.find((one) => !known.includes(one));
  return node === undefined ? null : refuse({ code: 'unknown-node', node, nodes: known });
}

function onOne(nodes: readonly NodeMemory[], wantedMib: number): MemoryShare[] | null {
  const roomy = nodes.find((one) => one.freeMib >= wantedMib);
  return roomy === undefined ? null : [{ node: roomy.node, mib: wantedMib }];
}

function spread(nodes: readonly NodeMemory[], wantedMib: number): MemoryShare[] | null {
  const shares: MemoryShare[] = [];
  let missingMib = wantedMib;
  for (const { node, freeMib } of nodes) {
    const mib = Math.min(missingMib, freeMib);
    if (mib > 0) shares.push({ node, mib });
    missingMib -= mib;
  }
  return missingMib > 0 ? null : shares;
}

const freeMib = (nodes: readonly NodeMemory[]) => nodes.reduce((sum, node) => sum + node.freeMib, 0);
