import { done, type Outcome } from '../../interface/outcome.ts';
import type { Caller } from '../caller.ts';
import type { Line } from '../grammar/line.ts';
import { hasColor } from './style.ts';

/** Prints what a listing answers: the view itself with --json, else as text. Exit status 0. */
export function answer(
  line: Line,
  caller: Caller,
  view: unknown,
  text: (color: boolean) => string,
): Outcome<number> {
  const shown = line.options.has('json') ? json(view) : text(hasColor(caller, caller.stdout));
  caller.stdout.write(shown);
  return done(0);
}

export const json = (view: unknown) => `${JSON.stringify(view, null, 2)}\n`;

/** What a person should know beside the answer; never part of it. */
export function note(caller: Caller, text: string): void {
  caller.stderr.write(`xm: note: ${text}\n`);
}
