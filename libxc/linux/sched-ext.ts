import { join } from 'node:path';
import { textIn } from './text-in.ts';

/**
 * A scheduler that somebody has loaded into the kernel (sched_ext) takes all fair threads, in pools too, and need not know
 * of weights and quotas. In words, for `xm info`; none where there is none.
 */
export function schedExtInWords(folder = '/sys/kernel/sched_ext'): string[] {
  if (textIn(join(folder, 'state')).trim() !== 'enabled') return [];
  const name = textIn(join(folder, 'root/ops')).trim() || 'of no name';
  return [`the sched_ext scheduler ${name} is loaded: weights and caps count only as far as it wants`];
}
