import type { Outcome, Refused } from '../interface/outcome.ts';
import type { Caller } from './caller.ts';
import type { Denied } from './client/xend.ts';
import { runnerOf } from './commands/index.ts';
import { type Line, readLine } from './grammar/line.ts';

/** What the words after `xm` ask for, carried out; the exit status: 0 done, 1 refused or failed, 2 wrong usage. */
export async function run(words: readonly string[], caller: Caller): Promise<number> {
  if (words[0] === '__complete') return complete(words[1] ?? '', caller);
  const line = readLine(withWordsForOptions(words));
  const outcome = line.ok ? await carryOut(line.value, caller) : line;
  return outcome.ok ? outcome.value : complain(outcome, caller);
}

async function carryOut(line: Line, caller: Caller): Promise<Outcome<number>> {
  if (!line.options.has('help')) return (await runnerOf(line.command.name))(line, caller);
  const help = await runnerOf('help');
  return help({ ...line, operands: [line.command.name] }, caller);
}

/** `xm --help` and `xm --version` are what people type before they know the commands. */
function withWordsForOptions(words: readonly string[]): readonly string[] {
  if (words.length !== 1) return words;
  if (words[0] === '--help' || words[0] === '-h') return ['help'];
  return words[0] === '--version' ? ['version'] : words;
}

async function complain(refused: Refused | Denied, caller: Caller): Promise<number> {
  const { explain } = await import('../interface/refusals.ts');
  const { exitStatus } = await import('../interface/statuses.ts');
  const { sentence, remedy } = 'words' in refused ? refused.words : explain(refused.refusal);
  caller.stderr.write(`xm: ${sentence}\n    ${remedy}\n`);
  return exitStatus(refused.refusal.code);
}

async function complete(typed: string, caller: Caller): Promise<number> {
  const { complete } = await import('./completion/complete.ts');
  return complete(typed, caller);
}
