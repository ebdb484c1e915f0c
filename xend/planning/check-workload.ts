import { type Refused, refuse, type Workload } from '../../interface/index.ts';
import { WORKLOAD_FIELDS, workloadFault } from '../../interface/workload-words.ts';

/** Whether the embedded host can run it: known, every number in its range, and numbers that go together. */
export function checkWorkload(workload: Workload): Refused | null {
  const fields = Object.hasOwn(WORKLOAD_FIELDS, workload.kind) ? WORKLOAD_FIELDS[workload.kind] : null;
  if (fields === null) return wrong('kind', `knows ${Object.keys(WORKLOAD_FIELDS).join(', ')}`);
  for (const field of fields) {
    const fault = workloadFault(
      workload.kind,
      field,
      (workload as unknown as Record<string, unknown>)[field],
    );
    if (fault !== null) return wrong(field, fault);
  }
  if (workload.kind === 'periodic' && workload.runMs > workload.periodMs)
    return wrong('runMs', `must be at most periodMs, which is ${workload.periodMs}`);
  if (workload.kind === 'trace' && workload.runMs.length !== workload.sleepMs.length)
    return wrong('sleepMs', `must have as many times as runMs, which has ${workload.runMs.length}`);
  return null;
}

const wrong = (field: string, why: string) =>
  refuse({ code: 'bad-request', field: `workload.${field}`, why });
