import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain } from '../interface/index.ts';
import { parseXlCfg, plainValue } from './xl-cfg.ts';

const values = (text: string) => {
  const parsed = parseXlCfg(text, 'vm.cfg');
  if (!parsed.ok) throw new Error(explain(parsed.refusal).sentence);
  return Object.fromEntries(parsed.value.map(({ key, value }) => [key, plainValue(value)]));
};
const complaint = (text: string) => {
  const parsed = parseXlCfg(text, 'vm.cfg');
  return parsed.ok ? 'read' : explain(parsed.refusal).sentence;
};

test('a value is a string in either quotes, a whole number or a list', () => {
  expect(
    values(`name = "vm5"\nextra='a "b"'\nvcpus = 2\nmask=0x1F\nmode = 017\nzero=0\nvif = [ '' , "x", 3 ]`),
  ).toEqual({
    name: 'vm5',
    extra: 'a "b"',
    vcpus: 2,
    mask: 31,
    mode: 15,
    zero: 0,
    vif: ['', 'x', 3],
  });
});

test('a list may span lines, hold comments and lists, and end with a comma', () => {
  expect(values('disk = [ # two\n  "a",\n\n  "b", # the last\n ]\npairs = [[1,2],[],]\n')).toEqual({
    disk: ['a', 'b'],
    pairs: [[1, 2], []],
  });
});

test('assignments end with a newline or a semicolon, whatever the platform and the editor', () => {
  const expected = { a: 1, b: 'x', c: [2] };
  expect(values('a=1;b="x";c=[2]')).toEqual(expected);
  expect(values('\ufeffa=1\r\n\r\n;;b="x" # why\r\nc=[\r\n2\r\n]\r\n# end')).toEqual(expected);
  expect(values('')).toEqual({});
});

test('escapes are those xl knows', () => {
  expect(values(String.raw`s = "\n\t\\\"\'\x41\101\7"`)).toEqual({ s: '\n\t\\"\'AA\x07' });
});

test('the last assignment of a key wins, and += appends to it', () => {
  expect(values('a=1\na=2\nl=["x"]\nl+=["y"]\ns="a"\ns+="b"\nn+=3')).toEqual({
    a: 2,
    l: ['x', 'y'],
    s: 'ab',
    n: 3,
  });
});

test.each([
  [
    'memory = ',
    'vm.cfg, line 1, column 10: the file ends where a value: "text", a whole number or [a list] should stand',
  ],
  ['a=1\n  memory 5', 'vm.cfg, line 2, column 10: "5" stands where = after memory should'],
  [
    'a=1\nName="x"',
    'vm.cfg, line 2, column 1: "N" stands where a key such as memory (lower-case letters, digits and _) should',
  ],
  ['a=1 b=2', 'vm.cfg, line 1, column 5: "b" stands where a newline or ; should'],
  [
    'a=\n1',
    'vm.cfg, line 1, column 3: the line ends where a value: "text", a whole number or [a list] should',
  ],
  ['a=[1,\n2 3]', 'vm.cfg, line 2, column 3: "3" stands where , or ] should'],
  [
    'a=[1,,2]',
    'vm.cfg, line 1, column 6: "," stands where a value: "text", a whole number or [a list] should',
  ],
  ['\na = [1,\n', 'vm.cfg, line 2, column 5: this list has no end: ] is missing'],
  ['a="x\nb=1', 'vm.cfg, line 1, column 3: this string has no end in its line'],
  [String.raw`a="x\q"`, 'vm.cfg, line 1, column 5: no such escape in a string'],
  [String.raw`a="x\0"`, 'vm.cfg, line 1, column 3: a string cannot hold a NUL'],
  ['a=08', 'vm.cfg, line 1, column 3: "08" is no whole number'],
  ['a=12ab', 'vm.cfg, line 1, column 3: "12ab" is no whole number'],
  ['a=99999999999999999', 'vm.cfg, line 1, column 3: "99999999999999999" is no whole number'],
  [
    'a=-1',
    'vm.cfg, line 1, column 3: "-" stands where a value: "text", a whole number or [a list] should (these files are not Python: nothing is computed)',
  ],
  [
    'a=["x"]\na+="y"',
    'vm.cfg, line 2, column 4: a list can only be added to a list, a string only to a string',
  ],
  [
    '\0',
    'vm.cfg, line 1, column 1: "\\u0000" stands where a key such as memory (lower-case letters, digits and _) should',
  ],
])('%j is refused with its line and column', (text, sentence) => {
  expect(complaint(text)).toBe(sentence);
});

test('ten megabytes of brackets are refused, and so are fewer that nest too deep', () => {
  expect(complaint(`a=${'['.repeat(10_000_000)}`)).toContain('the file is 10000002 characters long');
  expect(complaint(`a=${'['.repeat(1_000_000)}`)).toBe(
    'vm.cfg, line 1, column 35: lists are nested more than 32 deep',
  );
});

test('a megabyte of one string, of appends and of comments is read whole', () => {
  expect(values(`a="${'x'.repeat(1_000_000)}"`).a).toHaveLength(1_000_000);
  expect(values('a+=[1]\n'.repeat(100_000)).a).toHaveLength(100_000);
  expect(values('#\n'.repeat(500_000))).toEqual({});
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom('a', '=', '+=', '[', ']', ',', ';', '\n', '\r', '"', "'", '\\', '#', '0', ' '), {
    maxLength: 60,
  }),
);

test('any text is read or refused at a place inside it', () => {
  fc.assert(
    fc.property(anyText, (words) => {
      const text = typeof words === 'string' ? words : words.join('');
      const parsed = parseXlCfg(text, 'any');
      if (parsed.ok) return;
      if (parsed.refusal.code !== 'bad-config') throw new Error(parsed.refusal.code);
      const line = text.split('\n')[parsed.refusal.line - 1];
      expect(line).toBeDefined();
      expect(parsed.refusal.column).toBeLessThanOrEqual(line!.length + 1);
    }),
    { numRuns: 3000 },
  );
});

const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
    fc.maxSafeNat(),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
}));

test('what is printed in this syntax is read back the same', () => {
  const keys = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
  fc.assert(
    fc.property(fc.dictionary(keys, anyValue), (settings) => {
      const text = Object.entries(settings).map(([key, value]) => `${key} = ${print(value)}\n`);
      expect(values(text.join(''))).toEqual({ ...settings });
    }),
    { numRuns: 1000 },
  );
});

function print(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`;
  if (typeof value === 'number') return String(value);
  return `"${String(value).replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}
