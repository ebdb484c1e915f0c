import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  didYouMean,
  WORKLOAD_FIELDS,
  type Workload,
  type WorkloadKind,
  workloadFault,
} from '../interface/index.ts';
import type { Field } from './field.ts';

/**
 * `{ "kind": "duty", "burstMs": 20, "sleepMs": 80 }`: the kind and exactly the numbers it needs. A trace may stand in a
 * file instead, whose path starts from `folder`.
 */
export function readWorkload(field: Field, folder: string): Workload | undefined {
  if (!field.isThere) return undefined;
  const { kind, file } = field.fields(['kind', 'file', ...ALL_FIELDS]);
  const name = kind!.needed().text('');
  if (!isKind(name)) return kind!.wrong(`${didYouMean(name, KINDS)}known here: ${KINDS.join(', ')}`);
  if (name === 'trace' && file!.isThere) return readTrace(field, folder);
  const fields = field.fields(['kind', ...WORKLOAD_FIELDS[name]]);
  const workload: Record<string, unknown> = { kind: name };
  for (const number of WORKLOAD_FIELDS[name]) {
    const field = fields[number]!;
    workload[number] = field.plain();
    const hole = name === 'trace' && field.isList ? field.items().find(isHole) : undefined;
    const fault = workloadFault(name, number, hole === undefined ? workload[number] : [hole.plain()]);
    if (fault !== null) return (hole ?? field).wrong(fault);
  }
  return name === 'trace' ? readLists(fields) : (workload as unknown as Workload);
}

const isHole = (item: Field) => workloadFault('trace', 'runMs', [item.plain()]) !== null;

/** What each burst needs and how long the sleep after it is: as many of one as of the other. */
function readLists({ runMs, sleepMs }: Readonly<Record<string, Field>>): Workload | undefined {
  const run = runMs!.plain() as number[];
  const sleep = sleepMs!.plain() as number[];
  if (run.length === sleep.length) return { kind: 'trace', runMs: run, sleepMs: sleep };
  return sleepMs!.wrong(`has ${sleep.length} times, runMs has ${run.length}`);
}

/** A line a pair: milliseconds of cpu time, then of sleep; `#` starts a comment. */
function readTrace(field: Field, folder: string): Workload | undefined {
  const { file } = field.fields(['kind', 'file']);
  const text = readSmallFile(resolve(folder, file!.text('')));
  if (!text.ok) return file!.wrong(text.why);
  const runMs: number[] = [];
  const sleepMs: number[] = [];
  for (const [index, line] of text.value.split('\n').entries()) {
    const words = line.replace(/#.*/, '').trim();
    if (words === '') continue;
    const fault = pairFault(words);
    if (fault !== null) return file!.wrong(`${file!.text('')}, line ${index + 1}: ${fault}`);
    const [run, sleep] = words.split(/\s+/).map(Number);
    runMs.push(run!);
    sleepMs.push(sleep!);
  }
  if (runMs.length === 0) return file!.wrong(`${file!.text('')} has no times`);
  const fault = workloadFault('trace', 'runMs', runMs);
  return fault === null ? { kind: 'trace', runMs, sleepMs } : file!.wrong(fault);
}

/** What is wrong with a line of a trace; null if it is a pair of milliseconds. */
function pairFault(line: string): string | null {
  const words = line.split(/\s+/);
  if (words.length !== 2) return `wants two times, run and sleep in milliseconds, not ${words.length}`;
  for (const [name, word] of [
    ['run', words[0]!],
    ['sleep', words[1]!],
  ] as const) {
    const fault = workloadFault('trace', `${name}Ms`, [Number(word)]);
    if (fault !== null) return `${name} is ${JSON.stringify(word.slice(0, 40))}, it ${fault}`;
  }
  return null;
}

function readSmallFile(path: string): { ok: true; value: string } | { ok: false; why: string } {
  try {
    const status = statSync(path);
    if (!status.isFile() || status.size > LONGEST_FILE)
      return { ok: false, why: `must be a file of at most ${LONGEST_FILE} bytes` };
    return { ok: true, value: readFileSync(path, 'utf8') };
  } catch (error) {
    return { ok: false, why: `cannot be read: ${(error as NodeJS.ErrnoException).code}` };
  }
}

/** Ten thousand pairs, with room for comments. */
const LONGEST_FILE = 1024 * 1024;
const KINDS = Object.keys(WORKLOAD_FIELDS);
const ALL_FIELDS = [...new Set(Object.values(WORKLOAD_FIELDS).flat())];
const isKind = (word: string): word is WorkloadKind => Object.hasOwn(WORKLOAD_FIELDS, word);
