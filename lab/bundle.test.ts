import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleTests } from './bundle.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cpu-pools-bundle-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a file of tests as a guest would, here. */
async function run(file: string) {
  const program = join(folder, 'lab/program.mjs');
  await bundleTests(file, program);
  const { status, stdout } = spawnSync(process.execPath, ['--enable-source-maps', program], {
    encoding: 'utf8',
  });
  return {
    status,
    lines: stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ \(\d+ ms\)$/, '')),
  };
}

async function runText(text: string) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'some.lab.ts'), text);
  return run(relative('.', join(folder, 'some.lab.ts')));
}

test("a driver's conformance suite runs in it as it does in vitest", async () => {
  const { status, lines } = await run('libxc/embedded/host.test.ts');
  expect(lines.at(-1)).toMatch(/^\d\d passed, 0 failed$/);
  expect(lines[0]).toBe('  ok    host embedded, flat > describes cpus by number, and at least one scheduler');
  expect(status).toBe(0);
});

test('says a line a test, what went wrong and where, and the sum', async () => {
  const { status, lines } = await runText(`
    import { afterEach, describe, expect, test } from 'vitest';
    const seen: string[] = [];
    afterEach(() => { seen.push('after'); });
    test.each([1, 2])('number %i', (n) => expect(n).toBe(1));
    describe('inner', () => {
      test.skipIf(true)('left out', () => {});
      test('hooks ran', () => expect(seen).toEqual(['after', 'after']));
      test('matchers', async () => {
        expect({ a: [1, { b: 2 }], c: 3 }).toMatchObject({ a: expect.arrayContaining([1]) });
        await expect(Promise.reject(new Error('no'))).rejects.toThrow('no');
      });
    });`);
  expect(lines.filter((line) => /^ {2}\w/.test(line))).toEqual([
    '  ok    number 1',
    '  FAIL  number 2',
    '  ok    inner > hooks ran',
    '  ok    inner > matchers',
    '  skip  inner > left out',
  ]);
  expect(lines.join('\n')).toMatch(/- 1\n +\+ 2\n[\s\S]* at .*some\.lab\.ts:5:/);
  expect(lines.at(-1)).toBe('3 passed, 1 failed, 1 skipped');
  expect(status).toBe(1);
});

test('a hook that fails, a file that cannot be loaded and a file without a test have failed', async () => {
  const hook = await runText(`
    import { beforeAll, describe, test } from 'vitest';
    describe('all of it', () => { beforeAll(() => { throw new Error('not today'); }); test('never runs', () => {}); });`);
  expect(hook.lines).toContain('  FAIL  all of it (outside of its tests)');
  expect(hook.lines.at(-1)).toBe('0 passed, 1 failed, 1 skipped');
  const broken = await runText(
    `import { test } from 'vitest'; test('x', () => {}); throw new Error('broken');`,
  );
  expect(broken.lines.join('\n')).toContain('broken');
  expect(broken.status).toBe(1);
  expect((await runText('export {};')).status).toBe(1);
});
