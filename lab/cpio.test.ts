import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Archive } from './cpio.ts';
import { openNameless } from './machine.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cpu-pools-cpio-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An archive as Linux reads it: each entry's path, mode in octal, device and content. */
function written(fill: (archive: Archive) => void): unknown[][] {
  const { writing, reading } = openNameless('archive');
  const archive = new Archive(writing);
  fill(archive);
  archive.end();
  const bytes = readFileSync(reading);
  for (const fd of [writing, reading]) closeSync(fd);
  const entries: unknown[][] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number) =>
      Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const name = bytes.toString('utf8', at + 110, at + 110 + field(11) - 1);
    const content = 4 * Math.ceil((at + 110 + field(11)) / 4);
    const text = bytes.toString('utf8', content, content + field(6));
    entries.push([name, field(1).toString(8), `${field(9)}:${field(10)}`, text]);
    at = 4 * Math.ceil((content + field(6)) / 4);
  }
  return entries;
}

test('files, links and devices stand behind the folders that they need', () => {
  const entries = written((archive) => {
    archive.file('a/b/c', 'text', 0o755);
    archive.file('a/b/d', '');
    archive.link('a/e', 'b/c');
    archive.device('dev/console', 5, 1);
    archive.directory('tmp', 0o1777);
  });
  expect(entries).toEqual([
    ['a', '40755', '0:0', ''],
    ['a/b', '40755', '0:0', ''],
    ['a/b/c', '100755', '0:0', 'text'],
    ['a/b/d', '100644', '0:0', ''],
    ['a/e', '120777', '0:0', 'b/c'],
    ['dev', '40755', '0:0', ''],
    ['dev/console', '20600', '5:1', ''],
    ['tmp', '41777', '0:0', ''],
    ['TRAILER!!!', '0', '0:0', ''],
  ]);
});

test('a folder is copied with all that is in it, links as what they lead to', () => {
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'in/file'), 'five!', { mode: 0o700 });
  symlinkSync('in/file', join(folder, 'link'));
  const [, ...entries] = written((archive) => archive.copy(folder, 'to'));
  expect(entries.slice(0, -1)).toEqual([
    ['to/in', '40755', '0:0', ''],
    ['to/in/file', '100700', '0:0', 'five!'],
    ['to/link', '100700', '0:0', 'five!'],
  ]);
});
