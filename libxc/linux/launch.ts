import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { done, type Outcome, refuse } from '../../interface/index.ts';
import { comesTrue } from './turns.ts';

/**
 * The stub waits until it is told that it is in its cgroup, then becomes the command: the command's first instruction
 * is in the pool. Its words are arguments, never text of the shell. If the driver dies first, so does the stub.
 */
const STUB = 'read -r go <&3 && exec 3<&- "$@"';
const SHELL = '/bin/sh';
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A program starts in milliseconds; where the machine is busy, in seconds. */
const PATIENCE_MS = 10_000;

export interface Launch {
  readonly words: readonly string[];
  /** Where its output goes. */
  readonly log: string;
  /** Whether to wait for its first instruction. One that is frozen before will have none. */
  readonly isAwaited: boolean;
}

/** Starts a command; `settle` puts a process into its cgroup before anything of the command has run. */
export async function launch(
  { words, log, isAwaited }: Launch,
  settle: (pid: number) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const program = findProgram(words[0]!);
  if (!program.ok) return program;
  const output = openLog(log);
  const child = spawn(SHELL, ['-c', STUB, 'xm-stub', program.value, ...words.slice(1)], {
    cwd: '/',
    detached: true,
    env: environment(),
    stdio: ['ignore', output, output, 'pipe'],
  });
  if (output !== 'ignore') closeSync(output);
  const failed = failureOf(child);
  const signal = child.stdio[3] as Writable;
  signal.on('error', () => {});
  if (child.pid === undefined)
    return refuse({ code: 'bad-command', command: SHELL, why: await failed.reason });
  const settled = await settle(child.pid);
  if (!settled.ok) {
    signal.destroy();
    return settled;
  }
  signal.end('go\n');
  child.unref();
  if (!isAwaited) return done(undefined);
  const hasBegun = () => failed.now() !== null || !readsAsStub(child.pid!);
  await comesTrue(hasBegun, PATIENCE_MS);
  const why = failed.now();
  return why === null ? done(undefined) : refuse({ code: 'bad-command', command: words[0]!, why });
}

/** What became of a child that has already ended. */
function failureOf(child: ChildProcess) {
  let why: string | null = null;
  const reason = new Promise<string>((resolve) => {
    const failed = (words: string) => {
      why = words;
      resolve(words);
    };
    child.once('error', ({ message }) => failed(message));
    child.once('exit', (status, signal) =>
      failed(signal === null ? `it ended at once, with status ${status}` : `it was killed by ${signal}`),
    );
  });
  return { reason, now: () => why };
}

function readsAsStub(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(STUB);
  } catch {
    return false;
  }
}

/** The program's whole path; as a shell finds it, but before anything is started. */
export function findProgram(command: string): Outcome<string> {
  if (command.startsWith('/')) {
    const why = notExecutable(command);
    return why === null ? done(command) : refuse({ code: 'bad-command', command, why });
  }
  if (command.includes('/'))
    return refuse({ code: 'bad-command', command, why: 'its path does not begin with /' });
  const path = environment()
    .PATH.split(':')
    .filter((folder) => folder.startsWith('/'));
  const found = path.map((folder) => join(folder, command)).find((file) => notExecutable(file) === null);
  return found === undefined
    ? refuse({ code: 'bad-command', command, why: `there is no such program in ${path.join(':')}` })
    : done(found);
}

function notExecutable(file: string): string | null {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? null : 'it is no file';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' ? 'it is not executable' : 'there is no such file';
  }
}

/** What the command finds set: of the daemon's own environment only what every command needs. */
function environment() {
  const { PATH = USUAL_PATH, LANG } = process.env;
  return { PATH, ...(LANG !== undefined && { LANG }) };
}

/** A domain without a log is better than none. */
function openLog(path: string): number | 'ignore' {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
    return openSync(path, O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o640);
  } catch {
    return 'ignore';
  }
}
