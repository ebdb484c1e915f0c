import { parseCpuList } from '../../interface/cpu-list.ts';
import { checkName } from '../../interface/names.ts';
import { done, type Outcome, refuse } from '../../interface/outcome.ts';
import type { Cpu, NodeId } from '../../interface/words.ts';
import { usageFault } from './line.ts';

/** A whole number of at most 15 digits, which is exact; its range is for xend to judge. */
export function wholeNumber(what: string, word: string, wanted: string): Outcome<number> {
  if (/^\d{1,15}$/.test(word)) return done(Number(word));
  return usageFault(`${what} cannot be ${JSON.stringify(word)}`, `give ${wanted}`);
}

/** `ncpu=`: at least one. */
export function cpuCount(word: string): Outcome<number> {
  return /^\d{1,15}$/.test(word) && Number(word) > 0
    ? done(Number(word))
    : refuse({ code: 'bad-cpu-count', count: word });
}

/** A list that leaves at least one cpu. */
export function cpuList(word: string): Outcome<Cpu[]> {
  const cpus = parseCpuList(word);
  if (cpus.ok && cpus.value.length === 0) return refuse({ code: 'bad-cpu-list', text: word, at: 0, word });
  return cpus;
}

/** `0` or `0-1`. */
export function nodeList(word: string): Outcome<NodeId[]> {
  const nodes = parseCpuList(word);
  if (nodes.ok && nodes.value.length > 0) return done(nodes.value.map((node) => node as number as NodeId));
  return usageFault(`node= cannot be ${JSON.stringify(word)}`, 'give nodes like 0 or 0-1');
}

/** The name of a pool there may be: what cannot name a pool, names none. */
export function poolName(word: string): Outcome<string> {
  return checkName('pool', word).ok ? done(word) : refuse({ code: 'unknown-pool', pool: word });
}

/** The name or the id of a domain there may be. */
export function domainName(word: string): Outcome<string> {
  return /^\d+$/.test(word) || checkName('domain', word).ok
    ? done(word)
    : refuse({ code: 'unknown-domain', domain: word });
}
