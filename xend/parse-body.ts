import * as v from 'valibot';
import { done, LIMITS, type Outcome, type Refused, refuse } from '../interface/index.ts';
import { BODIES, type Bodies } from './shapes.ts';

/** Reads the body of a request, and no more of it than a request may have. */
export async function readBody(request: Request): Promise<Outcome<string>> {
  const announced = request.headers.get('content-length');
  if (announced !== null && Number(announced) > LIMITS.requestBytes) return tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > LIMITS.requestBytes) return tooLarge();
    chunks.push(chunk);
  }
  try {
    return done(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    return wrong('body', 'is not UTF-8');
  }
}

/** A body as the request it stands for, or the field at fault. */
export function parseBody<Kind extends keyof Bodies>(kind: Kind, text: string): Outcome<Bodies[Kind]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return wrong('body', text.trim() === '' ? 'is empty' : 'is not JSON');
  }
  const parsed = v.safeParse<v.GenericSchema<unknown, Record<string, unknown>>>(BODIES[kind], json, {
    abortEarly: true,
  });
  if (!parsed.success) return fault(parsed.issues[0]);
  const { cpus } = parsed.output as { cpus?: Partial<Record<'count' | 'list', unknown>> };
  if (cpus !== undefined && Object.keys(cpus).length !== 1)
    return refuse({ code: 'cpus-unclear', given: 'count' in cpus ? 'both' : 'neither' });
  return done(parsed.output as unknown as Bodies[Kind]);
}

/** The first issue as a refusal: where, and what is wrong there. */
function fault(issue: v.BaseIssue<unknown>, under: readonly string[] = []): Refused {
  const path = [...under, ...(issue.path ?? []).map(({ key }) => String(key))];
  // Of alternatives, the one that got furthest is the one that was meant.
  const meant = issue.issues?.toSorted((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))[0];
  if (meant?.path !== undefined) return fault(meant, path);
  return wrong(path.length === 0 ? 'body' : path.join('.'), inWords(issue));
}

function inWords(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'check') return issue.message;
  if (issue.type === 'integer') return 'must be a whole number';
  const isKey = issue.type === 'strict_object' && issue.expected !== 'Object';
  if (isKey) return issue.expected === 'never' ? 'is not known here' : 'is missing';
  const kinds = (issue.expected ?? '').replace(/^\(|\)$/g, '').split(' | ');
  const expected = kinds.map((kind) => KINDS[kind] ?? kind).join(' or ');
  return `must be ${expected}, not ${found(issue.input)}`;
}

const KINDS: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  Object: 'an object',
  Array: 'an array',
};

function found(input: unknown): string {
  if (input === null || input === undefined) return String(input);
  if (Array.isArray(input)) return 'an array';
  return typeof input === 'object' ? 'an object' : JSON.stringify(input).slice(0, 40);
}

export const wrong = (field: string, why: string): Refused => refuse({ code: 'bad-request', field, why });

const tooLarge = () => refuse({ code: 'request-too-large', limit: LIMITS.requestBytes });
