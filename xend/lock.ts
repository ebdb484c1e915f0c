import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { unwritable } from '../interface/errno.ts';
import { done, type Outcome, refuse } from '../interface/index.ts';

export interface Lock {
  release(): void;
}

/** flock's exit status when somebody else holds the lock, or held it until the wait was over. */
const HELD = 1;

/**
 * Takes the state directory for this process, for as long as it lives: the kernel keeps the lock with the open file,
 * which flock(1) here shares with us, and lets it go at any death (docs/decisions: the lock). Waits `waitS` seconds
 * for another holder to end.
 */
export function takeLock(stateDir: string, waitS = 0): Outcome<Lock> {
  const path = join(stateDir, 'lock');
  let fd: number;
  try {
    fd = openSync(path, 'a', 0o600);
  } catch (error) {
    return unwritable(path, error);
  }
  const wait = waitS === 0 ? ['-n'] : ['-w', String(waitS)];
  // The file is the child's descriptor 3.
  const { status, error } = spawnSync('flock', [...wait, '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  if (status === 0) return done({ release: () => closeSync(fd) });
  closeSync(fd);
  if (status === HELD) return refuse({ code: 'already-running', path: stateDir });
  return unwritable(path, error ?? new Error(`flock ended with ${status}`));
}
