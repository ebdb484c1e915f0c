import type { Context } from 'hono';
import {
  done,
  explain,
  httpStatus,
  type Outcome,
  type Problem,
  type Refusal,
  refuse,
} from '../interface/index.ts';
import { wrong } from './parse-body.ts';
import type { ChangeOptions } from './pool-service.ts';

/** The outcome as an answer: what was asked for as JSON, or the refusal as a problem. */
export function answer(c: Context, outcome: Outcome<unknown>, status: 200 | 201 = 200): Response {
  return outcome.ok ? c.json(outcome.value, status) : problem(outcome.refusal);
}

/** RFC 9457. */
export function problem(refusal: Refusal): Response {
  const { code, ...objects } = refusal;
  const { sentence, remedy } = explain(refusal);
  const status = httpStatus(code);
  const body: Problem = {
    type: `urn:cpu-pools:refusal:${code}`,
    code,
    title: sentence,
    detail: remedy,
    status,
    with: objects,
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  // The rest of a body that is too large is not waited for.
  if (code === 'request-too-large') headers.connection = 'close';
  return new Response(JSON.stringify(body), { status, headers });
}

/** `?dryRun=true` and `If-Match`; a word nobody knows is refused, or a slip would carry out what was to be planned. */
export function readOptions(c: Context): Outcome<ChangeOptions> {
  const { dryRun, ...others } = c.req.query();
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return wrong(`?${unknown}`, 'is not known here');
  if (dryRun !== undefined && dryRun !== 'true' && dryRun !== 'false')
    return wrong('?dryRun', 'must be true or false');
  const match = c.req.header('if-match');
  const [, generation] = /^"(\d{1,15})"$/.exec(match ?? '') ?? [];
  if (match !== undefined && match !== '*' && generation === undefined)
    return wrong('If-Match', 'must be a generation in quotes, like "12"');
  return done({
    isDryRun: dryRun === 'true',
    ...(generation !== undefined && { generation: Number(generation) }),
  });
}

export const noSuchPage = (c: Context): Response =>
  problem(refuse({ code: 'no-such-page', page: `${c.req.method} ${c.req.path}` }).refusal);
