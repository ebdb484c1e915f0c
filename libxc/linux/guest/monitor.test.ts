import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, threadsIn } from './monitor.ts';

const GREETING = { QMP: { version: {}, capabilities: [] } };

let folder: string;
let path: string;
let server: Server | null = null;
let heard: unknown[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monitor-'));
  path = join(folder, 'qmp');
  heard = [];
});
afterEach(async () => {
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
  rmSync(folder, { recursive: true });
});

/** A monitor that answers as a test wants. */
async function serve(answer: (line: Socket, command: string) => void): Promise<void> {
  server = createServer((line) => {
    line.on('error', () => {});
    line.write(`${JSON.stringify(GREETING)}\n`);
    line.on('data', (data) => {
      for (const text of data.toString().trim().split('\n')) {
        heard.push(JSON.parse(text));
        answer(line, JSON.parse(text).execute);
      }
    });
  });
  await new Promise<void>((resolve) => server!.listen(path, resolve));
}
const say = (line: Socket, words: object) => line.write(`${JSON.stringify(words)}\r\n`);

test('says its command once the monitor has agreed to speak, and leaves events aside', async () => {
  await serve((line, command) => {
    say(line, { event: 'RESUME', timestamp: {} });
    say(line, { return: command === 'cont' ? { a: 1 } : {} });
  });
  expect(await ask(path, 'cont')).toEqual({ ok: true, value: { a: 1 } });
  expect(heard).toEqual([{ execute: 'qmp_capabilities' }, { execute: 'cont' }]);
});

test('an answer in pieces is one answer', async () => {
  await serve((line) => {
    const text = `${JSON.stringify({ return: { b: 2 } })}\n`;
    line.write(text.slice(0, 5));
    setTimeout(() => line.write(text.slice(5)), 10);
  });
  expect(await ask(path, 'stop')).toEqual({ ok: true, value: { b: 2 } });
});

test('says why there is no answer', async () => {
  expect(await ask(path, 'stop')).toEqual({
    ok: false,
    why: 'its monitor cannot be reached: there is no such socket',
  });
  let fate: (line: Socket, command: string) => void = () => {};
  await serve((line, command) => fate(line, command));
  expect(await ask(path, 'stop', 50)).toEqual({ ok: false, why: 'its monitor is silent for 0.05 s' });
  fate = (line, command) =>
    say(line, command === 'stop' ? { error: { class: 'GenericError', desc: 'not "now"' } } : { return: {} });
  expect(await ask(path, 'stop')).toEqual({ ok: false, why: 'its monitor says "not \\"now\\""' });
  fate = (line) => line.write('HTTP/1.1 400\n');
  expect(await ask(path, 'stop')).toEqual({ ok: false, why: 'its monitor says what no monitor does' });
  fate = (line) => line.write('x'.repeat(1024 * 1024 + 1));
  expect(await ask(path, 'stop')).toEqual({ ok: false, why: 'its monitor does not stop talking' });
  fate = (line) => line.destroy();
  expect(await ask(path, 'stop')).toEqual({ ok: false, why: 'its monitor hung up' });
});

test('finds the thread of each vcpu, in their order, or none', () => {
  const told = [
    { 'cpu-index': 1, 'thread-id': 12, props: {} },
    { 'cpu-index': 0, 'thread-id': 11 },
  ];
  expect(threadsIn(told, 2)).toEqual([11, 12]);
  expect(threadsIn(told, 3)).toBeNull();
  expect(threadsIn({ return: told }, 2)).toBeNull();
});
