import { request } from 'node:http';
import { done, type Outcome, type Refused, refuse, unreachable } from '../interface/index.ts';
import { takeLock } from './lock.ts';
import type { XendOptions } from './options.ts';

/** Long enough for the change that is under way. */
const PATIENCE_S = 30;

/** Stops the xend of the first of these places that has one, and waits until it is gone. */
export async function stopXend(places: readonly XendOptions[]): Promise<Outcome<void>> {
  let refused: Refused | null = null;
  for (const { socket, stateDir } of places) {
    const why = await askToStop(socket);
    if (why === null) return untilGone(stateDir);
    refused ??= refuse({ code: 'no-xend', socket, why });
  }
  return refused!;
}

/** The kernel lets the lock go when the process is gone, and not before. */
function untilGone(stateDir: string): Outcome<void> {
  const lock = takeLock(stateDir, PATIENCE_S);
  if (!lock.ok) return lock;
  lock.value.release();
  return done(undefined);
}

/** Says why nobody could be asked. */
function askToStop(socket: string): Promise<string | null> {
  return new Promise((resolve) => {
    request({ socketPath: socket, path: '/v1/stop', method: 'POST' }, (response) => {
      response.resume();
      resolve(null);
    })
      .on('error', (error: NodeJS.ErrnoException) => resolve(unreachable(error)))
      .end();
  });
}
