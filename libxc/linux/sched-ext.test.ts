import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { schedExtInWords } from './sched-ext.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sched-ext-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a scheduler that is loaded is named, and what it may do to weights', () => {
  writeFileSync(join(folder, 'state'), 'enabled\n');
  mkdirSync(join(folder, 'root'));
  writeFileSync(join(folder, 'root/ops'), 'lavd_1.0\n');
  expect(schedExtInWords(folder)).toEqual([
    'the sched_ext scheduler lavd_1.0 is loaded: weights and caps count only as far as it wants',
  ]);
});

test('nothing is said where none is, or the kernel knows no such thing', () => {
  expect(schedExtInWords(folder)).toEqual([]);
  writeFileSync(join(folder, 'state'), 'disabled\n');
  expect(schedExtInWords(folder)).toEqual([]);
});
