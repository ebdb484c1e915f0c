import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cpu, formatCpuList, regularTopology, type Topology } from '../../interface/index.ts';
import { chooseCpus } from './choose-cpus.ts';

/** `0,2,4-6` as numbers; the choice in these tests reads like the commands of the proposal. */
const cpus = (text: string): Cpu[] =>
  text === ''
    ? []
    : text.split(',').flatMap((part) => {
        const [first, last = first] = part.split('-').map(Number) as [number, number?];
        return Array.from({ length: last! - first! + 1 }, (_, i) => (first! + i) as Cpu);
      });

const flat = regularTopology({ cpus: 10 });
const threaded = regularTopology({ cpus: 16, nodes: 2, coresPerSocket: 2, threadsPerCore: 2 });
/** Four cores of two threads, numbered as Linux does: 0 and 4 are one core. */
const interleaved: Topology = {
  ...flat,
  cpus: flat.cpus.slice(0, 8).map((place) => ({ ...place, core: place.cpu % 4 })),
};
/** Eight cores of two threads, the same way: 0 and 8. */
const interleavedWide: Topology = {
  ...flat,
  cpus: regularTopology({ cpus: 16 }).cpus.map((place) => ({ ...place, core: place.cpu % 8 })),
};
/** One node, four caches of four cpus: of two cores of two threads, and of four cores. */
const caches = regularTopology({ cpus: 16, coresPerSocket: 2, threadsPerCore: 2 });
const plainCaches = regularTopology({ cpus: 16, coresPerSocket: 4 });
/** Three nodes of four cores of two threads, each with a cache of its own. */
const loners = regularTopology({ cpus: 24, nodes: 3, coresPerSocket: 1, threadsPerCore: 2 });
/** cpus 0-7 are four cores of two threads, 8-11 four of one: a laptop. */
const hybrid: Topology = {
  ...flat,
  cpus: regularTopology({ cpus: 12 }).cpus.map((place) => ({
    ...place,
    core: place.cpu < 8 ? place.cpu >> 1 : place.cpu,
  })),
};
/** The other way round: 0-3 four cores of one thread, 4-11 four of two. */
const hybridSmallFirst: Topology = {
  ...flat,
  cpus: hybrid.cpus.map((place) => ({ ...place, core: place.cpu < 4 ? place.cpu : 4 + (place.cpu >> 1) })),
};

const choose = (topology: Topology, from: string, beside: string, count: number, offline = '') =>
  formatCpuList(
    chooseCpus(
      { topology, online: topology.cpus.map(({ cpu }) => cpu).filter((cpu) => !cpus(offline).includes(cpu)) },
      cpus(from),
      cpus(beside),
      count,
    ),
  );

test.each([
  ["the proposal's own: four of ten", flat, '1-9', 4, '6-9'],
  ['one', flat, '1-9', 1, '9'],
  ['all there are', flat, '1-9', 9, '1-9'],
  ['a run that fits before higher numbers apart', flat, '1-3,5,7,9', 3, '1-3'],
  ['the highest of two runs that fit', flat, '1-3,5-7,9', 3, '5-7'],
  ['few runs where none fits', flat, '1-3,5,7,9', 4, '1-3,9'],
  ['whole cores', threaded, '1-15', 2, '14-15'],
  ['one whole core and a thread, all in one cache', threaded, '1-15', 3, '13-15'],
  ['a cache to itself', threaded, '1-15', 4, '12-15'],
  ['a cache that fits before one where some are gone', threaded, '1-11,13-15', 4, '8-11'],
  ['a whole core before one that another pool shares', threaded, '1-14', 1, '14'],
  ['two whole cores of a node before one cache', threaded, '2-3,5-7,9-11', 4, '2-3,6-7'],
  ['a node to itself', threaded, '1-15', 8, '8-15'],
  ['a node, and the cache that fits of the other', threaded, '1-15', 12, '4-15'],
  ['never half of the core of cpu 0 if another is whole', threaded, '1,2-3', 2, '2-3'],
  ['threads that are numbered far apart', interleaved, '1-7', 2, '3,7'],
  ['two cores numbered far apart, side by side', interleaved, '1-7', 4, '2-3,6-7'],
  ['a run of cores numbered far apart', interleavedWide, '1-3,5,7,9-11,13,15', 4, '2-3,10-11'],
  ['few caches where one has too few', caches, '4-7,10-11,14-15', 6, '4-7,14-15'],
  ['few nodes where one has too few', loners, '4-7,14-15,22-23', 6, '4-7,22-23'],
  ['a thread left over before half of a whole core', threaded, '1-10,12-15', 1, '10'],
  ['threads left over, and no more of them than it must', threaded, '2,4,6,8,10,14-15', 5, '6,8,10,14-15'],
  ['small cores where they fill it', hybrid, '1-11', 4, '8-11'],
  ['small cores make up the odd number', hybrid, '1-11', 5, '4-7,11'],
  ['a small core for the odd one where large ones are above', hybridSmallFirst, '1-11', 3, '3,10-11'],
  ['large cores first where small ones would leave a half', hybrid, '2-7,11', 4, '4-7'],
])('creating takes %s', (_, topology, spare, count, wanted) => {
  expect(choose(topology, `0,${spare}`, '', count)).toBe(wanted);
});

test('a core whose other thread is offline is whole with one', () => {
  expect(choose(threaded, '0-12,14-15', '', 3, '13')).toBe('12,14-15');
});

test.each([
  ['the other thread of its own core', threaded, '1-6,8-15', '7', 1, '6'],
  ['cores of its own cache', threaded, '1-3,6-15', '4-5', 2, '6-7'],
  ['cores of its own node', threaded, '1-3,8-15', '4-7', 2, '2-3'],
  ['the neighbour below', flat, '1-5', '6-9', 1, '5'],
  ['the neighbour before a longer run', flat, '1-3,5-9', '4', 2, '5-6'],
  ['both sides where one has too few', flat, '3,6-9', '4-5', 2, '6-7'],
  ['what mends its own core', threaded, '4-6', '7', 2, '5-6'],
  ['its own cache before the neighbour', plainCaches, '3,7', '4', 1, '7'],
  ['what its cache has, and the next cache', caches, '6-15', '4-5', 6, '6-11'],
  ['what its cache has, and the roomiest', caches, '6-9,12-15', '4-5', 6, '6-7,12-15'],
  ['what closes a gap', flat, '1-3,6,8-9', '5,7', 1, '6'],
])('growing takes %s', (_, topology, spare, has, count, wanted) => {
  expect(choose(topology, `0,${spare}`, has, count)).toBe(wanted);
});

test.each([
  ['the upper end of a run', flat, '6-9', 3, '7-9'],
  ['the longer run', flat, '2-4,9', 3, '2-4'],
  ['whole cores, giving back halves', threaded, '5,8-11', 4, '8-11'],
  ['its node, giving back what is foreign', threaded, '4-5,8-13', 6, '8-13'],
  ['one cache of two', threaded, '2-3,4-7', 4, '4-7'],
])('shrinking keeps %s', (_, topology, has, count, wanted) => {
  expect(choose(topology, has, '', count)).toBe(wanted);
});

const host = fc.record({
  cores: fc.array(fc.record({ threads: fc.integer({ min: 1, max: 2 }), apart: fc.boolean() }), {
    minLength: 2,
    maxLength: 24,
  }),
  coresPerCache: fc.integer({ min: 1, max: 6 }),
  cachesPerNode: fc.integer({ min: 1, max: 3 }),
});

/** Any host of cores with one or two threads, caches and nodes in between. */
const topologies = host.map(({ cores, coresPerCache, cachesPerNode }): Topology => {
  const cpus = cores.flatMap(({ threads }, core) => {
    const cache = Math.floor(core / coresPerCache);
    const node = Math.floor(cache / cachesPerNode);
    return Array.from({ length: threads }, () => ({ core, cache, node, socket: node }));
  });
  return {
    nodes: [],
    cpus: cpus.map((place, cpu) => ({ ...place, cpu: cpu as Cpu })),
  } as unknown as Topology;
});

const questions = topologies.chain((topology) =>
  fc.record({
    topology: fc.constant(topology),
    spare: fc.subarray(
      topology.cpus.slice(1).map(({ cpu }) => cpu),
      { minLength: 1 },
    ),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    ours: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

const cpu0 = 0 as Cpu;

test('any choice is of the right size, from what is spare, each once, and always the same', () => {
  fc.assert(
    fc.property(questions, ({ topology, spare, part, ours }) => {
      const online = topology.cpus.map(({ cpu }) => cpu);
      const beside = spare.splice(0, Math.floor(ours * (spare.length - 1)));
      const count = 1 + Math.floor(part * (spare.length - 1));
      const chosen = chooseCpus({ topology, online }, [cpu0, ...spare], beside, count);
      expect(new Set(chosen).size).toBe(count);
      expect(spare).toEqual(expect.arrayContaining(chosen));
      expect(
        chooseCpus({ topology, online }, [...spare.toReversed(), cpu0], beside.toReversed(), count),
      ).toEqual(chosen);
    }),
    { numRuns: 2000 },
  );
});

test('a new pool splits no core where whole ones can make up the number', () => {
  fc.assert(
    fc.property(questions, ({ topology, spare, part }) => {
      const online = topology.cpus.map(({ cpu }) => cpu);
      const count = 1 + Math.floor(part * (spare.length - 1));
      const threads = (cpus: readonly Cpu[]) => threadsByCore(topology, cpus);
      const sizes = threads(online);
      const whole = [...threads(spare)]
        .filter(([core, size]) => sizes.get(core) === size)
        .map(([, size]) => size);
      const ones = whole.filter((size) => size === 1).length;
      const twos = whole.length - ones;
      const left = count - 2 * Math.min(twos, Math.floor(count / 2));
      if (left > ones) return;
      const chosen = threads(chooseCpus({ topology, online }, [cpu0, ...spare], [], count));
      expect([...chosen].filter(([core, size]) => sizes.get(core) !== size)).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

function threadsByCore(topology: Topology, cpus: readonly Cpu[]): Map<number, number> {
  const threads = new Map<number, number>();
  for (const cpu of cpus) {
    const { core } = topology.cpus[cpu]!;
    threads.set(core, (threads.get(core) ?? 0) + 1);
  }
  return threads;
}
