import { join } from 'node:path';
import type { Caller } from './caller.ts';
import { run } from './run.ts';

void main();

/** The program: what the process has, given to `run`. */
async function main(): Promise<void> {
  const words = process.argv.slice(2);
  // A reader that has seen enough (xm list | head) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  try {
    process.exitCode = await run(words, caller());
  } catch (error) {
    const debug = words.includes('--debug');
    process.stderr.write(
      `xm: internal error: ${debug ? (error as Error).stack : (error as Error).message}\n`,
    );
    if (!debug) process.stderr.write('    this is a mistake in xm; --debug shows where\n');
    process.exitCode = 1;
  }
}

function caller(): Caller {
  return {
    env: process.env,
    cwd: directory(),
    uid: process.getuid?.() ?? 0,
    stdout: process.stdout,
    stderr: process.stderr,
    home: join(__dirname, '..'),
  };
}

/** Where xm was called; the name of a directory that is gone by now still serves to say so. */
function directory(): string {
  try {
    return process.cwd();
  } catch {
    return process.env.PWD ?? '/';
  }
}
