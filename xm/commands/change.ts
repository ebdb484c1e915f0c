import type { Outcome } from '../../interface/outcome.ts';
import type { Caller } from '../caller.ts';
import { readChange } from '../grammar/change.ts';
import type { Line } from '../grammar/line.ts';
import { carryOut } from './carry-out.ts';

/** Every command whose words alone are the change: `pool-create`, `pool-migrate`, `pause` ... */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const request = readChange(line);
  return request.ok ? carryOut(request.value!, line, caller) : request;
}
