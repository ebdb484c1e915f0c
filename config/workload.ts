import { WORKLOAD_FIELDS, type Workload, type WorkloadKind, workloadFault } from '../interface/index.ts';
import type { Complain } from './settings.ts';
import type { Value } from './xl-cfg.ts';

/**
 * A workload as a domain file writes it: its kind and then its numbers in the order of `WORKLOAD_FIELDS`, such as
 * `"duty 20 80"`. A trace's pairs follow each other: `"trace 5 20 1 3"` runs 5 ms, sleeps 20, runs 1, sleeps 3.
 */
export function readWorkload(value: Value, complain: Complain): Workload | undefined {
  const kinds = Object.keys(WORKLOAD_FIELDS).join(', ');
  if (value.kind !== 'string') return complain(`must be a string, one of ${kinds}`, value);
  const [kind = '', ...words] = value.text.trim().split(/\s+/);
  if (!isKind(kind)) return complain(`${JSON.stringify(kind)} is none of ${kinds}`, value);
  const fields = WORKLOAD_FIELDS[kind];
  const numbers = words.map((word) => (/^\d+(\.\d+)?$/.test(word) ? Number(word) : Number.NaN));
  const complete = kind === 'trace' ? numbers.length % 2 === 0 : numbers.length === fields.length;
  if (!complete) return complain(`${kind} is written "${[kind, ...fields].join(' ')}"`, value);

  const workload: Record<string, unknown> = { kind };
  for (const [index, field] of fields.entries()) {
    const given = kind === 'trace' ? numbers.filter((_, n) => n % 2 === index) : numbers[index];
    const fault = workloadFault(kind, field, given);
    if (fault !== null) return complain(`${kind}: ${field} ${fault}`, value);
    workload[field] = given;
  }
  return workload as unknown as Workload;
}

const isKind = (word: string): word is WorkloadKind => Object.hasOwn(WORKLOAD_FIELDS, word);
