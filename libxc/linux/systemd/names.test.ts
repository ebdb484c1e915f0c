import { expect, test } from 'vitest';
import { domainId } from '../../../interface/index.ts';
import { SYSTEMD_NAMES } from './names.ts';

const { pool0, poolDirectory, poolNameOf, domainDirectory, domainIdOf } = SYSTEMD_NAMES;
const FREE: ReadonlySet<string> = new Set();

test('a pool’s slice is its name, written as systemd-escape writes it: a dash would put it into another slice', () => {
  expect(poolDirectory('build', FREE)).toBe('xm_build.slice');
  expect(poolDirectory('a.b_c:d', FREE)).toBe('xm_a.b_c:d.slice');
  expect(poolDirectory('web-front', FREE)).toBe('xm_web\\x2dfront.slice');
  expect(poolDirectory('größe', FREE)).toBe('xm_gr\\xc3\\xb6\\xc3\\x9fe.slice');
  expect(poolDirectory('a\\x2db', FREE)).toBe('xm_a\\x5cx2db.slice');
});

test('the name is read back from the slice', () => {
  for (const name of [
    'build',
    'web-front',
    'größe',
    '100%',
    '%2d',
    '"quoted"',
    'a\\b',
    '\\x2d',
    '2_x',
    'x~2',
    '😀',
  ])
    for (const taken of [FREE, new Set([poolDirectory(name, FREE)])])
      expect(poolNameOf(poolDirectory(name, taken))).toBe(name);
});

test('a slice that a renamed pool keeps is not given again', () => {
  expect(poolDirectory('a', new Set(['xm_a.slice', 'xm2_a.slice']))).toBe('xm3_a.slice');
});

test('slices of others are no pools', () => {
  const others = [
    'system.slice',
    'xm_.slice',
    'xm_a',
    'xm-a',
    'xm_\\xff.slice',
    'xm_a\\x2fb.slice',
    'xm_7.slice',
  ];
  for (const name of others) expect(poolNameOf(name)).toBeNull();
  expect(poolNameOf(pool0)).toBe('pool0');
});

test('a domain’s scope is its id, and on its way to another pool it has two', () => {
  const here = domainDirectory('xm_a.slice', domainId(17));
  expect(here).toBe('xm_a.slice/xm-dom-17.scope');
  const there = domainDirectory('xm_b.slice', domainId(17), here);
  expect(there).toBe('xm_b.slice/xm-dom-17.2.scope');
  expect(domainDirectory('xm_a.slice', domainId(17), there)).toBe(here);
  for (const name of ['xm-dom-17.scope', 'xm-dom-17.2.scope']) expect(domainIdOf(name)).toBe(17);
  const others = ['xm-dom-.scope', 'xm-dom-99999.scope', 'xm-dom-1.service', 'dom-1', 'xm-dom-1.3.scope'];
  for (const name of others) expect(domainIdOf(name)).toBeNull();
});
