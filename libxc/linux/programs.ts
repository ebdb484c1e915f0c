import { execFile } from 'node:child_process';
import { done, type Outcome, refuse } from '../../interface/index.ts';
import { findProgram } from './launch.ts';

/** Far more than any of them needs, on a busy machine too. */
const PATIENCE_MS = 30_000;

/** Runs a program to its end, words as they are, no shell; `null` if it did well, else the last it had to say. */
export function runProgram([program, ...words]: readonly string[]): Promise<string | null> {
  const options = { cwd: '/', timeout: PATIENCE_MS, env: { LC_ALL: 'C' }, encoding: 'utf8' } as const;
  return new Promise((resolve) => {
    execFile(program!, words, options, (error, _, complaint) => {
      resolve(error === null ? null : complaint.trim().split('\n').at(-1) || error.message);
    });
  });
}

/** Why a thread was not changed, in the kernel's words; `null`: it was, or it has ended. */
export type Complaint = string | null;
export const BUSY = 'Device or resource busy';
export const NOT_PERMITTED = 'Operation not permitted';
const GONE = 'No such process';

/** Has a program of util-linux change one thread. */
export async function changeThread(
  program: 'chrt' | 'taskset',
  words: readonly string[],
  thread: number,
): Promise<Outcome<Complaint>> {
  const found = findProgram(program);
  if (!found.ok) return refuse({ code: 'program-missing', program, package: 'util-linux' });
  const complaint = await runProgram([found.value, ...words, `${thread}`]);
  const said = /: ([^:]+)$/.exec(complaint ?? '')?.[1] ?? complaint;
  return done(said === GONE ? null : said);
}

/** What a complaint comes to; `step` says what for. */
export function judged(step: string, complaint: Complaint): Outcome<void> {
  if (complaint === null) return done(undefined);
  return refuse({ code: 'kernel-refused', step, why: WHY[complaint] ?? complaint });
}

/** What the kernel's words mean for a thread. */
const WHY: Readonly<Record<string, string>> = {
  [BUSY]: 'its pool has no room left for what is reserved',
  'Invalid argument': 'its pool has none of these cpus, or the kernel knows no such values',
  [NOT_PERMITTED]: 'not permitted for a thread that may not run on all cpus of its pool',
};
