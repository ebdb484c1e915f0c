import { done, type Outcome } from '../../interface/outcome.ts';
import type { EventView, Problem } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import { EventLines } from '../client/event-lines.ts';
import { findXend } from '../client/find.ts';
import { talk } from '../client/http.ts';
import { denied } from '../client/xend.ts';
import type { Line } from '../grammar/line.ts';

/** xend sends what it remembers at once; after so long a silence there is no more of it. */
const BACKLOG_SILENCE_MS = 300;

/** `events [--follow] [--since ID]`: a line each; with --json an object a line. */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const socket = await findXend(line, caller);
  if (!socket.ok) return socket;
  const since = line.options.get('since') ?? '0';
  const follow = line.options.has('follow');
  const lines = new EventLines();
  let refused = '';
  let began = false;
  const reply = await talk(
    socket.value,
    {
      method: 'GET',
      path: `/v1/events?since=${encodeURIComponent(since)}`,
      headers: { accept: 'text/event-stream' },
    },
    follow ? 0 : BACKLOG_SILENCE_MS,
    (bytes, head) => {
      began = true;
      if (head.status >= 400) refused += bytes.toString('utf8');
      else
        for (const event of lines.push(bytes))
          caller.stdout.write(eventText(event, line.options.has('json')));
    },
  );
  if (refused !== '') return denied(JSON.parse(refused) as Problem);
  // Silence is how a stream that is not followed ends.
  return reply.ok || (began && !follow) ? done(0) : reply;
}

function eventText(event: EventView, asJson: boolean): string {
  if (asJson) return `${JSON.stringify(event)}\n`;
  const kind = event.kind === 'change' ? '' : `${event.kind}: `;
  return `${event.at}  ${kind}${event.text}\n`;
}
