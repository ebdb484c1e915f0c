import { expect, test } from 'vitest';
import { parseHostUri } from './uri.ts';

test.each([
  ['embedded:', { driver: 'embedded' }],
  ['EMBEDDED:', null],
  [
    'embedded:?cpus=16&nodes=2&cores=4&threads=2&memory=65536&seed=0',
    {
      driver: 'embedded',
      cpus: 16,
      nodes: 2,
      coresPerSocket: 4,
      threadsPerCore: 2,
      memoryMib: 65536,
      seed: 0,
    },
  ],
  ['embedded:?topology=sys&seed=7', { driver: 'embedded', topology: 'sys', seed: 7 }],
  ['embedded:?topology=my%20host.xml', { driver: 'embedded', topology: 'my host.xml' }],
  ['linux:', { driver: 'linux' }],
  ['xen:', { driver: 'xen' }],
  ['/run/xend/xend.sock', { driver: 'socket', path: '/run/xend/xend.sock' }],
  ['./xend.sock', { driver: 'socket', path: './xend.sock' }],
  ['unix:xend.sock', { driver: 'socket', path: 'xend.sock' }],
])('%s is understood', (uri, expected) => {
  const parsed = parseHostUri(uri);
  expect(parsed.ok ? parsed.value : null).toEqual(expected);
});

test.each([
  ['', 'it names no host'],
  ['host', 'it names no host'],
  ['embeded:', 'did you mean embedded? it names no host'],
  ['linux:?x=1', 'linux: takes nothing after the colon'],
  ['unix:', 'the path of the socket is missing'],
  ['embedded://host', 'after embedded: there is nothing or ?cpus=16'],
  [
    'embedded:?cpu=4',
    'did you mean cpus? "cpu" is none of cpus, nodes, cores, threads, memory, topology, seed',
  ],
  ['embedded:?toString=4', '"toString" is none of cpus, nodes, cores, threads, memory, topology, seed'],
  ['embedded:?cpus', '"cpus" is not like cpus=16'],
  ['embedded:?cpus=0', 'cpus= wants a whole number from 1 to 4096'],
  ['embedded:?cpus=1e3', 'cpus= wants a whole number from 1 to 4096'],
  ['embedded:?cpus=4097', 'cpus= wants a whole number from 1 to 4096'],
  ['embedded:?seed=-1', 'seed= wants a whole number from 0 to 4294967295'],
  ['embedded:?cpus=4&cpus=5', 'cpus is given twice'],
  ['embedded:?topology=', 'topology= wants sys or the path of an hwloc file'],
  ['embedded:?topology=%zz', 'topology= wants sys or the path of an hwloc file'],
  ['embedded:?topology=sys&nodes=2', 'topology= says already what nodes= would'],
])('%j is refused', (uri, why) => {
  expect(parseHostUri(uri)).toEqual({ ok: false, refusal: { code: 'bad-uri', uri, why } });
});
