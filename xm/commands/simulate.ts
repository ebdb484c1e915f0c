import { done, type Outcome } from '../../interface/outcome.ts';
import type { Caller } from '../caller.ts';
import type { Line } from '../grammar/line.ts';

/** `simulate FILE`: runs here, without a xend. */
export async function run({ command, operands, options }: Line, caller: Caller): Promise<Outcome<number>> {
  const { simulate } = await import('../../scenario/cli.ts');
  const own = (command.options ?? []).filter(({ long }) => options.has(long));
  const words = own.map(({ long, value }) =>
    value === undefined ? `--${long}` : `--${long}=${options.get(long)}`,
  );
  // A file may be called --json; what is an option has been found already.
  return done(
    await simulate([...words, ...(options.has('json') ? ['--json'] : []), '--', ...operands], caller),
  );
}
