import { expect, test } from 'vitest';
import { explain } from '../interface/index.ts';
import { readInvocation } from './options.ts';

const read = (...words: string[]) => readInvocation(words, '/nowhere');

test('what is not asked for is left out', () => {
  expect(read('s.json')).toEqual({
    ok: true,
    value: { file: 's.json', prints: 'table', overrides: {}, span: {} },
  });
});

test('everything may be asked for at once', () => {
  const words = ['--csv', '--seed=7', '--settle', '0', '--seconds=1.5', '--repeats=3', '--jobs=2'];
  expect(read(...words, '--trace=t', '--svg=c', '--from=0', '--to=0.25', '--', '--odd.json')).toEqual({
    ok: true,
    value: {
      file: '--odd.json',
      prints: 'csv',
      overrides: { seed: 7, settleS: 0, seconds: 1.5, repeats: 3 },
      jobs: 2,
      trace: 't',
      svg: 'c',
      span: { fromS: 0, toS: 0.25 },
    },
  });
});

test.each([
  [['--json', '--csv'], '--json and --csv exclude each other'],
  [['--from=1'], '--from and --to say what --svg shall draw, and that is not given'],
  [['--svg=c', '--from=2', '--to=1'], '--from 2 is not before --to 1'],
  [['--svg=c', '--from=2', '--to=2'], '--from 2 is not before --to 2'],
  [['--svg=c', '--from=-1'], '--from cannot be -1'],
  [['--svg=c', '--to=soon'], '--to cannot be "soon"'],
  [['--svg=c', '--trace=../nowhere/./c'], '--trace and --svg cannot both write c'],
  [['--svg=./s.json'], '--svg would overwrite the scenario s.json'],
  [['--trace=s.json'], '--trace would overwrite the scenario s.json'],
  [['--trace=-'], '--trace needs a file, not "-"'],
  [['--svg='], '--svg needs a file, not ""'],
  [['--jobs=0'], '--jobs cannot be 0'],
  [['--jobs=1.5'], '--jobs cannot be 1.5'],
  [['--settle=-1'], '--settle cannot be -1'],
  [['--repeats=1001'], '--repeats cannot be 1001'],
])('%j is refused', (words, sentence) => {
  const refused = read('s.json', ...words);
  expect(refused.ok ? null : explain(refused.refusal).sentence).toBe(sentence);
});
