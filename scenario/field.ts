import { didYouMean, type Refused, refuse } from '../interface/index.ts';
import type { Json } from './json.ts';

/** Where something stands in a scenario: `domains[0].pool`, and its line. */
export interface Place {
  readonly field: string;
  readonly line: number;
}

export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
}

/** Keeps the first thing that is wrong with a file. */
export class Faults {
  readonly #file: string;
  first: Refused | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  add({ field, line }: Place, why: string): void {
    this.first ??= refuse({ code: 'bad-scenario', file: this.#file, line, field, why });
  }
}

/**
 * One field of a scenario, there or not. Each reader gives what is written, or the fallback where nothing is; what is
 * wrong is noted and the fallback given, so that reading goes on to its end without a branch for every field.
 */
export class Field implements Place {
  readonly field: string;
  readonly line: number;
  readonly #json: Json | undefined;
  readonly #faults: Faults;

  constructor(field: string, json: Json | undefined, line: number, faults: Faults) {
    this.field = field === '' ? 'scenario' : field;
    this.#json = json;
    this.line = json?.line ?? line;
    this.#faults = faults;
  }

  get isThere(): boolean {
    return this.#json !== undefined;
  }

  get isList(): boolean {
    return Array.isArray(this.#json?.value);
  }

  /** Says so if it is missing. */
  needed(): this {
    if (!this.isThere) this.wrong('is missing');
    return this;
  }

  wrong(why: string): undefined {
    this.#faults.add(this, why);
    return undefined;
  }

  /** The fields of an object; any other than these is a slip of the pen. */
  fields<Name extends string>(names: readonly Name[]): Record<Name, Field> {
    const value = this.#json?.value;
    const isObject = value instanceof Map;
    if (this.isThere && !isObject) this.wrong('must be an object, like { ... }');
    const found: ReadonlyMap<string, Json> = isObject ? value : new Map();
    for (const name of found.keys()) {
      if (names.includes(name as Name)) continue;
      const known = `${didYouMean(name, names)}known here: ${names.join(', ')}`;
      this.#child(name, found.get(name)).wrong(`there is no such field; ${known}`);
    }
    return this.#children(names, found);
  }

  /** Some fields of an object that has been read with all its fields before. */
  part<Name extends string>(names: readonly Name[]): Record<Name, Field> {
    const value = this.#json?.value;
    const found: ReadonlyMap<string, Json> = value instanceof Map ? value : new Map();
    return this.#children(names, found);
  }

  items(): Field[] {
    const value = this.#json?.value;
    if (this.isThere && !Array.isArray(value)) this.wrong('must be a list, like [ ... ]');
    const items: readonly Json[] = Array.isArray(value) ? value : [];
    return items.map((item, n) => new Field(`${this.field}[${n}]`, item, item.line, this.#faults));
  }

  text(): string | undefined;
  text(fallback: string): string;
  text(fallback?: string): string | undefined {
    const value = this.#json?.value;
    if (typeof value === 'string') return value;
    if (this.isThere) this.wrong('must be a text, like "p1"');
    return fallback;
  }

  flag(): boolean | undefined {
    const value = this.#json?.value;
    if (typeof value === 'boolean') return value;
    return this.isThere ? this.wrong('must be true or false') : undefined;
  }

  number(range: NumberRange): number | undefined;
  number(range: NumberRange, fallback: number): number;
  number({ least, most, whole = false }: NumberRange, fallback?: number): number | undefined {
    const value = this.#json?.value;
    if (typeof value === 'number' && value >= least && value <= most && !(whole && !Number.isInteger(value)))
      return value;
    if (this.isThere) this.wrong(`must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
    return fallback;
  }

  /** Whatever is written, for checks that are made elsewhere: numbers, texts and lists of them. */
  plain(): unknown {
    return plain(this.#json);
  }

  #children<Name extends string>(
    names: readonly Name[],
    found: ReadonlyMap<string, Json>,
  ): Record<Name, Field> {
    return Object.fromEntries(names.map((name) => [name, this.#child(name, found.get(name))])) as Record<
      Name,
      Field
    >;
  }

  #child(name: string, json: Json | undefined): Field {
    const path = this.field === 'scenario' ? name : `${this.field}.${name}`;
    return new Field(path, json, this.line, this.#faults);
  }
}

function plain(json: Json | undefined): unknown {
  const value = json?.value;
  return Array.isArray(value) ? value.map(plain) : value;
}
