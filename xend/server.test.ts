import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { get, request, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { close, removeLeft, serve } from './server.ts';
import { xendOn } from './testing/in-process.ts';

/** What real connections can do to a server that a call of its app cannot. */
let xend: Awaited<ReturnType<typeof xendOn>>;
let directory: string;
let path: string;
let server: Server;

beforeEach(async () => {
  xend = await xendOn();
  directory = mkdtempSync(join(tmpdir(), 'xend-server-'));
  path = join(directory, 'x.sock');
  const patience = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };
  const served = await serve(xend.app, path, 0o600, patience);
  if (!served.ok) throw new Error(JSON.stringify(served.refusal));
  server = served.value;
});

afterEach(async () => {
  xend.events.end();
  await close(server);
  rmSync(directory, { recursive: true });
});

/** All that the server says until it hangs up. */
function untilTheEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {}).on('close', () => resolve(text));
  });
}

const poolNames = async () =>
  (await xend.send('GET', '/v1/pools')).body.pools.map(({ name }: { name: string }) => name);

test('of sockets the one that nobody answers is removed, and no file that is none', async () => {
  await removeLeft(path);
  expect(existsSync(path)).toBe(true);
  const [left, file] = [join(directory, 'left.sock'), join(directory, 'file')];
  renameSync(path, left);
  await close(server);
  await removeLeft(left);
  expect(existsSync(left)).toBe(false);
  writeFileSync(file, '');
  await removeLeft(file);
  expect(existsSync(file)).toBe(true);
});

test('a client that takes for ever over its headers or its body is hung up on', async () => {
  for (const beginning of [
    'GET /v1/pools HTT',
    'POST /v1/pools HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{',
  ]) {
    const socket = connect(path);
    socket.write(beginning);
    expect(await untilTheEnd(socket)).toMatch(/^HTTP\/1.1 408 /);
  }
  expect(await poolNames()).toEqual(['pool0']);
});

test.each([
  ['announced', 'content-length: 2000000\r\n\r\n'],
  ['in chunks without end', 'transfer-encoding: chunked\r\n\r\n'],
])('of a huge body, %s, no more is read than a request may have', async (_, header) => {
  const socket = connect(path);
  const said = untilTheEnd(socket);
  socket.write(`POST /v1/pools HTTP/1.1\r\nhost: x\r\n${header}`);
  const chunk = header.startsWith('content') ? 'x'.repeat(65536) : `10000\r\n${'x'.repeat(65536)}\r\n`;
  for (let i = 0; i < 30 && !socket.destroyed; i++) socket.write(chunk);
  expect(await said).toMatch(/^HTTP\/1.1 413 [\s\S]*connection: close[\s\S]*"request-too-large"/i);
  expect(await poolNames()).toEqual(['pool0']);
});

test('a client that goes away while its change is carried out gets no answer, and the change is done whole', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { createPool } = xend.host;
  const reached = new Promise<void>((resolve) => {
    xend.host.createPool = async (...words) => {
      resolve();
      await held;
      return createPool(...words);
    };
  });
  const sent = request({ socketPath: path, method: 'POST', path: '/v1/pools', agent: false });
  sent.on('error', () => {});
  sent.end(JSON.stringify({ name: 'pool1', cpus: { count: 4 } }));
  await reached;
  sent.destroy();
  release();
  await xend.send('PATCH', '/v1/domains/0', { weight: 300 });
  expect((await xend.send('GET', '/v1/pools/pool1')).body.cpuList).toBe('6-9');
});

test('a client that goes away in the middle of its body changes nothing', async () => {
  const socket = connect(path);
  socket.write('POST /v1/pools HTTP/1.1\r\nhost: x\r\ncontent-length: 40\r\n\r\n{"name":"pool1",');
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await poolNames()).toEqual(['pool0']);
  expect((await xend.send('POST', '/v1/pools', { name: 'pool1', cpus: { count: 1 } })).status).toBe(201);
});

test('bytes that are not HTTP are refused, and the next client is served', async () => {
  const socket = connect(path);
  const said = untilTheEnd(socket);
  socket.write(Buffer.from([0, 1, 2, 0xff, 10, 10]));
  expect(await said).toMatch(/^HTTP\/1.1 400 /);
  expect(await poolNames()).toEqual(['pool0']);
});

test('over the socket a client follows the events and, cut off, goes on after the last one it saw', async () => {
  const first = await follow(null);
  await xend.send('POST', '/v1/pools', { name: 'pool1', cpus: { count: 1 } });
  const seen = await first.next();
  expect(seen).toMatchObject({ kind: 'change', pools: ['pool1', 'pool0'] });
  first.leave();
  await xend.send('POST', '/v1/pools', { name: 'pool2', cpus: { count: 1 } });
  const second = await follow(seen.id);
  expect(await second.next()).toMatchObject({ pools: ['pool2', 'pool0'] });
  await xend.send('DELETE', '/v1/pools/pool2');
  expect((await second.next()).text).toMatch(/^pool-destroy pool2: /);
  while (xend.events.listeners > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  xend.events.end();
  expect(await second.next()).toBeNull();
});

/** A client of the event stream that takes one event after the other. */
async function follow(lastEventId: string | null) {
  const headers = lastEventId === null ? {} : { 'last-event-id': lastEventId };
  const response = await new Promise<NodeJS.ReadableStream & { destroy(): void }>((resolve, reject) => {
    get({ socketPath: path, path: '/v1/events', headers, agent: false }, resolve).on('error', reject);
  });
  const chunks = response[Symbol.asyncIterator]();
  let text = '';
  return {
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into an event wherever it likes
    async next(): Promise<any> {
      for (;;) {
        const found = /^data: (.*)$/m.exec(text);
        if (found !== null) {
          text = text.slice(found.index + found[0].length);
          return JSON.parse(found[1]!);
        }
        const chunk = await chunks.next();
        if (chunk.done) return null;
        text += chunk.value;
      }
    },
    leave: () => response.destroy(),
  };
}
