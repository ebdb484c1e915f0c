import { done, type Outcome, refuse } from './outcome.ts';
import type { Cpu } from './words.ts';

/** `[0,2,4,6,7,8,9]` → `0,2,4,6-9`: ascending, a run of three or more (and of two) joined, as the proposal prints. */
export function formatCpuList(cpus: readonly number[]): string {
  const sorted = [...cpus].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let last = i;
    while (last + 1 < sorted.length && sorted[last + 1] === sorted[last]! + 1) last++;
    parts.push(last === i ? `${sorted[i]}` : `${sorted[i]}-${sorted[last]}`);
    i = last + 1;
  }
  return parts.join(',');
}

/** One past the largest number a list may name: far above any host, low enough that `0-1e9` costs nothing. */
const LIST_CEILING = 65_536;

/**
 * A list of numbers as people write it: `1,3,5`, `6-9`, `4-7,^6` (Xen's exclusion: later words undo earlier ones).
 * A number named twice is refused, for a slip there costs an outage; order does not matter, the answer ascends.
 */
export function parseCpuList(text: string): Outcome<Cpu[]> {
  const chosen = new Set<number>();
  let at = 0;
  for (const raw of text.split(',')) {
    const word = raw.trim();
    const range = /^(\^?)(\d{1,9})(?:-(\d{1,9}))?$/.exec(word);
    if (range === null) return refuse({ code: 'bad-cpu-list', text, at, word });
    const first = Number(range[2]);
    const last = range[3] === undefined ? first : Number(range[3]);
    if (last < first) return refuse({ code: 'bad-cpu-list', text, at, word });
    if (last >= LIST_CEILING) return refuse({ code: 'unknown-cpu', cpu: last });
    for (let n = first; n <= last; n++) {
      if (range[1] === '^') chosen.delete(n);
      else if (chosen.has(n)) return refuse({ code: 'cpu-named-twice', cpu: n });
      else chosen.add(n);
    }
    at += raw.length + 1;
  }
  return done([...chosen].sort((a, b) => a - b) as Cpu[]);
}
