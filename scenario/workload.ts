import {
  didYouMean,
  WORKLOAD_FIELDS,
  type Workload,
  type WorkloadKind,
  workloadFault,
} from '../interface/index.ts';
import type { Field } from './field.ts';

/** `{ "kind": "duty", "burstMs": 20, "sleepMs": 80 }`: the kind and exactly the numbers it needs. */
export function readWorkload(field: Field): Workload | undefined {
  if (!field.isThere) return undefined;
  const { kind } = field.fields(['kind', ...ALL_FIELDS]);
  const name = kind!.needed().text('');
  if (!isKind(name)) return kind!.wrong(`${didYouMean(name, KINDS)}known here: ${KINDS.join(', ')}`);
  const fields = field.fields(['kind', ...WORKLOAD_FIELDS[name]]);
  const workload: Record<string, unknown> = { kind: name };
  for (const number of WORKLOAD_FIELDS[name]) {
    workload[number] = fields[number]!.plain();
    const fault = workloadFault(name, number, workload[number]);
    if (fault !== null) return fields[number]!.wrong(fault);
  }
  return workload as unknown as Workload;
}

const KINDS = Object.keys(WORKLOAD_FIELDS);
const ALL_FIELDS = [...new Set(Object.values(WORKLOAD_FIELDS).flat())];
const isKind = (word: string): word is WorkloadKind => Object.hasOwn(WORKLOAD_FIELDS, word);
