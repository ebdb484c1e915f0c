import { SaxesParser } from 'saxes';
import {
  done,
  LIMITS,
  type NodeId,
  type NodePlace,
  type Outcome,
  refuse,
  type Topology,
} from '../../interface/index.ts';
import { type NamedPlace, numberPlaces } from './places.ts';

/** The largest host hwloc knows of exports 10 MB; what is longer is something else. */
const LONGEST_TEXT = 32 * 1024 * 1024;
/** Machine, groups, package, die, four caches, core and PU come to a dozen. */
const DEEPEST = 64;
const MEMORY = /^(NUMANode|MemCache)$/;
const PIECE = 64 * 1024;
/** The node of a PU with no memory anywhere above it, until all nodes are known. */
const NOWHERE = -1 as NodeId;

/**
 * The topology in an hwloc 2 export (`lstopo host.xml`, or a synthetic one). It describes some other machine, of which
 * this host is a model: its PUs become cpus 0, 1, 2 … in the order of their `os_index`, without the gaps that
 * offline cpus leave. Nodes keep their numbers. I/O devices are skipped.
 */
export function parseHwlocXml(text: string, file: string): Outcome<Topology> {
  const tree = readTree(text);
  const found = typeof tree === 'string' ? tree : readMachine(tree);
  return typeof found === 'string' ? refuse({ code: 'bad-topology', file, why: found }) : done(found);
}

/** One `<object>`: a package, a cache, a core, a PU (a hardware thread), a node. */
interface HwlocObject {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: HwlocObject[];
}

/** The objects as a tree with the document as its root, or what is wrong with the document. */
function readTree(text: string): HwlocObject | string {
  if (text.length > LONGEST_TEXT)
    return `it is ${text.length} characters long, at most ${LONGEST_TEXT} are read`;
  const root: HwlocObject = { type: 'document', attributes: {}, children: [] };
  const open: HwlocObject[] = [root];
  const parser = new SaxesParser();
  let depth = 0;
  let fault: string | null = null;
  const wrong = (why: string | null) => {
    fault ??= why;
  };
  parser.on('error', ({ message }) => wrong(`it is no well-formed XML: ${message}`));
  parser.on('doctype', (doctype) => {
    if (doctype.includes('[')) wrong('it defines entities of its own, which hwloc never does');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth === 1) wrong(rootFault(name, attributes.version));
    if (depth > DEEPEST) wrong(`its elements are nested more than ${DEEPEST} deep`);
    if (fault !== null || name !== 'object') return;
    const object = { type: attributes.type ?? '', attributes, children: [] };
    open.at(-1)!.children.push(object);
    open.push(object);
  });
  parser.on('closetag', ({ name }) => {
    depth--;
    if (fault === null && name === 'object') open.pop();
  });
  // In pieces, so that what is wrong early costs little, however much follows.
  for (let at = 0; at < text.length && fault === null; at += PIECE) parser.write(text.slice(at, at + PIECE));
  if (fault === null) parser.close();
  return fault ?? root;
}

function rootFault(name: string, version: string | undefined): string | null {
  if (name !== 'topology') return `its root is <${name}>, that of an hwloc file is <topology>`;
  if (version === undefined || version.startsWith('1'))
    return 'it is in version 1 of the format, this reads version 2';
  return version.startsWith('2.') ? null : `it is in version ${version} of the format, this reads version 2`;
}

/** What has been found so far: PUs and nodes by their `os_index`. */
interface Machine {
  readonly pus: Map<number, NamedPlace>;
  readonly memoryMib: Map<number, number>;
  objects: number;
  fault: string | null;
}

function readMachine(root: HwlocObject): Topology | string {
  const machine: Machine = { pus: new Map(), memoryMib: new Map(), objects: 0, fault: null };
  readObject(root, {}, machine);
  if (machine.fault !== null) return machine.fault;
  if (machine.pus.size === 0) return 'it has no PU, which is what hwloc calls a cpu';
  if (machine.pus.size > LIMITS.cpus)
    return `it has ${machine.pus.size} cpus, this host takes at most ${LIMITS.cpus}`;
  if (machine.memoryMib.size === 0) return 'it has no NUMANode';
  const nodes: NodePlace[] = byIndex(machine.memoryMib).map(([n, memoryMib]) => ({
    node: n as NodeId,
    memoryMib,
  }));
  const places = byIndex(machine.pus).map(([, place]) =>
    place.node < 0 ? { ...place, node: nodes[0]!.node } : place,
  );
  return { cpus: numberPlaces(places), nodes };
}

/** Walks down to the PUs; `above` is where everything below this object sits. */
function readObject(object: HwlocObject, above: Partial<NamedPlace>, machine: Machine): void {
  const id = `${object.type} ${machine.objects++}`;
  const node = Math.min(...memoryOf(object).map((numa) => addNode(numa, machine)));
  const here = {
    ...above,
    ...(Number.isFinite(node) && { node: node as NodeId }),
    ...(object.type === 'Package' && { socket: id }),
    // The outermost of the caches above a core is the last level.
    ...(/^L[2-9]Cache$/.test(object.type) && above.cache === undefined && { cache: id }),
    ...(object.type === 'Core' && { core: id }),
  };
  if (object.type === 'PU') addPu(object, id, here, machine);
  for (const child of object.children) {
    if (!MEMORY.test(child.type)) readObject(child, here, machine);
  }
}

/** The nodes attached here; a memory-side cache stands between a node and its place. */
function memoryOf(object: HwlocObject): HwlocObject[] {
  return object.children.flatMap((child) => {
    if (child.type === 'NUMANode') return [child];
    return child.type === 'MemCache' ? memoryOf(child) : [];
  });
}

function addNode(numa: HwlocObject, machine: Machine): number {
  const index = indexOf(numa, machine);
  if (machine.memoryMib.has(index)) machine.fault ??= `NUMANode ${index} is there twice`;
  const bytes = Number(numa.attributes.local_memory ?? 0);
  if (!Number.isFinite(bytes) || bytes < 0)
    machine.fault ??= `local_memory of NUMANode ${index} is no number of bytes`;
  machine.memoryMib.set(index, Math.floor(bytes / 2 ** 20));
  return index;
}

/** Without packages a node is a socket, without caches a socket shares one; a PU without a core is one. */
function addPu(
  pu: HwlocObject,
  id: string,
  { node, socket, cache, core }: Partial<NamedPlace>,
  machine: Machine,
): void {
  const index = indexOf(pu, machine);
  if (machine.pus.has(index)) machine.fault ??= `PU ${index} is there twice`;
  const where = socket ?? `node ${node}`;
  machine.pus.set(index, { node: node ?? NOWHERE, socket: where, cache: cache ?? where, core: core ?? id });
}

function indexOf(object: HwlocObject, machine: Machine): number {
  const written = object.attributes.os_index ?? '';
  if (/^\d{1,9}$/.test(written)) return Number(written);
  machine.fault ??= `a ${object.type} has no os_index`;
  return 0;
}

const byIndex = <T>(found: Map<number, T>) => [...found].sort(([a], [b]) => a - b);
