import { expect, test } from 'vitest';
import { didYouMean, near } from './near.ts';

const KNOWN = ['cpus', 'nodes', 'memory', 'topology'];

test('a word a slip away from a known one is taken for it', () => {
  expect(near('cpsu', KNOWN)).toBe('cpus');
  expect(near('node', KNOWN)).toBe('nodes');
  expect(near('memroy', KNOWN)).toBe('memory');
  expect(near('top', KNOWN)).toBe('topology');
});

test('a word far from all known ones is not guessed at', () => {
  expect(near('sched', KNOWN)).toBeUndefined();
  expect(near('', KNOWN)).toBeUndefined();
  expect(near('cpus'.repeat(100_000), KNOWN)).toBeUndefined();
  expect(didYouMean('sched', KNOWN)).toBe('');
  expect(didYouMean('cpu', KNOWN, (word) => `${word}=`)).toBe('did you mean cpus=? ');
});
