import { done, type Outcome } from '../../interface/outcome.ts';
import type { DomainView, HostView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { findXend } from '../client/find.ts';
import { readPools } from '../client/pools.ts';
import { ask } from '../client/xend.ts';
import type { Line } from '../grammar/line.ts';
import { adviceText } from '../print/advice.ts';
import { answer, note } from '../print/answer.ts';

/** `advise [FILE]`: on a scenario, else on the host behind xend. */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const [file] = line.operands;
  const subject = file === undefined ? await readHost(line, caller) : done({ file, cwd: caller.cwd });
  if (!subject.ok) return subject;
  const { advise } = await import('../../scenario/index.ts');
  const { options } = line;
  const advice = await advise(subject.value, { seconds: options.get('seconds'), seed: options.get('seed') });
  if (!advice.ok) return advice;
  if (!options.has('json')) for (const text of advice.value.notes) note(caller, text);
  return answer(line, caller, advice.value, (color) => adviceText(advice.value, color));
}

async function readHost(line: Line, caller: Caller) {
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  const host = await ask<HostView>(socket.value, { method: 'GET', path: '/v1/host' });
  if (!host.ok) return host;
  const pools = await readPools(socket.value);
  if (!pools.ok) return pools;
  const all = await ask<{ domains: DomainView[] }>(socket.value, { method: 'GET', path: '/v1/domains' });
  if (!all.ok) return all;
  const observed = { host: host.value, pools: pools.value, domains: all.value.domains };
  return done({ observed, socket: socket.value });
}
