import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeptFile } from './kept-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-file-'));
  path = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file has changed when it reads otherwise, and then no more', () => {
  writeFileSync(path, '0-3\n');
  const file = new KeptFile(path);
  expect([file.hasChanged(), file.text]).toEqual([false, '0-3\n']);
  writeFileSync(path, '0-2\n');
  expect([file.hasChanged(), file.text, file.hasChanged()]).toEqual([true, '0-2\n', false]);
  appendFileSync(path, '5\n');
  expect([file.hasChanged(), file.text]).toEqual([true, '0-2\n5\n']);
  truncateSync(path, 0);
  expect([file.hasChanged(), file.text]).toEqual([true, '']);
  file.close();
});

test('a file longer than any before is read whole', () => {
  const long = '12345\n'.repeat(5_000);
  writeFileSync(path, long);
  const file = new KeptFile(path);
  expect([file.hasChanged(), file.text]).toEqual([false, long]);
  writeFileSync(path, `${long.slice(0, -2)}6\n`);
  expect(file.hasChanged()).toBe(true);
  file.close();
});

test('what is not there has changed, each time it is looked at', () => {
  const file = new KeptFile(path);
  writeFileSync(path, 'another\n');
  expect([file.hasChanged(), file.hasChanged(), file.text]).toEqual([true, true, '']);
});
