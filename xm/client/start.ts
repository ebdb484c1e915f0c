import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unwritable } from '../../interface/errno.ts';
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
  const failed = await failure(child, isUp, () => lastWords(readFileSync(log).subarray(size)));
  return failed === null ? done(socket) : refuse({ code: 'xend-failed', log, ...failed });
}

/** Why it is not up; null as soon as it is. A child that another xm's was faster than has ended, and is no failure. */
async function failure(
  child: ChildProcess,
  isUp: () => Promise<boolean>,
  said: () => Words,
): Promise<Words | null> {
  let failed: Words | null = null;
  child.once('error', (error) => {
    failed = { why: error.message };
  });
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    if (await isUp()) return null;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded && !said().why.startsWith(BEATEN)) failed ??= said();
    if (failed !== null) return failed;
    await sleep(POLL_MS);
  }
  return { why: `it does not answer after ${PATIENCE_MS / 1000} seconds` };
}

/** Why it did not start, and the way out if it named one. */
interface Words {
  readonly why: string;
  readonly remedy?: string;
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
    return unwritable(stateDir, error);
  }
}

/** The last thing it said: a sentence with its way out, the message of a line of its log, or the error it fell over. */
function lastWords(bytes: Buffer): Words {
  const lines = bytes.toString('utf8').split('\n');
  const at = lines.findLastIndex((line) => words(line) !== null);
  if (at === -1) return { why: 'it ended without a word' };
  const [, remedy] = /^ {4}(.+)$/.exec(lines[at + 1] ?? '') ?? [];
  return { why: words(lines[at]!)!, ...(remedy !== undefined && { remedy }) };
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
