import { done, type Outcome, type Refused, refuse } from '../../interface/outcome.ts';
import type { Explanation, Refusal } from '../../interface/refusals.ts';
import type { Problem } from '../../interface/views.ts';
import { LIMITS } from '../../interface/words.ts';
import { exchange, type Request } from './http.ts';

/** What xend refused, in its own words: it may be newer than this xm and know more. */
export interface Denied extends Refused {
  readonly words: Explanation;
}

/** Asks the xend behind a socket; what it answers is trusted to be what interface/views.ts says. */
export async function ask<T>(socket: string, request: Request): Promise<Outcome<T>> {
  if (request.body !== undefined && JSON.stringify(request.body).length > LIMITS.requestBytes)
    return refuse({ code: 'request-too-large', limit: LIMITS.requestBytes });
  const answer = await exchange(socket, request);
  if (!answer.ok) return answer;
  const { head, text } = answer.value;
  const body = parse(text);
  if (body === undefined) return refuse({ code: 'no-xend', socket, why: 'what it answers is not JSON' });
  return head.status < 400 ? done(body as T) : denied(body as Problem);
}

/** The refusal that a problem document carries. */
export function denied(problem: Problem): Denied {
  return {
    ok: false,
    refusal: { ...problem.with, code: problem.code } as unknown as Refusal,
    words: { sentence: problem.title, remedy: problem.detail },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
