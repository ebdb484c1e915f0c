import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeXend } from './testing/fake-xend.ts';
import { pool } from './testing/views.ts';

/** `bin/xm` as it is installed, in a process of its own. */
const MANY = Array.from({ length: 20_000 }, (_, n) => pool(`pool${n}`, [], []));
const xend = new FakeXend(() => [200, { pools: MANY }]);
const env = { PATH: process.env.PATH, XM_CONNECT: xend.socket };

beforeAll(() => xend.listen());
afterAll(() => xend.close());

/** Not in lockstep: the fake xend lives in this process. */
function shell(script: string): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', script], { env });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('close', (status) => resolve({ status, out, err }));
  });
}

test('a reader that has seen enough is no error', async () => {
  const { out, err } = await shell('bin/xm pool-list | head -n 2');
  expect(out).toBe('pool       cpus  sched   domains\npool0      -     credit  -\n');
  expect(err).toBe('');
});

test('all is written before the end, into a pipe too', async () => {
  const { status, out } = await shell('bin/xm pool-list | cat');
  expect(status).toBe(0);
  expect(out.split('\n')).toHaveLength(MANY.length + 2);
});

test('the exit status is 2 for wrong usage, and node bin/xm works too', async () => {
  const { status, out, err } = await shell('node bin/xm pool-create p ncpu=4 cpu=1');
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toMatch(/^xm: both ncpu= and cpu= were given\n {4}\S/);
});

test('a program that is not built says so in a sentence', () => {
  const directory = mkdtempSync(join(tmpdir(), 'xm-bare-'));
  const copied = spawnSync('cp', ['-r', 'bin', directory]);
  expect(copied.status).toBe(0);
  const { status, stderr }: SpawnSyncReturns<string> = spawnSync(
    process.execPath,
    [join(directory, 'bin', 'xm')],
    { encoding: 'utf8' },
  );
  rmSync(directory, { recursive: true });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'xm: it is not built yet\n    build it with npm run build\n',
  });
});
