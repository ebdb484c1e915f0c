/*
 * JSON that remembers on which line each value stands, so that whatever is wrong with a scenario can be pointed at.
 * Strict as JSON.parse, and stricter: a key given twice is refused, and so is nesting that no scenario has.
 */

export type JsonValue = null | boolean | number | string | readonly Json[] | ReadonlyMap<string, Json>;

/** A value and the line it begins on, from 1. */
export interface Json {
  readonly value: JsonValue;
  readonly line: number;
}

export interface JsonFault {
  readonly line: number;
  readonly why: string;
}

const DEEPEST = 32;

export function parseJson(text: string): Json | JsonFault {
  const source = new Source(text);
  const value = readValue(source, 0);
  source.skipSpace();
  if (source.fault === null && !source.atEnd) source.complain('something follows after the end');
  return source.fault ?? value;
}

export const isFault = (found: Json | JsonFault): found is JsonFault => 'why' in found;

function readValue(source: Source, depth: number): Json {
  source.skipSpace();
  const { line } = source;
  if (depth > DEEPEST) source.complain(`it is nested more than ${DEEPEST} deep`);
  if (source.take(/\{/y) !== null) return { line, value: readObject(source, depth) };
  if (source.take(/\[/y) !== null) return { line, value: readArray(source, depth) };
  const text = source.next === '"' ? readString(source) : null;
  if (text !== null) return { line, value: text };
  const word = source.take(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
  if (word === null) source.complain('a value is missing');
  return { line, value: word === null ? null : JSON.parse(word) };
}

function readObject(source: Source, depth: number): ReadonlyMap<string, Json> {
  const fields = new Map<string, Json>();
  for (let first = true; !source.closes('}', first); first = false) {
    const key = readString(source);
    if (fields.has(key)) source.complain(`${JSON.stringify(key)} is given twice`);
    source.skipSpace();
    if (source.take(/:/y) === null) source.complain('a : is missing');
    fields.set(key, readValue(source, depth + 1));
  }
  return fields;
}

function readArray(source: Source, depth: number): readonly Json[] {
  const items: Json[] = [];
  for (let first = true; !source.closes(']', first); first = false) items.push(readValue(source, depth + 1));
  return items;
}

function readString(source: Source): string {
  const start = source.take(/"/y);
  if (start === null) source.complain('a "text" is missing');
  let written = '';
  while (source.fault === null && source.take(/"/y) === null) {
    const piece = source.take(/[^"\\\u0000-\u001f]+/y) ?? source.take(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y);
    if (piece === null) source.complain('a text has no end, or a wrong character in it');
    written += piece;
  }
  return source.fault === null ? JSON.parse(`"${written}"`) : '';
}

/** The text and how far it has been read. After the first fault everything is at its end. */
class Source {
  readonly #text: string;
  #at = 0;
  line = 1;
  fault: JsonFault | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.fault !== null || this.#at >= this.#text.length;
  }

  get next(): string {
    return this.#text.charAt(this.#at);
  }

  complain(why: string): void {
    this.fault ??= { line: this.line, why };
  }

  /** What a sticky pattern matches here, stepped over. */
  take(pattern: RegExp): string | null {
    if (this.fault !== null) return null;
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  skipSpace(): void {
    for (let space = this.take(/[ \t\r]+|\n/y); space !== null; space = this.take(/[ \t\r]+|\n/y)) {
      if (space === '\n') this.line++;
    }
  }

  /** Whether an object or array ends here; if not, steps over the comma before what follows. */
  closes(bracket: '}' | ']', first: boolean): boolean {
    this.skipSpace();
    if (this.atEnd) this.complain(`a ${bracket} is missing`);
    if (this.fault !== null) return true;
    if (this.next === bracket) {
      this.#at++;
      return true;
    }
    if (!first && this.take(/,/y) === null) this.complain(`a , or ${bracket} is missing`);
    this.skipSpace();
    return false;
  }
}
