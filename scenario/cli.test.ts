import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { simulate } from './cli.ts';

async function xm(...words: string[]) {
  const texts = { stdout: '', stderr: '' };
  const writer = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      texts[name] += text;
    },
  });
  const io = {
    cwd: join(import.meta.dirname, 'examples'),
    stdout: writer('stdout'),
    stderr: writer('stderr'),
    home: join(import.meta.dirname, '..'),
  };
  return { status: await simulate(words, io), ...texts };
}

test.each(readdirSync(join(import.meta.dirname, 'examples')))('the example %s runs', async (file) => {
  expect(await xm(file, '--seconds', '30')).toMatchObject({ status: 0, stderr: '' });
});

test('a person gets a table a window, with the actions between them', async () => {
  const { stdout } = await xm('move.json');
  expect(stdout).toMatch(/^domain {2}pool {2}vcpus {2}weight {2}cap {2}share {2}entitled {2}difference$/m);
  expect(stdout).toMatch(/^20 s: pool-migrate B p2$/m);
  expect(stdout.indexOf('4-20 s')).toBeLessThan(stdout.indexOf('20 s: pool-migrate'));
  expect(stdout.indexOf('20 s: pool-migrate')).toBeLessThan(stdout.indexOf('24-64 s'));
});

test('a program gets JSON, the same bytes each time', async () => {
  const first = await xm('pitfall.json', '--json', '--seconds=5', '--seed=7', '--repeats', '2');
  const second = await xm('pitfall.json', '--json', '--seconds=5', '--seed=7', '--repeats', '2');
  expect(first.stdout).toBe(second.stdout);
  const result = JSON.parse(first.stdout);
  expect(result).toMatchObject({ seed: 7, windows: [{ repeat: 1, fromS: 4, toS: 9 }, { repeat: 2 }] });
});

test('a trace is looked for beside the scenario, wherever one stands', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulate-'));
  const workload = { kind: 'trace', file: 'trace.txt' };
  writeFileSync(join(folder, 'trace.txt'), '1 3\n');
  writeFileSync(join(folder, 's.json'), JSON.stringify({ domains: [{ name: 'A', workload }], seconds: 2 }));
  const { stdout } = await xm(join(folder, 's.json'), '--json');
  expect(JSON.parse(stdout).windows[0].domains.A.sharePercent).toBeCloseTo(25, 0);
  rmSync(folder, { recursive: true });
});

test.each([
  [[], 2, 'xm: simulate wants one scenario, not 0\n'],
  [['a', 'b'], 2, 'xm: simulate wants one scenario, not 2\n'],
  [['a', '--speed'], 2, "xm: Unknown option '--speed'"],
  [['a', '--seed', 'x'], 1, 'xm: --seed cannot be "x"\n    give a whole number from 0 to 4294967295\n'],
  [['a', '--seconds='], 1, 'xm: --seconds cannot be ""\n'],
  [['none.json'], 1, 'xm: cannot read none.json: ENOENT\n'],
  [['../cli.ts'], 1, 'xm: ../cli.ts, line 1: JSON: a value is missing\n'],
])('%j is refused', async (words, status, beginning) => {
  const { stderr, ...answer } = await xm(...words);
  expect(answer).toEqual({ status, stdout: '' });
  expect(stderr.slice(0, beginning.length)).toBe(beginning);
});
