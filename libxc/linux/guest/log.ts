import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** More than the last words of a program that could not start. */
const TAIL_BYTES = 4096;

/** How long a log is by now; what comes is behind that. */
export function logSize(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** The last line that came into a log since: what a program said that ended at once. */
export function wordsSince(file: string, since: number): string {
  const silent = 'QEMU ended at once, without a word';
  try {
    const size = logSize(file);
    const length = Math.min(size - since, TAIL_BYTES);
    if (length <= 0) return silent;
    const tail = Buffer.alloc(length);
    const log = openSync(file, 'r');
    readSync(log, tail, 0, length, size - length);
    closeSync(log);
    const line = tail.toString('utf8').trim().split('\n').at(-1)!;
    return line.replace(/^\S*qemu\S*: /, '') || silent;
  } catch {
    return silent;
  }
}
