import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A scheduler that somebody has loaded into the kernel (sched_ext) takes all fair threads, in pools too, and need not know
 * of weights and quotas. In words, for `xm info`; none where there is none.
 */
export function schedExtInWords(folder = '/sys/kernel/sched_ext'): string[] {
  if (textIn(join(folder, 'state')) !== 'enabled') return [];
  const name = textIn(join(folder, 'root/ops')) || 'of no name';
  return [`the sched_ext scheduler ${name} is loaded: weights and caps count only as far as it wants`];
}

function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
