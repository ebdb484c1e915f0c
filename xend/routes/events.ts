import type { Hono } from 'hono';
import type { EventView } from '../../interface/index.ts';
import type { Events } from '../events.ts';
import type { Xend } from '../xend.ts';

/** Often enough that nobody between takes the stream for dead. */
const HEARTBEAT_MS = 15_000;

/** What may wait for a client that does not read, before it is disconnected: it can resume. */
const MOST_WAITING_BYTES = 2 * 1024 * 1024;

export function eventRoutes(app: Hono, xend: Xend): void {
  app.get('/v1/events', (c) => {
    const since = c.req.query('since') ?? c.req.header('last-event-id') ?? null;
    const follow = c.req.query('follow') !== 'false';
    return new Response(eventStream(xend.events, since, follow), {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    });
  });
}

/**
 * Server-sent events: those that are kept since `since`, then, if the client follows, those that come. A comment first,
 * so that it sees at once that it is connected.
 */
export function eventStream(events: Events, since: string | null, follow = true): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let leave = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (text: string) => {
          controller.enqueue(encoder.encode(text));
          if ((controller.desiredSize ?? 0) > -MOST_WAITING_BYTES) return;
          leave();
          controller.error(new Error('this client reads too slowly'));
        };
        const heartbeat = setInterval(() => send(':\n\n'), HEARTBEAT_MS).unref();
        let stopListening = () => {};
        leave = () => {
          clearInterval(heartbeat);
          stopListening();
        };
        send(': xend\n\n');
        const end = () => {
          leave();
          controller.close();
        };
        stopListening = events.listen(since, { hear: (event) => send(asText(event)), end });
        if (!follow) end();
      },
      cancel: () => leave(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
}

const asText = (event: EventView) =>
  `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
