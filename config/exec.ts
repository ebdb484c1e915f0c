import type { Complain } from './settings.ts';
import type { Value } from './xl-cfg.ts';

/** `exec = ["make", "-j4"]`: the words of a command, as the program gets them; nothing splits or expands them. */
export function readExec(value: Value, complain: Complain): readonly string[] | undefined {
  if (value.kind !== 'list') return complain('must be a list of words, like ["/usr/bin/make", "-j4"]', value);
  const words: string[] = [];
  for (const item of value.items) {
    if (item.kind === 'list') return complain('cannot have a list in its list', item);
    words.push(item.kind === 'string' ? item.text : String(item.number));
  }
  return words.length > 0 ? words : complain('names no program', value);
}
