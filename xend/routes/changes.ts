import type { Context } from 'hono';
import type { ChangeRequest } from '../../interface/index.ts';
import { answer, readOptions } from '../answers.ts';
import { parseBody, readBody } from '../parse-body.ts';
import type { Bodies } from '../shapes.ts';
import type { Xend } from '../xend.ts';

/**
 * Answers a change whose body is of this kind: `complete` adds what the address says. Once it is read, the change runs
 * to its end whether its author still listens or not.
 */
export async function changeByBody<Kind extends keyof Bodies>(
  c: Context,
  xend: Xend,
  kind: Kind,
  complete: (body: Bodies[Kind]) => ChangeRequest,
): Promise<Response> {
  const text = await readBody(c.req.raw);
  if (!text.ok) return answer(c, text);
  const body = parseBody(kind, text.value);
  return body.ok ? change(c, xend, complete(body.value)) : answer(c, body);
}

export async function change(c: Context, xend: Xend, request: ChangeRequest): Promise<Response> {
  const options = readOptions(c);
  if (!options.ok) return answer(c, options);
  const outcome = await xend.service.change(request, options.value);
  const isCreation = request.kind === 'pool-create' || request.kind === 'domain-create';
  return answer(c, outcome, isCreation && !options.value.isDryRun ? 201 : 200);
}
