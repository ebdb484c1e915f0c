import { lstatSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { connect } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { unwritable } from '../interface/errno.ts';
import { done, type Outcome, refuse } from '../interface/index.ts';
import { noSuchPage, problem } from './answers.ts';
import { domainRoutes } from './routes/domains.ts';
import { eventRoutes } from './routes/events.ts';
import { hostRoutes } from './routes/host.ts';
import { poolRoutes } from './routes/pools.ts';
import type { Xend } from './xend.ts';

/** The API. The read-only one answers the same questions, and takes no changes. */
export function createApp(xend: Xend, { isReadOnly }: { readonly isReadOnly: boolean }): Hono {
  const app = new Hono();
  if (isReadOnly)
    app.use(async (c, next) => {
      if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return problem({ code: 'read-only' });
      return next();
    });
  poolRoutes(app, xend);
  domainRoutes(app, xend);
  hostRoutes(app, xend);
  eventRoutes(app, xend);
  app.notFound(noSuchPage);
  app.onError((error, c) => {
    const request = `${c.req.method} ${c.req.path}`;
    xend.log.error({ err: error, request }, 'a request failed by our own mistake');
    return problem({ code: 'internal', request });
  });
  return app;
}

/** How long a client may take for its headers, and for the whole of its request; who is slower gets a 408. */
const PATIENCE = { headersTimeout: 10_000, requestTimeout: 30_000 };

/** What a unix socket's address can hold (sun_path of Linux is 108 bytes, the last is its end). */
const LONGEST_PATH_BYTES = 107;

/** Serves the app on a unix socket that never is open to more than `mode` says. */
export async function serve(
  app: Hono,
  path: string,
  mode: number,
  patience: ServerOptions = PATIENCE,
): Promise<Outcome<Server>> {
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES)
    return unwritable(path, new Error(`a socket's path has at most ${LONGEST_PATH_BYTES} bytes`));
  if (await answers(path)) return refuse({ code: 'already-running', path });
  const server = createServer(patience, getRequestListener(app.fetch));
  try {
    removeStale(path);
    await listen(server, path);
    await chmod(path, mode);
    return done(server);
  } catch (error) {
    return unwritable(path, error);
  }
}

/** How long the last answers may take to reach their clients. */
const LAST_ANSWERS_MS = 1000;

/** Takes no more connections and lets those that are being answered end; the socket goes with its server. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
    server.close(() => {
      clearTimeout(impatience);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Removes a socket that was left by a xend that was killed. */
export async function removeLeft(path: string): Promise<void> {
  if (await answers(path)) return;
  try {
    removeStale(path);
  } catch {
    // What cannot be removed is in nobody's way: whoever listens there next says so.
  }
}

/** A socket that nobody answers was left by a xend that was killed. Anything else that lies there is not ours. */
function removeStale(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error('something that is no socket lies there');
  rmSync(path);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    // A socket is bound at once in this call, and so never open to others.
    const before = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(before);
  });
}
