import { done, type Outcome } from '../../interface/outcome.ts';
import type { Caller } from '../caller.ts';
import type { Line } from '../grammar/line.ts';

/** Set by the build (tools/build.mjs). */
declare const __VERSION__: string | undefined;

/** `version` */
export async function run(_line: Line, caller: Caller): Promise<Outcome<number>> {
  const version = typeof __VERSION__ === 'undefined' ? '0.0.0-dev' : __VERSION__;
  caller.stdout.write(`xm ${version}\n`);
  return done(0);
}
