import { done, type Outcome, type Refused, refuse } from '../interface/index.ts';

/*
 * The syntax of xl.cfg as xl 4.17 reads it: assignments `key = value` or `key += value`, ended by a newline or `;`;
 * a value is a quoted string, a whole number (0x hexadecimal, 0 octal) or a list of values; inside brackets a newline
 * is white space; `#` starts a comment. It looks like Python and never was: nothing is ever evaluated.
 *
 * Kinder than xl, because people's files come from everywhere: a byte order mark, CRLF line ends, a comment in a last
 * line without newline, and lists in lists (xl has them since 4.8, its manual does not say so).
 */

/** `line` and `column` count from 1, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Value =
  | ({ readonly kind: 'string'; readonly text: string } & Place)
  | ({ readonly kind: 'number'; readonly number: number } & Place)
  | ({ readonly kind: 'list'; readonly items: readonly Value[] } & Place);

/** The place is that of the key. */
export interface Assignment extends Place {
  readonly key: string;
  readonly value: Value;
}

/** A domain file is a page or two; what is longer is something else. */
const LONGEST_TEXT = 1024 * 1024;
/** xl.cfg needs two levels. The bound keeps a file of brackets from exhausting the stack. */
const DEEPEST_LIST = 32;

/** One assignment a key: as in xl the last one wins, and `+=` appends to what was there. */
export function parseXlCfg(text: string, file: string): Outcome<Assignment[]> {
  if (text.length > LONGEST_TEXT) {
    const why = `the file is ${text.length} characters long, a domain file has at most ${LONGEST_TEXT}`;
    return refuse({ code: 'bad-config', file, line: 1, column: 1, why });
  }
  const source = new Source(text, file);
  const settings = new Map<string, Setting>();
  for (source.skipBlank('lines'); !source.atEnd; source.skipBlank('lines')) {
    const fault = readStatement(source, settings);
    if (fault !== null) return fault;
  }
  return done([...settings.values()]);
}

/** A value without its places, as JSON has it. */
export function plainValue(value: Value): unknown {
  if (value.kind === 'list') return value.items.map(plainValue);
  return value.kind === 'string' ? value.text : value.number;
}

/** What is still being read: `+=` appends to it in place, so that a file of appends stays linear. */
type Setting = Assignment & { readonly value: OpenValue };
type OpenValue = Exclude<Value, { kind: 'list' }> | OpenList;
type OpenList = { readonly kind: 'list'; readonly items: Value[] } & Place;

function readStatement(source: Source, settings: Map<string, Setting>): Refused | null {
  const place = source.place();
  const key = source.take(/[a-z][_0-9a-z]*/y);
  if (key === null) return source.unexpected('a key such as memory (lower-case letters, digits and _)');
  source.skipBlank('spaces');
  const operator = source.take(/\+?=/y);
  if (operator === null) return source.unexpected(`= after ${key}`);
  source.skipBlank('spaces');
  const value = readValue(source, 0);
  if (!value.ok) return value;
  source.skipBlank('spaces');
  if (!source.atEnd && source.take(/;|\r?\n/y) === null) return source.unexpected('a newline or ;');

  const before = operator === '+=' ? settings.get(key) : undefined;
  const sum = before === undefined ? value : append(before.value, value.value, source);
  if (!sum.ok) return sum;
  settings.set(key, { key, value: sum.value, ...place });
  return null;
}

function append(to: OpenValue, value: OpenValue, source: Source): Outcome<OpenValue> {
  if (to.kind === 'list' && value.kind === 'list') {
    for (const item of value.items) to.items.push(item);
    return done(to);
  }
  if (to.kind !== 'list' && value.kind !== 'list') {
    // xl keeps numbers as the text they were written in, so 1 += 2 is 12 there; here the sum of two texts is a text.
    const text = `${plainValue(to)}${plainValue(value)}`;
    return done({ kind: 'string', text, line: to.line, column: to.column });
  }
  return source.wrong('a list can only be added to a list, a string only to a string', value);
}

function readValue(source: Source, depth: number): Outcome<OpenValue> {
  if (source.next === '"' || source.next === "'") return readString(source);
  if (source.next === '[') return readList(source, depth);
  const place = source.place();
  const written = source.take(/[0-9][0-9a-zA-Z_]*/y);
  if (written === null) return source.unexpected('a value: "text", a whole number or [a list]');
  const number = /^(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(written)
    ? Number(written.replace(/^0(?=[0-7])/, '0o'))
    : Number.NaN;
  if (!Number.isSafeInteger(number)) return source.wrong(`${shown(written)} is no whole number`, place);
  return done({ kind: 'number', number, ...place });
}

function readList(source: Source, depth: number): Outcome<OpenList> {
  const place = source.place();
  if (depth === DEEPEST_LIST) return source.wrong(`lists are nested more than ${DEEPEST_LIST} deep`, place);
  source.take(/\[/y);
  const items: Value[] = [];
  let mayFollow = true; // at the start and after a comma
  for (;;) {
    source.skipBlank('lines in a list');
    if (source.atEnd) return source.wrong('this list has no end: ] is missing', place);
    if (source.take(/\]/y) !== null) return done({ kind: 'list', items, ...place });
    if (!mayFollow) return source.unexpected(', or ]');
    const item = readValue(source, depth + 1);
    if (!item.ok) return item;
    items.push(item.value);
    source.skipBlank('lines in a list');
    mayFollow = source.take(/,/y) !== null;
  }
}

function readString(source: Source): Outcome<OpenValue> {
  const place = source.place();
  const [plain, end] = source.next === '"' ? [/[^"\\\n]+/y, /"/y] : [/[^'\\\n]+/y, /'/y];
  source.take(end);
  let text = '';
  while (source.take(end) === null) {
    const piece = source.take(plain) ?? readEscape(source);
    if (piece === null && source.next === '\\')
      return source.wrong('no such escape in a string', source.place());
    if (piece === null) return source.wrong('this string has no end in its line', place);
    text += piece;
  }
  return text.includes('\0')
    ? source.wrong('a string cannot hold a NUL', place)
    : done({ kind: 'string', text, ...place });
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** As xl has them: C's one-letter escapes, two hexadecimal digits, up to three octal ones. */
function readEscape(source: Source): string | null {
  const written = source.take(/\\(?:[abfnrtv\\'"]|x[0-9a-fA-F]{2}|[0-3]?[0-7]{1,2})/y);
  if (written === null) return null;
  const letter = SIMPLE_ESCAPES[written[1]!];
  if (letter !== undefined) return letter;
  const hexadecimal = written[1] === 'x';
  return String.fromCharCode(Number.parseInt(written.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 8));
}

/** The text and how far it has been read. */
class Source {
  readonly #text: string;
  readonly #file: string;
  #at: number;
  #line = 1;
  #lineStart: number;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    this.#at = text.startsWith('\ufeff') ? 1 : 0;
    this.#lineStart = this.#at;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next character, empty at the end. */
  get next(): string {
    return this.#text.charAt(this.#at);
  }

  place(): Place {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  /** What matches here (a sticky pattern), and steps over it; `null` if nothing does. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return null;
    this.#at += found.length;
    if (found.endsWith('\n')) {
      this.#line++;
      this.#lineStart = this.#at;
    }
    return found;
  }

  /** Steps over spaces and comments; over newlines too, and between statements over `;`. */
  skipBlank(what: 'spaces' | 'lines' | 'lines in a list'): void {
    const ends = what === 'spaces' ? null : what === 'lines' ? /;|\r?\n/y : /\r?\n/y;
    do this.take(/[ \t]*(?:#[^\n]*)?/y);
    while (ends !== null && this.take(ends) !== null);
  }

  wrong(why: string, { line, column }: Place): Refused {
    return refuse({ code: 'bad-config', file: this.#file, line, column, why });
  }

  /** The refusal of what stands here, where `wanted` should. */
  unexpected(wanted: string): Refused {
    if (this.atEnd) return this.wrong(`the file ends where ${wanted} should stand`, this.place());
    const newline = this.next === '\n' || this.next === '\r';
    const found = newline
      ? 'the line ends'
      : `${shown(String.fromCodePoint(this.#text.codePointAt(this.#at)!))} stands`;
    const python = '+-.():{'.includes(this.next) ? ' (these files are not Python: nothing is computed)' : '';
    return this.wrong(`${found} where ${wanted} should${python}`, this.place());
  }
}

const shown = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
