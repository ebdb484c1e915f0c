import { expect, test } from 'vitest';
import { printResult } from './print.ts';
import { scenarioOf } from './testing.ts';
import type { Window } from './window.ts';

const share = (sharePercent: number) => ({
  pool: 'p1',
  vcpus: 1,
  weight: 256,
  cap: 0,
  cpuSeconds: sharePercent / 10,
  sharePercent,
  vcpuSharePercent: [sharePercent],
  entitledPercent: 50,
});
const window = (repeat: number, toS: number, percent: number, cut = false): Window => ({
  repeat,
  fromS: 4,
  toS,
  ...(cut ? { cut: true as const } : {}),
  domains: { A: share(percent) },
});
const print = (repeats: number, windows: Window[]) =>
  printResult(scenarioOf({ about: 'Why.', repeats }), { seed: 1, windows, events: [] });

test('repeats are told by their mean and how far they lie apart', () => {
  expect(print(3, [window(1, 14, 48), window(2, 14, 49), window(3, 14, 52.94)])).toBe(
    [
      'Why.',
      '',
      '4-14 s, mean of 3 repeats, percent of one cpu',
      'domain  pool  vcpus  weight  cap  share  lowest  highest  entitled  difference',
      'A       p1        1     256    -   50.0    48.0     52.9      50.0         0.0',
      '',
    ].join('\n'),
  );
});

test('of a run that was cut short, the repeats that were whole', () => {
  const text = print(3, [window(1, 14, 48), window(2, 14, 50), window(3, 9.5, 99, true)]);
  expect(text).toContain('4-14 s, mean of 2 of 3 repeats, percent of one cpu');
  expect(text).toMatch(/ 49\.0 .* -1\.0$/m);
  expect(text).not.toContain('99');
});

test('or as far as it came', () => {
  const text = print(3, [window(1, 9.5, 48, true)]);
  expect(text).toContain('4-9.5 s (cut short), percent of one cpu');
  expect(print(1, [window(1, 9.5, 48, true)])).toContain('4-9.5 s (cut short), percent of one cpu');
});

test('of nothing there is nothing to say', () => {
  expect(printResult(scenarioOf({}), { seed: 1, windows: [], events: [] })).toBe('');
});
