import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { done, type Outcome } from '../../interface/outcome.ts';
import type { Caller } from '../caller.ts';
import { type Line, usageFault } from '../grammar/line.ts';

const SHELLS = ['bash', 'zsh', 'fish'];

/** `completion bash|zsh|fish`: the script that asks `xm __complete` at every tab. */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const shell = line.operands[0]!;
  if (!SHELLS.includes(shell))
    return usageFault(`there is no completion for ${JSON.stringify(shell)}`, 'give bash, zsh or fish');
  caller.stdout.write(readFileSync(join(caller.home, 'packaging', 'completion', `xm.${shell}`), 'utf8'));
  return done(0);
}
