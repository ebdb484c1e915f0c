import { execFile } from 'node:child_process';

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
