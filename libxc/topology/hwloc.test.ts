import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHwlocXml } from './hwloc.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', `${name}.xml`), 'utf8');
const parsed = (text: string) => {
  const found = parseHwlocXml(text, 'host.xml');
  if (!found.ok) throw new Error(JSON.stringify(found.refusal));
  return found.value;
};
const fault = (text: string) => {
  const found = parseHwlocXml(text, 'host.xml');
  return found.ok ? null : found.refusal;
};

test('two sockets of two nodes each: threads, cores, caches and nodes are found', () => {
  const { cpus, nodes } = parsed(fixture('two-sockets-four-nodes'));
  expect(nodes).toEqual([0, 1, 2, 3].map((node) => ({ node, memoryMib: 3814 }))); // 4 GB
  expect(cpus.map(({ cpu }) => cpu)).toEqual(Array.from({ length: 16 }, (_, n) => n));
  expect(cpus.map(({ node }) => node).join('')).toBe('0000111122223333');
  expect(cpus.map(({ socket }) => socket).join('')).toBe('0000000011111111');
  expect(cpus.map(({ cache }) => cache).join('')).toBe('0000111122223333');
  expect(cpus.map(({ core }) => core).join('')).toBe('0011223344556677');
});

test('cores with one and with two threads stay so, gaps in the numbers close', () => {
  const { cpus } = parsed(fixture('hybrid-with-gaps'));
  expect(cpus.map(({ cpu }) => cpu)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(cpus.map(({ core }) => core)).toEqual([0, 0, 1, 1, 2, 3]);
  expect(new Set(cpus.map(({ socket }) => socket)).size).toBe(1);
});

test('without packages and caches a node is a socket', () => {
  const { cpus } = parsed(fixture('nodes-without-packages'));
  expect(cpus.map(({ node, socket, core, cache }) => [node, socket, core, cache])).toEqual([
    [0, 0, 0, 0],
    [0, 0, 1, 0],
    [1, 1, 2, 1],
    [1, 1, 3, 1],
  ]);
});

const object = (type: string, attributes: string, ...inside: string[]) =>
  `<object type="${type}" ${attributes}>${inside.join('')}</object>`;
const document = (...objects: string[]) =>
  `<topology version="2.0">${object('Machine', '', ...objects)}</topology>`;
const numa = (index: number, mib: number) =>
  object('NUMANode', `os_index="${index}" local_memory="${mib * 2 ** 20}"`);
const pu = (index: number) => object('PU', `os_index="${index}"`);

test('of several nodes at one place the first is home, memory behind a memory-side cache counts', () => {
  const machine = document(
    object(
      'Package',
      '',
      object('MemCache', '', numa(0, 64)),
      numa(2, 512),
      pu(0),
      object('L2Cache', '', pu(1)),
    ),
    numa(7, 1024),
  );
  const { cpus, nodes } = parsed(machine);
  expect(nodes.map(({ node, memoryMib }) => [node, memoryMib])).toEqual([
    [0, 64],
    [2, 512],
    [7, 1024],
  ]);
  expect(cpus.map(({ node, cache, core }) => [node, cache, core])).toEqual([
    [0, 0, 0],
    [0, 1, 1],
  ]);
});

test('the outermost cache is the last level', () => {
  const l2 = (index: number) => object('L2Cache', '', object('L1Cache', '', object('Core', '', pu(index))));
  const machine = document(numa(0, 1), object('L3Cache', '', l2(0), l2(1)), object('L3Cache', '', l2(2)));
  expect(parsed(machine).cpus.map(({ cache, core }) => [cache, core])).toEqual([
    [0, 0],
    [0, 1],
    [1, 2],
  ]);
});

test('a cpu under no node belongs to the first', () => {
  expect(parsed(document(object('Package', '', numa(3, 64)), pu(0))).cpus[0]!.node).toBe(3);
});

test.each([
  ['<svg></svg>', 'its root is <svg>, that of an hwloc file is <topology>'],
  ['<topology><object type="Machine"/></topology>', 'it is in version 1 of the format, this reads version 2'],
  ['<topology version="3.0"></topology>', 'it is in version 3.0 of the format, this reads version 2'],
  [document(), 'it has no PU, which is what hwloc calls a cpu'],
  [document(pu(0)), 'it has no NUMANode'],
  [document(numa(0, 1), pu(1), pu(1)), 'PU 1 is there twice'],
  [document(numa(1, 1), numa(1, 1), pu(0)), 'NUMANode 1 is there twice'],
  [document(numa(0, 1), object('PU', '')), 'a PU has no os_index'],
  [
    document(object('NUMANode', 'os_index="0" local_memory="much"'), pu(0)),
    'local_memory of NUMANode 0 is no number of bytes',
  ],
  [
    document(numa(0, 1), ...Array.from({ length: 4097 }, (_, n) => pu(n))),
    'it has 4097 cpus, this host takes at most 4096',
  ],
  ['<topology version="2.0">'.repeat(100), 'its elements are nested more than 64 deep'],
  [
    '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><topology version="2.0">&b;</topology>',
    'it defines entities of its own, which hwloc never does',
  ],
])('%.60s is refused with what is wrong', (text, why) => {
  expect(fault(text)).toEqual({ code: 'bad-topology', file: 'host.xml', why });
});

test.each([
  '',
  'no xml',
  '<topology version="2.0">',
  `${document(numa(0, 1), pu(0))}<more/>`,
  '<topology version="2.0">&lol;',
])('broken XML such as %j is refused as such', (text) => {
  expect(fault(text)).toMatchObject({ why: expect.stringContaining('it is no well-formed XML') });
});

test('a file of forty megabytes is refused unread', () => {
  expect(fault(' '.repeat(40_000_000))).toMatchObject({
    why: expect.stringContaining('40000000 characters'),
  });
});

test('any document of objects is a topology with ascending cpus or a refusal', () => {
  const type = fc.constantFrom('Package', 'Core', 'PU', 'NUMANode', 'L3Cache', 'Group', 'MemCache', '');
  const index = fc.nat(99).map((n) => `os_index="${n}"`);
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      index.map((written) => object('PU', written)),
      fc
        .tuple(type, index, fc.array(tie('tree')))
        .map(([of, written, inside]) => object(of, written, ...inside)),
    ),
  }));
  fc.assert(
    fc.property(tree, (text) => {
      const found = parseHwlocXml(document(numa(100, 1), text), 'any');
      if (!found.ok) {
        expect(found.refusal.code).toBe('bad-topology');
        return;
      }
      expect(found.value.cpus.map(({ cpu }) => cpu)).toEqual(found.value.cpus.map((_, n) => n));
      const nodes = found.value.nodes.map(({ node }) => node);
      expect(found.value.cpus.every(({ node }) => nodes.includes(node))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
