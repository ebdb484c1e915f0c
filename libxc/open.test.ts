import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHost } from './open.ts';
import { parseHostUri } from './uri.ts';

async function open(text: string) {
  const uri = parseHostUri(text);
  if (!uri.ok) throw new Error(text);
  const host = await openHost(uri.value, () => 0);
  if (!host.ok) return host.refusal;
  const { topology } = await host.value.describe();
  await host.value.close();
  return topology;
}

test('embedded: is the proposal’s host of ten cpus, one node, one thread a core', async () => {
  const topology = await open('embedded:');
  expect(topology).toMatchObject({ nodes: [{ node: 0, memoryMib: 20480 }] });
  expect(topology).toMatchObject({ cpus: { length: 10, 9: { core: 9, node: 0, socket: 0 } } });
});

test('embedded: has the shape its parameters give', async () => {
  expect(await open('embedded:?cpus=8&nodes=2&cores=2&threads=2&memory=4096')).toMatchObject({
    cpus: { length: 8, 7: { node: 1, socket: 1, core: 3 } },
    nodes: [{ memoryMib: 2048 }, { memoryMib: 2048 }],
  });
  expect(await open('embedded:?topology=sys')).toHaveProperty('cpus');
  const fixture = join(import.meta.dirname, 'topology/fixtures/two-sockets-four-nodes.xml');
  expect(await open(`embedded:?topology=${fixture}`)).toMatchObject({ cpus: { length: 16 } });
});

test('what cannot be opened is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'open-'));
  writeFileSync(join(folder, 'text.xml'), 'no xml');
  expect(await open('xen:')).toMatchObject({ code: 'not-offered', driver: 'xen' });
  expect(await open('unix:xend.sock')).toMatchObject({ code: 'bad-uri' });
  expect(await open('embedded:?cpus=2&nodes=3')).toMatchObject({
    code: 'bad-uri',
    why: 'it has more nodes than cpus',
  });
  expect(await open(`embedded:?topology=${folder}/none.xml`)).toMatchObject({
    code: 'unreadable-file',
    why: 'ENOENT',
  });
  expect(await open(`embedded:?topology=${folder}`)).toMatchObject({
    code: 'unreadable-file',
    why: 'it is no file',
  });
  expect(await open(`embedded:?topology=${folder}/text.xml`)).toMatchObject({ code: 'bad-topology' });
  rmSync(folder, { recursive: true });
});
