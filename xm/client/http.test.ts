import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exchange, talk } from './http.ts';

/** A socket whose other end does what it is told. */
async function listening(behave: (socket: Socket) => void, use: (path: string) => Promise<void>) {
  const directory = mkdtempSync(join(tmpdir(), 'xm-http-'));
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    behave(socket);
  });
  const path = join(directory, 's');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    await use(path);
  } finally {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  }
}

const GET = { method: 'GET', path: '/v1/pools' } as const;

test('a daemon that takes the call and says nothing is given up', async () => {
  await listening(
    () => {},
    async (path) => {
      expect(await talk(path, GET, 30, () => {})).toMatchObject({
        refusal: { code: 'no-xend', why: 'it has said nothing for 0.03 seconds' },
      });
    },
  );
});

test('a daemon that hangs up in the middle is told apart from one that has answered', async () => {
  await listening(
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
    async (path) => {
      expect(await exchange(path, GET)).toMatchObject({
        refusal: { code: 'no-xend', why: 'it hung up before it had answered' },
      });
    },
  );
});

test('where nobody listens, that is the reason', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'xm-http-'));
  const file = join(directory, 'file');
  writeFileSync(file, '');
  expect(await exchange(join(directory, 'none'), GET)).toMatchObject({
    refusal: { code: 'no-xend', why: 'there is no such socket' },
  });
  expect(await exchange(file, GET)).toMatchObject({ refusal: { code: 'no-xend' } });
  rmSync(directory, { recursive: true });
});

test('a request carries its body as JSON, counted in bytes', async () => {
  let seen = '';
  await listening(
    (socket) =>
      socket.on('data', (bytes) => {
        seen += bytes.toString('utf8');
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      }),
    async (path) => {
      const request = {
        method: 'POST',
        path: '/v1/x',
        body: { name: 'ö' },
        headers: { 'if-match': '"3"' },
      } as const;
      expect(await exchange(path, request)).toMatchObject({ ok: true, value: { text: '{}' } });
    },
  );
  expect(seen).toBe(
    'POST /v1/x HTTP/1.1\r\nhost: xend\r\nconnection: close\r\ncontent-type: application/json\r\n' +
      'content-length: 13\r\nif-match: "3"\r\n\r\n{"name":"ö"}',
  );
});
