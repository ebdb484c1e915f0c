import { done, type Outcome } from '../../interface/outcome.ts';
import type { DomainView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import type { Line } from '../grammar/line.ts';
import { domainName } from '../grammar/values.ts';
import { findXend } from './find.ts';
import { domainPath } from './route.ts';
import { ask } from './xend.ts';

/** The domains that the line names, in its order; all when it names none, or all of its --pool. */
export async function readDomains(line: Line, caller: Caller): Promise<Outcome<readonly DomainView[]>> {
  for (const word of line.operands) {
    const name = domainName(word);
    if (!name.ok) return name;
  }
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  if (line.operands.length === 0) {
    const pool = line.options.get('pool');
    const path = pool === undefined ? '/v1/domains' : `/v1/domains?pool=${encodeURIComponent(pool)}`;
    const all = await ask<{ domains: DomainView[] }>(socket.value, { method: 'GET', path });
    return all.ok ? done(all.value.domains) : all;
  }
  const domains: DomainView[] = [];
  for (const word of line.operands) {
    const one = await ask<DomainView>(socket.value, { method: 'GET', path: domainPath(word) });
    if (!one.ok) return one;
    domains.push(one.value);
  }
  return done(domains);
}
