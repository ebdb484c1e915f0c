import { expect, test } from 'vitest';
import { Progress } from './progress.ts';

function stage(isTTY: boolean) {
  const written: string[] = [];
  const clock = { ms: 5_000 };
  const terminal = { isTTY, write: (text: string) => written.push(text) };
  return { written, clock, progress: new Progress(terminal, 200, () => clock.ms) };
}

test('a run of more than two seconds says how far it is, in one line that is gone at the end', () => {
  const { written, clock, progress } = stage(true);
  progress.at(0, 10);
  clock.ms += 1_990;
  progress.at(0, 19);
  expect(written).toEqual([]);
  clock.ms += 10;
  progress.at(0, 20);
  clock.ms += 100;
  progress.at(1, 30);
  clock.ms += 1_900;
  progress.at(0, 50);
  progress.clear();
  progress.clear();
  expect(written).toEqual([
    '\r\u001b[K10.0 % simulated, about 18 s to go',
    '\r\u001b[K40.0 % simulated, about 6 s to go',
    '\r\u001b[K',
  ]);
});

test.each([
  [0.5, 'about 14 min'],
  [0.01, 'about 12 h'],
  [0, ''],
])('after 2 s and %d of 200 s it will last %s', (seconds, left) => {
  const { written, clock, progress } = stage(true);
  clock.ms += 2_000;
  progress.at(0, seconds);
  expect(written.join('')).toContain(left);
  expect(written).toHaveLength(seconds === 0 ? 0 : 1);
});

test('where nobody reads it, nothing is written', () => {
  const { written, clock, progress } = stage(false);
  clock.ms += 60_000;
  progress.at(0, 20);
  progress.clear();
  expect(written).toEqual([]);
});
