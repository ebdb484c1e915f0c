import type { Affinity } from './host.ts';

export const sameAffinity = (a: Affinity, b: Affinity): boolean =>
  sameCpus(a.hard, b.hard) && sameCpus(a.soft, b.soft);

/** Whether two ascending lists name the same cpus; `null` is all of them. */
export const sameCpus = (a: readonly number[] | null, b: readonly number[] | null): boolean =>
  a === b || (a !== null && b !== null && a.length === b.length && a.every((cpu, i) => cpu === b[i]));
