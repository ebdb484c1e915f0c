import { setTimeout as sleep } from 'node:timers/promises';
import { done, type Outcome } from '../../interface/outcome.ts';
import type { EventView, Problem } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { EventLines } from '../client/event-lines.ts';
import { findXend } from '../client/find.ts';
import { FOREVER, SILENCE_MS, talk } from '../client/http.ts';
import { denied } from '../client/xend.ts';
import type { Line } from '../grammar/line.ts';

/** How often who follows looks whether a xend that has ended is back. */
const RETRY_MS = 1000;

/** `events [--follow] [--since ID]`: a line each; with --json an object a line. Following outlives a restart of xend. */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  const follow = line.options.has('follow');
  let since = line.options.get('since') ?? '0';
  const print = (event: EventView) => {
    since = event.id;
    caller.stdout.write(eventText(event, line.options.has('json')));
  };
  let heard = await listen(socket.value, since, follow, print);
  if (!follow || !heard.ok) return heard;
  caller.stderr.write('xm: note: xend has ended; its events go on when it is back\n');
  for (;;) {
    await sleep(RETRY_MS);
    heard = await listen(socket.value, since, follow, print);
  }
}

/** Prints what comes until the stream ends. */
async function listen(
  socket: string,
  since: string,
  follow: boolean,
  print: (event: EventView) => void,
): Promise<Outcome<number>> {
  const lines = new EventLines();
  let refused = '';
  const reply = await talk(
    socket,
    {
      method: 'GET',
      path: `/v1/events?since=${encodeURIComponent(since)}&follow=${follow}`,
      headers: { accept: 'text/event-stream' },
    },
    follow ? FOREVER : SILENCE_MS,
    (bytes, head) => {
      if (head.status >= 400) refused += bytes.toString('utf8');
      else for (const event of lines.push(bytes)) print(event);
    },
  );
  if (refused !== '') return denied(JSON.parse(refused) as Problem);
  return reply.ok ? done(0) : reply;
}

function eventText(event: EventView, asJson: boolean): string {
  if (asJson) return `${JSON.stringify(event)}\n`;
  const kind = event.kind === 'change' ? '' : `${event.kind}: `;
  return `${event.at}  ${kind}${event.text}\n`;
}
