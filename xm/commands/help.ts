import { done, type Outcome } from '../../interface/outcome.ts';
import type { Caller } from '../caller.ts';
import { commandNamed } from '../grammar/commands.ts';
import { type Line, unknownCommand } from '../grammar/line.ts';
import { commandHelp, overview } from '../print/help.ts';
import { hasColor } from '../print/style.ts';

/** `help [COMMAND]` */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const [name] = line.operands;
  const color = hasColor(caller, caller.stdout);
  const command = name === undefined ? undefined : commandNamed(name);
  if (name !== undefined && command === undefined) return unknownCommand(name);
  caller.stdout.write(command === undefined ? overview(color) : commandHelp(command, color));
  return done(0);
}
