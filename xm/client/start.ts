import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
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
  const opened = openLog(stateDir, log);
  if (!opened.ok) return opened;
  const { fd, size } = opened.value;
  const child = spawn(
    process.execPath,
    [join(caller.home, 'bin', 'xend'), '--private', ...(uri === undefined ? [] : ['--connect', uri])],
    { cwd: '/', detached: true, env: { ...caller.env }, stdio: ['ignore', fd, fd] },
  );
  closeSync(fd);
  child.unref();

  return waitFor(child, socket, log, () => lastWords(readFileSync(log).subarray(size)));
}

/** Until the socket answers; or the child has ended, unless because another xm was faster with one. */
async function waitFor(
  child: ChildProcess,
  socket: string,
  log: string,
  said: () => string,
): Promise<Outcome<string>> {
  let failure: string | null = null;
  child.once('error', (error) => {
    failure = error.message;
  });
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    if (await answers(socket)) return done(socket);
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded && !said().startsWith(BEATEN)) failure ??= said();
    if (failure !== null) return refuse({ code: 'xend-failed', log, why: failure });
    await sleep(POLL_MS);
  }
  return refuse({ code: 'xend-failed', log, why: `it does not answer after ${PATIENCE_MS / 1000} seconds` });
}

interface Log {
  readonly fd: number;
  /** What is in it already is about earlier starts. */
  readonly size: number;
}

function openLog(stateDir: string, log: string): Outcome<Log> {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
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
