import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { explain, type Outcome } from '../interface/index.ts';
import { OutputFile, realPath } from './output-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'output-'));
afterAll(() => rmSync(folder, { recursive: true }));

function opened(path: string): OutputFile {
  const file = OutputFile.open(path);
  if (!file.ok) throw new Error(explain(file.refusal).sentence);
  return file.value;
}

const sentence = (outcome: Outcome<unknown>) => (outcome.ok ? null : explain(outcome.refusal).sentence);
const bytes = (length: number) => new Uint8Array(length).fill(120);

test('a file is there when it is complete, and not before', () => {
  const path = join(folder, 'whole');
  writeFileSync(path, 'old');
  const file = opened(path);
  file.write(bytes(10));
  file.write(bytes(200_000));
  file.write(bytes(65_536));
  file.write(bytes(1));
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(file.keep().ok).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('x'.repeat(265_547));
  file.discard();
  expect(readdirSync(folder)).toEqual(['whole']);
});

test('what is given up leaves nothing behind, and what was there before stays', () => {
  const path = join(folder, 'whole');
  const file = opened(path);
  file.write(bytes(100_000));
  file.discard();
  expect(readFileSync(path, 'utf8')).toHaveLength(265_547);
  expect(readdirSync(folder)).toEqual(['whole']);
});

test('a link stays a link, and two names of one file are known as one', () => {
  symlinkSync('whole', join(folder, 'link'));
  const file = opened(join(folder, 'link'));
  file.write(bytes(3));
  expect(file.keep().ok).toBe(true);
  expect(readFileSync(join(folder, 'whole'), 'utf8')).toBe('xxx');
  expect(realPath(join(folder, 'link'))).toBe(realPath(join(folder, 'whole')));
  expect(realPath(join(folder, 'none', '..', 'new'))).toBe(join(realPath(folder), 'new'));
});

test('two at once do not meet', () => {
  const [one, other] = [opened(join(folder, 'both')), opened(join(folder, 'both'))];
  one.write(bytes(1));
  other.write(bytes(2));
  expect(one.keep().ok && other.keep().ok).toBe(true);
  expect(readFileSync(join(folder, 'both'), 'utf8')).toBe('xx');
});

test('a device is written as it is, and stays a device', () => {
  const file = opened('/dev/null');
  file.write(bytes(100_000));
  expect(file.keep().ok).toBe(true);
  file.discard();
  expect(opened('/dev/null').keep().ok).toBe(true);
});

test('a disk that is full is told once, at the latest when the file is closed', () => {
  for (const length of [10, 1_000_000]) {
    const file = opened('/dev/full');
    file.write(bytes(length));
    file.write(bytes(length));
    expect(sentence(file.keep())).toBe('cannot write /dev/full: no space left on the disk');
    file.discard();
  }
});

test.each([
  ['', 'it is a directory'],
  ['none/file', 'it is not there and cannot be made'],
  ['whole/file', 'a part of the path is no directory'],
])('%j cannot be written', (name, why) => {
  const path = join(folder, name);
  expect(sentence(OutputFile.open(path))).toBe(`cannot write ${path}: ${why}`);
});

test.skipIf(process.getuid?.() === 0)('a file that may not be written is not replaced (root may)', () => {
  const path = join(folder, 'locked');
  writeFileSync(path, 'old', { mode: 0o444 });
  expect(sentence(OutputFile.open(path))).toBe(`cannot write ${path}: permission denied`);
  mkdirSync(join(folder, 'closed'), { mode: 0o555 });
  expect(sentence(OutputFile.open(join(folder, 'closed', 'new')))).toContain('permission denied');
  chmodSync(join(folder, 'closed'), 0o755);
});
