import { expect, test } from 'vitest';
import { parseWish, planRuns } from './runs.ts';

const ALL = ['a.lab.ts', 'b.lab.sh', 'c.systemd.lab.ts'];

/** A line a boot: kernel, `s` where systemd is the first program, files. */
function runs(...words: string[]): string[] {
  const wish = parseWish(words, (word) => ALL.includes(word));
  if (typeof wish === 'string') return [wish];
  return planRuns(wish, ALL).map(({ kernel, isSystemd, files }) =>
    [`${kernel.name}${isSystemd ? 's' : ''}`, ...files].join(' '),
  );
}

test('everything: what needs no systemd on all kernels, and the rest on Debian 12', () => {
  const plain = ['6.1', '6.12', '7'].map((kernel) => `${kernel} a.lab.ts b.lab.sh`);
  expect(runs()).toEqual([...plain, '6.1s c.systemd.lab.ts']);
});

test('kernels alone: these, without systemd; with the word: systemd on these', () => {
  expect(runs('6.12')).toEqual(['6.12 a.lab.ts b.lab.sh']);
  expect(runs('systemd')).toEqual(['6.1s c.systemd.lab.ts']);
  expect(runs('systemd', '6.12', '7')).toEqual(['6.12s c.systemd.lab.ts', '7s c.systemd.lab.ts']);
});

test('files: each where it belongs, and with the word all of them with systemd', () => {
  expect(runs('7', 'a.lab.ts', 'c.systemd.lab.ts')).toEqual(['7 a.lab.ts', '7s c.systemd.lab.ts']);
  expect(runs('c.systemd.lab.ts')).toEqual(['6.1s c.systemd.lab.ts']);
  expect(runs('systemd', 'a.lab.ts')).toEqual(['6.1s a.lab.ts']);
});

test('files for which the kernel needs words of its own have boots of their own', () => {
  const wish = parseWish(['6.1', '7'], () => false);
  if (typeof wish === 'string') throw new Error(wish);
  const wordsFor = (file: string) => (file === 'b.lab.sh' ? 'quiet' : '');
  const boots = planRuns(wish, ALL, wordsFor).map(({ kernel, words, files }) => [
    kernel.name,
    words,
    ...files,
  ]);
  expect(boots).toEqual([
    ['6.1', '', 'a.lab.ts'],
    ['6.1', 'quiet', 'b.lab.sh'],
    ['7', '', 'a.lab.ts'],
    ['7', 'quiet', 'b.lab.sh'],
  ]);
});

test('a word that is none of these is named', () => {
  expect(runs('6.12', 'd.ts', 'e')).toEqual(['d.ts, e: no kernel and no file of tests']);
});

test('so many guests at once, and so long, where that is asked for in numbers', () => {
  const wish = (words: readonly string[]) => parseWish(words, (word) => ALL.includes(word));
  expect(wish(['--jobs', '2', '7', '--minutes', '25'])).toMatchObject({
    jobs: 2,
    minutes: 25,
    kernels: [{ name: '7' }],
  });
  expect(wish(['7'])).toMatchObject({ jobs: 1, minutes: undefined });
  for (const words of [['--jobs'], ['--minutes', '7.5'], ['--jobs', '0', '7']])
    expect(wish(words)).toMatch(/a number each/);
});
