import { done, type Outcome } from '../../interface/outcome.ts';
import type { ChangeRequest } from '../../interface/requests.ts';
import type { ChangeView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { findXend } from '../client/find.ts';
import { route } from '../client/route.ts';
import { ask } from '../client/xend.ts';
import type { Line } from '../grammar/line.ts';
import { json, note } from '../print/answer.ts';
import { confirmation } from '../print/confirmation.ts';

/** Asks xend for a change, or for its plan with --dry-run, and says what came of it. */
export async function carryOut(request: ChangeRequest, line: Line, caller: Caller): Promise<Outcome<number>> {
  const socket = await findXend(line, caller);
  return socket.ok ? carryOutAt(socket.value, request, line, caller) : socket;
}

/** Likewise at a xend already found; `generation`: only if the pool has not changed since. */
export async function carryOutAt(
  socket: string,
  request: ChangeRequest,
  line: Line,
  caller: Caller,
  generation?: number,
): Promise<Outcome<number>> {
  const { method, path, body } = route(request);
  const change = await ask<ChangeView>(socket, {
    method,
    path: line.options.has('dry-run') ? `${path}?dryRun=true` : path,
    body,
    ...(generation !== undefined && { headers: { 'if-match': `"${generation}"` } }),
  });
  if (!change.ok) return change;
  show(change.value, request, line, caller);
  return done(0);
}

function show(change: ChangeView, request: ChangeRequest, line: Line, caller: Caller): void {
  const { stdout } = caller;
  if (line.options.has('json')) stdout.write(json(change));
  else if (change.dryRun) stdout.write(planText(change));
  else {
    if (!line.options.has('quiet')) stdout.write(`${confirmation(request, change)}\n`);
    for (const text of change.notes) note(caller, text);
  }
}

/** One step a line, then what is to be known. */
function planText({ steps, notes }: ChangeView): string {
  const lines = steps.length === 0 ? ['nothing to do'] : steps;
  return [...lines, ...notes.map((text) => `note: ${text}`)].map((text) => `${text}\n`).join('');
}
