import { request } from 'node:http';
import { done, type Outcome, refuse } from '../interface/index.ts';
import { takeLock } from './lock.ts';
import type { XendOptions } from './options.ts';

/** Long enough for the change that is under way. */
const PATIENCE_S = 30;

/** Stops the xend of this socket and state, and waits until it is gone. */
export async function stopXend({ socket, stateDir }: XendOptions): Promise<Outcome<void>> {
  const asked = await askToStop(socket);
  if (asked !== null) return refuse({ code: 'no-xend', socket, why: asked });
  // The kernel lets the lock go when the process is gone, and not before.
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
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}
