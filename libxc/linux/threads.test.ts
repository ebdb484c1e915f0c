import { expect, test } from 'vitest';
import { parseStat, threadsOf } from './threads.ts';

test('the cpu is found whatever the program is called', () => {
  const fields = ['R', ...Array.from({ length: 48 }, (_, i) => `${i + 100}`)];
  fields[39 - 3] = '5';
  fields[41 - 3] = '6';
  for (const name of ['sh', 'a b', ') R 1 (', 'x) S'])
    expect(parseStat(`17 (${name}) ${fields.join(' ')}\n`)).toEqual({ state: 'R', cpu: 5, policy: 6 });
});

test('what says nothing is no thread', () => {
  for (const text of ['', '17 (sh', '17 (sh) R 1 2']) expect(parseStat(text)).toBeNull();
  expect(threadsOf([2 ** 31 - 1])).toEqual([]);
});

test('this process has threads', () => {
  expect(threadsOf([process.pid]).length).toBeGreaterThan(0);
});
