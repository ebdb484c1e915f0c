import { readdirSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import {
  type Cpu,
  done,
  LIMITS,
  type NodeId,
  type NodePlace,
  type Outcome,
  parseCpuList,
  refuse,
  type Topology,
} from '../../interface/index.ts';
import { type NamedPlace, numberPlaces } from './places.ts';

/**
 * The topology of a Linux machine, from its `/sys`. Cpus keep the kernel's numbers: one that is offline, or whose
 * number the kernel leaves out, is there too: offline, as a core of its own (the kernel tells nothing more about it).
 *
 * Containers and virtual machines hide parts of `/sys`. What is missing is taken for the plainest possibility: no nodes
 * means one with all memory, no siblings one thread a core, no cache one a socket.
 */
export function readSysTopology(root = '/sys'): Outcome<Topology> {
  const online = onlineCpus(join(root, 'devices/system/cpu'));
  const present = new Set([...online, ...listIn(join(root, 'devices/system/cpu/present'))]);
  const cpus = Math.max(-1, ...present) + 1;
  if (online.length === 0) return refuse({ code: 'bad-topology', file: root, why: 'it names no online cpu' });
  if (cpus > LIMITS.cpus) {
    const why = `it has ${cpus} cpus, this host takes at most ${LIMITS.cpus}`;
    return refuse({ code: 'bad-topology', file: root, why });
  }
  const nodes = readNodes(join(root, 'devices/system/node'));
  const homes = new Map(nodes.flatMap(({ node, cpus: inNode }) => inNode.map((cpu) => [cpu, node] as const)));
  const places = Array.from({ length: cpus }, (_, n) => {
    const node = homes.get(n as Cpu) ?? nodes[0]!.node;
    return readPlace(join(root, `devices/system/cpu/cpu${n}`), n, node);
  });
  return done({
    cpus: numberPlaces(places),
    nodes: nodes.map(({ node, memoryMib }) => ({ node, memoryMib })),
    offline: places.map((_, n) => n as Cpu).filter((n) => !online.includes(n)),
  });
}

function onlineCpus(folder: string): Cpu[] {
  const listed = listIn(join(folder, 'online'));
  if (listed.length > 0) return listed;
  return numbersOf(folder, 'cpu').filter((n) => textIn(join(folder, `cpu${n}/online`)) !== '0') as Cpu[];
}

function readPlace(folder: string, cpu: number, node: NodeId): NamedPlace {
  const socket = `package ${textIn(join(folder, 'topology/physical_package_id')) ?? '-1'}`;
  const siblings = listIn(join(folder, 'topology/thread_siblings_list'));
  const core = `core of ${siblings[0] ?? cpu}`;
  return { node, socket, core, cache: lastLevelCache(join(folder, 'cache')) ?? socket };
}

/** Core ids repeat between sockets and dies, the list of who shares a thing does not: so that list is its name. */
function lastLevelCache(folder: string): string | null {
  const caches = numbersOf(folder, 'index').map((n) => {
    const cache = join(folder, `index${n}`);
    return { level: Number(textIn(join(cache, 'level'))), sharers: textIn(join(cache, 'shared_cpu_list')) };
  });
  const last = caches.reduce((best, cache) => (cache.level >= best.level ? cache : best), {
    level: 2,
    sharers: null,
  });
  return last.sharers === null ? null : `level ${last.level} of ${last.sharers}`;
}

function readNodes(folder: string): (NodePlace & { cpus: Cpu[] })[] {
  const nodes = numbersOf(folder, 'node').map((n) => {
    const kib = /MemTotal:\s+(\d+) kB/.exec(textIn(join(folder, `node${n}/meminfo`)) ?? '')?.[1] ?? 0;
    return {
      node: n as NodeId,
      memoryMib: Math.floor(Number(kib) / 1024),
      cpus: listIn(join(folder, `node${n}/cpulist`)),
    };
  });
  if (nodes.length > 0) return nodes;
  return [{ node: 0 as NodeId, memoryMib: Math.floor(totalmem() / 2 ** 20), cpus: [] }];
}

/** The n of every `<prefix>n` in a folder, ascending; none where there is no such folder. */
function numbersOf(folder: string, prefix: string): number[] {
  try {
    const found = readdirSync(folder).map((name) => new RegExp(`^${prefix}(\\d+)$`).exec(name)?.[1]);
    return found
      .filter((n) => n !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** The cpus of a list file; none where it is missing or says something else. */
function listIn(file: string): Cpu[] {
  const list = parseCpuList(textIn(file) ?? '');
  return list.ok ? list.value : [];
}

function textIn(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
