import { type Refused, refuse } from '../interface/index.ts';
import type { Assignment, Place, Value } from './xl-cfg.ts';

/** Notes what is wrong with a value; gives `undefined`, so that a reader can end with it. */
export type Complain = (why: string, at: Place) => undefined;

/** The settings of one file and of the words that override it, read by key; the first thing wrong is kept. */
export class Settings {
  readonly #byKey = new Map<string, Assignment & { readonly file: string }>();
  fault: Refused | null = null;

  /** Later ones win. */
  add(file: string, assignments: readonly Assignment[]): void {
    for (const assignment of assignments) this.#byKey.set(assignment.key, { ...assignment, file });
  }

  /** What `parse` makes of the value; `undefined` where the key is missing or its value wrong. */
  read<T>(key: string, parse: (value: Value, complain: Complain) => T | undefined): T | undefined {
    const found = this.#byKey.get(key);
    if (found === undefined) return undefined;
    return parse(found.value, (why, { line, column }) => {
      this.fault ??= refuse({ code: 'bad-config', file: found.file, line, column, why: `${key} ${why}` });
      return undefined;
    });
  }

  /** xl takes a number in quotes for a number, and so do many files. */
  integer(key: string): number | undefined {
    return this.read(key, (value, complain) => {
      if (value.kind === 'number') return value.number;
      if (value.kind === 'string' && /^\d{1,15}$/.test(value.text)) return Number(value.text);
      return complain('must be a whole number', value);
    });
  }

  string(key: string): string | undefined {
    return this.read(key, (value, complain) => {
      if (value.kind === 'list') return complain('must be a string, not a list', value);
      return value.kind === 'string' ? value.text : String(value.number);
    });
  }

  /** Those of other keys, in the order they were written. */
  except(keys: ReadonlySet<string>): Assignment[] {
    return [...this.#byKey.values()].filter((setting) => !keys.has(setting.key));
  }
}
