import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { done, type Outcome, refuse } from '../../interface/outcome.ts';
import { xendPaths } from '../../interface/paths.ts';
import { explain } from '../../interface/refusals.ts';
import type { Caller } from '../caller.ts';
import { answers } from './http.ts';

const PATIENCE_MS = 15_000;
const POLL_MS = 15;
/** What a xend says that finds another one in its place. */
const BEATEN = explain({ code: 'already-running', path: '' }).sentence.trim();

/**
 * Starts a private xend that outlives this command and waits until it answers. That never two run is xend's affair:
 * it holds a lock, and the one too many ends.
 */
export async function start(caller: Caller, uri?: string): Promise<Outcome<string>> {
  const { socket, stateDir, log } = xendPaths('private', caller.env, caller.uid);
  const opened = openLog(stateDir, log, caller.uid);
  if (!opened.ok) return opened;
  const { fd, size } = opened.value;
  const child = spawn(
    process.execPath,
    [join(caller.home, 'bin', 'xend'), '--private', ...(uri === undefined ? [] : ['--connect', uri])],
    { cwd: '/', detached: true, env: { ...caller.env }, stdio: ['ignore', fd, fd] },
  );
  closeSync(fd);
  child.unref();

  const isUp = () => answers(socket, caller.uid);
  const why = await failure(child, isUp, () => lastWords(readFileSync(log).subarray(size)));
  return why === null ? done(socket) : refuse({ code: 'xend-failed', log, why });
}

/** Why it is not up; null as soon as it is. A child that another xm's was faster than has ended, and is no failure. */
async function failure(
  child: ChildProcess,
  isUp: () => Promise<boolean>,
  said: () => string,
): Promise<string | null> {
  let why: string | null = null;
  child.once('error', (error) => {
    why = error.message;
  });
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    if (await isUp()) return null;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded && !said().startsWith(BEATEN)) why ??= said();
    if (why !== null) return why;
    await sleep(POLL_MS);
  }
  return `it does not answer after ${PATIENCE_MS / 1000} seconds`;
}

interface Log {
  readonly fd: number;
  /** What is in it already is about earlier starts. */
  readonly size: number;
}

function openLog(stateDir: string, log: string, uid: number): Outcome<Log> {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    if (statSync(stateDir).uid !== uid)
      return refuse({ code: 'xend-failed', log, why: `${stateDir} belongs to another user` });
    const fd = openSync(log, 'a', 0o600);
    return done({ fd, size: fstatSync(fd).size });
  } catch (error) {
    return refuse({ code: 'xend-failed', log, why: (error as Error).message });
  }
}

/** The last thing it said: a sentence, the message of a line of its log, or the error it fell over. */
function lastWords(bytes: Buffer): string {
  const lines = bytes.toString('utf8').split('\n');
  return lines.map(words).findLast((line) => line !== null) ?? 'it ended without a word';
}

function words(line: string): string | null {
  const [, said] = /^(?:xend: |(?=\w*Error\b))(.+)$/.exec(line) ?? [];
  if (said !== undefined || !line.startsWith('{')) return said ?? null;
  try {
    const { msg } = JSON.parse(line);
    return typeof msg === 'string' ? msg : null;
  } catch {
    return null;
  }
}
