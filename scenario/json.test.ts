import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFault, type Json, parseJson } from './json.ts';

function plain({ value }: Json): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, field]) => [key, plain(field as Json)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

test('every JSON text is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const found = parseJson(text);
      expect(isFault(found) ? found : plain(found)).toEqual(JSON.parse(text));
    }),
    { numRuns: 1000 },
  );
});

test('a text that JSON.parse refuses is refused', () => {
  const scraps = fc.array(
    fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', '-', '.5', 'true', '\n', '"', '\\'),
  );
  fc.assert(
    fc.property(scraps, (words) => {
      const text = words.join('');
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      // Stricter in one thing: a key given twice.
      if (!valid) expect(isFault(parseJson(text))).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['', 1, 'a value is missing'],
  ['{\n"a": 1\n"b": 2}', 3, 'a , or } is missing'],
  ['{"a": 1,\n\n"a": 2}', 3, '"a" is given twice'],
  ['[1,]', 1, 'a value is missing'],
  ['[1,\n2', 2, 'a ] is missing'],
  ['{"a" 1}', 1, 'a : is missing'],
  ['{a: 1}', 1, 'a "text" is missing'],
  ['{} {}', 1, 'something follows after the end'],
  ['"a\nb"', 1, 'a text has no end, or a wrong character in it'],
  ['['.repeat(1_000_000), 1, 'it is nested more than 32 deep'],
])('%.20j is refused with its line', (text, line, why) => {
  expect(parseJson(text)).toEqual({ line, why });
});

test('values know their lines', () => {
  const found = parseJson('{\n  "a": [\n    1,\n    2 ] }');
  const items = !isFault(found) && found.value instanceof Map && found.value.get('a')!.value;
  expect(items).toEqual([
    { line: 3, value: 1 },
    { line: 4, value: 2 },
  ]);
});
