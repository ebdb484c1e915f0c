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
    workload[number] = fields[number]!.plain();
    const fault = workloadFault(name, number, workload[number]);
    if (fault !== null) return fields[number]!.wrong(fault);
  }
  return workload as unknown as Workload;
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
    const [run, sleep, ...more] = words.split(/\s+/).map(Number);
    const fault = workloadFault('trace', 'runMs', [run]) ?? workloadFault('trace', 'sleepMs', [sleep]);
    if (fault !== null || more.length > 0) return file!.wrong(`line ${index + 1} is no pair of milliseconds`);
    runMs.push(run!);
    sleepMs.push(sleep!);
  }
  const fault = workloadFault('trace', 'runMs', runMs);
  return fault === null ? { kind: 'trace', runMs, sleepMs } : file!.wrong(fault);
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
