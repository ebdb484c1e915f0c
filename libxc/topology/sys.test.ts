import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSysTopology } from './sys.ts';

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

/** A `/sys` with these files; cpu and node folders are given by what stands after `devices/system/`. */
function sys(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'sys-'));
  roots.push(root);
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, 'devices/system', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  }
  return root;
}

const cpuFiles = (n: number, socket: number, siblings: string, caches: Record<number, string> = {}) => ({
  [`cpu/cpu${n}/topology/physical_package_id`]: `${socket}`,
  [`cpu/cpu${n}/topology/core_id`]: '0',
  [`cpu/cpu${n}/topology/thread_siblings_list`]: siblings,
  ...Object.fromEntries(
    Object.entries(caches).flatMap(([level, sharers], index) => [
      [`cpu/cpu${n}/cache/index${index}/level`, level],
      [`cpu/cpu${n}/cache/index${index}/shared_cpu_list`, sharers],
    ]),
  ),
});
const nodeFiles = (n: number, cpus: string, mib: number) => ({
  [`node/node${n}/cpulist`]: cpus,
  [`node/node${n}/meminfo`]: `Node ${n} MemTotal:       ${mib * 1024} kB\nNode ${n} MemFree:  1 kB`,
});

const read = (root: string) => {
  const found = readSysTopology(root);
  if (!found.ok) throw new Error(JSON.stringify(found.refusal));
  return found.value;
};
const columns = (root: string) => {
  const { cpus } = read(root);
  return {
    node: cpus.map(({ node }) => node).join(''),
    socket: cpus.map(({ socket }) => socket).join(''),
    core: cpus.map(({ core }) => core).join(''),
    cache: cpus.map(({ cache }) => cache).join(''),
  };
};

test('two sockets whose threads are numbered far apart, as Linux does', () => {
  const cpus = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => {
    const socket = (n >> 1) & 1;
    const l3 = socket === 0 ? '0-1,4-5' : '2-3,6-7';
    return cpuFiles(n, socket, `${n % 4},${(n % 4) + 4}`, { 1: `${n % 4},${(n % 4) + 4}`, 3: l3 });
  });
  const root = sys(
    Object.assign(
      { 'cpu/online': '0-7' },
      ...cpus,
      nodeFiles(0, '0-1,4-5', 2048),
      nodeFiles(1, '2-3,6-7', 1024),
    ),
  );
  expect(columns(root)).toEqual({
    node: '00110011',
    socket: '00110011',
    core: '01230123',
    cache: '00110011',
  });
  expect(read(root).nodes).toEqual([
    { node: 0, memoryMib: 2048 },
    { node: 1, memoryMib: 1024 },
  ]);
});

test('a hybrid: performance cores have two threads, efficient ones share a cache in fours', () => {
  const root = sys({
    'cpu/online': '0-5',
    ...cpuFiles(0, 0, '0-1', { 2: '0-1', 3: '0-1' }),
    ...cpuFiles(1, 0, '0-1', { 2: '0-1', 3: '0-1' }),
    ...Object.assign({}, ...[2, 3, 4, 5].map((n) => cpuFiles(n, 0, `${n}`, { 2: '2-5' }))),
    ...nodeFiles(0, '0-5', 512),
  });
  expect(columns(root)).toEqual({ node: '000000', socket: '000000', core: '001234', cache: '001111' });
});

test('an offline cpu and a gap keep their numbers, each a core of its own', () => {
  const root = sys({
    'cpu/online': '0,2',
    'cpu/present': '0-2,4',
    ...cpuFiles(0, 0, '0'),
    ...cpuFiles(2, 0, '2'),
    ...nodeFiles(1, '0,2', 512),
  });
  expect(columns(root)).toMatchObject({ node: '11111', core: '01234' });
  expect(read(root).offline).toEqual([1, 3, 4]);
});

test('without nodes there is one, with the memory of the machine', () => {
  const root = sys({ 'cpu/online': '0-1', ...cpuFiles(0, -1, '0'), ...cpuFiles(1, -1, '1') });
  expect(columns(root)).toEqual({ node: '00', socket: '00', core: '01', cache: '00' });
  expect(read(root).nodes[0]!.memoryMib).toBeGreaterThan(0);
});

test('a /sys that hides everything but the cpus still gives them', () => {
  const root = sys({
    'cpu/cpu0/uevent': '',
    'cpu/cpu1/online': '0',
    'cpu/cpu2/online': '1',
    'cpu/cpufreq/x': '',
  });
  expect(columns(root)).toMatchObject({ core: '012', cache: expect.any(String) });
});

test('a /sys without cpus is refused, and one with too many', () => {
  expect(readSysTopology(sys({ x: '' }))).toMatchObject({ refusal: { why: 'it names no online cpu' } });
  expect(readSysTopology(sys({ 'cpu/online': '0-4096' }))).toMatchObject({
    refusal: { why: 'it has 4097 cpus, this host takes at most 4096' },
  });
});

test('the machine this runs on has a topology', () => {
  const { cpus, nodes } = read('/sys');
  expect(cpus.length).toBeGreaterThan(0);
  expect(nodes.map(({ node }) => node)).toContain(cpus[0]!.node);
});
