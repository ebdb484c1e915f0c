import { expect, test } from 'vitest';
import { PLAIN_NAMES } from './names.ts';

const { pool0, poolDirectory, poolNameOf, domainDirectory, domainIdOf } = PLAIN_NAMES;
const FREE: ReadonlySet<string> = new Set();

test('a pool’s directory is its name where that is safe, and its bytes where not', () => {
  expect(poolDirectory('build', FREE)).toBe('xm-build');
  expect(poolDirectory('a.b_c:d+e-f', FREE)).toBe('xm-a.b_c:d+e-f');
  expect(poolDirectory('größe', FREE)).toBe('xm-gr%c3%b6%c3%9fe');
  expect(poolDirectory('100%', FREE)).toBe('xm-100%25');
});

test('the name is read back from the directory', () => {
  for (const name of ['build', 'größe', '100%', '"quoted"', 'a\\b', '%2', 'x~2', '😀'])
    for (const taken of [FREE, new Set([poolDirectory(name, FREE)])])
      expect(poolNameOf(poolDirectory(name, taken))).toBe(name);
});

test('a directory that a renamed pool keeps is not given again', () => {
  expect(poolDirectory('a', new Set(['xm-a', 'xm-a~2']))).toBe('xm-a~3');
});

test('the longest name fits a directory', () => {
  expect(poolDirectory('ö'.repeat(31), FREE).length).toBeLessThanOrEqual(255);
});

test('directories of others are no pools', () => {
  for (const name of ['system.slice', 'xm-', 'xm-%zz', 'xm-%2fetc', 'xm-7', 'xm-%ff'])
    expect(poolNameOf(name)).toBeNull();
  expect(poolNameOf(pool0)).toBe('pool0');
});

test('a domain’s directory is its id, in that of its pool', () => {
  expect(domainDirectory('xm-a', domainIdOf('dom-17')!)).toBe('xm-a/dom-17');
  for (const name of ['dom-', 'dom-x', 'dom-99999', 'dom-1.scope', '17']) expect(domainIdOf(name)).toBeNull();
});
