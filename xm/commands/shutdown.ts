import { done, type Outcome } from '../../interface/outcome.ts';
import type { DomainView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { findXend } from '../client/find.ts';
import { domainPath } from '../client/route.ts';
import { ask } from '../client/xend.ts';
import { domainShutdown } from '../grammar/domains.ts';
import type { Line } from '../grammar/line.ts';
import { carryOutAt } from './carry-out.ts';

const LOOK_AGAIN_MS = 200;

/** `shutdown DOMAIN [-w]` */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const request = domainShutdown(line);
  if (!request.ok) return request;
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  const isToWait = line.options.has('wait') && !line.options.has('dry-run');
  const found = isToWait ? await domainAt(socket.value, request.value.domain) : null;
  if (found?.ok === false) return found;
  const asked = await carryOutAt(socket.value, request.value, line, caller);
  return asked.ok && found !== null ? untilGone(socket.value, found.value.id) : asked;
}

/** Another domain may be given its name meanwhile, but not its id. */
async function untilGone(socket: string, id: number): Promise<Outcome<number>> {
  for (;;) {
    const found = await domainAt(socket, `${id}`);
    if (!found.ok) return found.refusal.code === 'unknown-domain' ? done(0) : found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

const domainAt = (socket: string, domain: string) =>
  ask<DomainView>(socket, { method: 'GET', path: domainPath(domain) });
