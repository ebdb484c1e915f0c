import { done, type Outcome, refuse } from './outcome.ts';
import type { NameFault } from './refusals.ts';
import { LIMITS } from './words.ts';

/**
 * A name that is safe everywhere it will be: in a table of words, as `key=value`, as the name of a directory, beside
 * ids (a name that is a number would be taken for one: Xen's tools cannot reach such a pool).
 */
export function checkName(of: 'pool' | 'domain', name: string): Outcome<string> {
  const why = fault(name);
  return why === null ? done(name) : refuse({ code: 'bad-name', of, name, why });
}

function fault(name: string): NameFault | null {
  if (name === '') return 'empty';
  if (new TextEncoder().encode(name).length > LIMITS.nameLength) return 'too long';
  if (name.includes('/')) return 'a slash';
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u.test(name)) return 'a control character';
  if (/\s/u.test(name)) return 'white space';
  if (name.includes('=')) return 'an equals sign';
  if (/^\d+$/.test(name)) return 'a number';
  if (/^\.+$/.test(name)) return 'a dot name';
  if (name.startsWith('-')) return 'a leading dash';
  return null;
}
