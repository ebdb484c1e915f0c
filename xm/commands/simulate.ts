import { done, type Outcome } from '../../interface/outcome.ts';
import type { Caller } from '../caller.ts';
import type { Line } from '../grammar/line.ts';

const PASSED_ON = ['seed', 'seconds', 'repeats'];

/** `simulate FILE`: runs here, without a xend. */
export async function run({ operands, options }: Line, caller: Caller): Promise<Outcome<number>> {
  const { simulate } = await import('../../scenario/cli.ts');
  const numbers = PASSED_ON.filter((name) => options.has(name)).map(
    (name) => `--${name}=${options.get(name)}`,
  );
  return done(await simulate([...operands, ...numbers, ...(options.has('json') ? ['--json'] : [])], caller));
}
