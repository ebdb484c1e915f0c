import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { unreachable } from '../../interface/errno.ts';
import { done, type Outcome, refuse } from '../../interface/outcome.ts';
import { type Head, Reply } from './reply.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly head: Head;
  readonly text: string;
}

/** A daemon that says nothing for so long is not going to. */
export const SILENCE_MS = 30_000;
/** For a stream that may be silent as long as it likes. */
export const FOREVER = 0;

/** One request over a connection of its own, its whole reply. */
export async function exchange(socketPath: string, request: Request): Promise<Outcome<Answer>> {
  const parts: Buffer[] = [];
  const reply = await talk(socketPath, request, SILENCE_MS, (bytes) => parts.push(bytes));
  if (!reply.ok) return reply;
  return done({ head: reply.value, text: Buffer.concat(parts).toString('utf8') });
}

/**
 * Sends a request and hands on its body as it comes in, until it is complete. Refuses with `no-xend` where nobody
 * listens, hangs up early or keeps silent for `silenceMs`.
 */
export function talk(
  socketPath: string,
  request: Request,
  silenceMs: number,
  take: (bytes: Buffer, head: Head) => void,
): Promise<Outcome<Head>> {
  return new Promise((resolve) => {
    const reply = new Reply();
    const socket = connect(socketPath, () => socket.write(encode(request)));
    const finish = (outcome: Outcome<Head>) => {
      socket.destroy();
      resolve(outcome);
    };
    const fail = (why: string) => finish(refuse({ code: 'no-xend', socket: socketPath, why }));

    socket.setTimeout(silenceMs, () => fail(`it has said nothing for ${silenceMs / 1000} seconds`));
    socket.on('error', (error: NodeJS.ErrnoException) => fail(unreachable(error)));
    socket.on('data', (bytes) => {
      const body = reply.push(bytes);
      if (reply.head !== null && body.length > 0) take(body, reply.head);
      if (reply.complete) finish(done(reply.head!));
    });
    socket.on('end', () =>
      reply.end() ? finish(done(reply.head!)) : fail('it hung up before it had answered'),
    );
  });
}

/**
 * Whether somebody listens there; the connection is closed again. With an owner: whether he does, for in a directory
 * for everybody (/tmp) another user may have been faster.
 */
export async function answers(socketPath: string, owner?: number): Promise<boolean> {
  if (!isThere(socketPath, owner)) return false;
  return new Promise((resolve) => {
    const socket: Socket = connect(socketPath, () => settle(true));
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('error', () => settle(false));
  });
}

function isThere(socketPath: string, owner: number | undefined): boolean {
  try {
    const { uid } = statSync(socketPath);
    return owner === undefined || uid === owner;
  } catch {
    return false;
  }
}

function encode(request: Request): string {
  const body = request.body === undefined ? '' : JSON.stringify(request.body);
  const headers: Record<string, string> = {
    host: 'xend',
    connection: 'close',
    ...(body !== '' && {
      'content-type': 'application/json',
      'content-length': `${Buffer.byteLength(body)}`,
    }),
    ...request.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${request.method} ${request.path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
