import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A person's place: a home, a working directory, and whatever private xend the first `xm` starts there. The programs
 * are the real ones, found as a user finds them.
 */
export class Stand {
  readonly directory = mkdtempSync(join(tmpdir(), 'cpu-pools-'));
  readonly env: NodeJS.ProcessEnv;

  constructor() {
    for (const name of ['run', 'state', 'work']) mkdirSync(join(this.directory, name), { mode: 0o700 });
    this.env = {
      PATH: process.env.PATH,
      HOME: this.directory,
      NO_COLOR: '1',
      XDG_RUNTIME_DIR: join(this.directory, 'run'),
      XDG_STATE_HOME: join(this.directory, 'state'),
    };
  }

  /** A file in the working directory. */
  write(name: string, text: string): void {
    writeFileSync(join(this.directory, 'work', name), text);
  }

  /** `xm('pool-create pool1 ncpu=4')`: a line as it is typed; words with blanks go in an array. */
  xm(words: string | readonly string[]): Run {
    return this.#run('xm', words);
  }

  xend(words: string | readonly string[]): Run {
    return this.#run('xend', words);
  }

  /** The same, for what must succeed: its standard output. */
  type(words: string | readonly string[]): string {
    const run = this.xm(words);
    if (run.status !== 0) throw new Error(`xm ${words}: exit ${run.status}\n${run.stdout}${run.stderr}`);
    return run.stdout;
  }

  json<T>(words: string): T {
    return JSON.parse(this.type(`${words} --json`)) as T;
  }

  /** An `xm` that goes on; whoever starts it ends it. */
  watch(words: string): ChildProcess {
    return spawn(process.execPath, [join(ROOT, 'bin', 'xm'), ...words.split(' ')], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  /** As a power cut would: no chance to tidy up. */
  kill(): void {
    const mine = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && this.#isOurXend(pid));
    if (mine.length !== 1) throw new Error(`${mine.length} xends run here, not one`);
    for (const pid of mine) process.kill(Number(pid), 'SIGKILL');
    while (mine.some((pid) => existsSync(`/proc/${pid}`))) spawnSync('sleep', ['0.01']);
  }

  #isOurXend(pid: string): boolean {
    try {
      const isXend = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('xend');
      return isXend && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`=${this.directory}/run\0`);
    } catch {
      return false; // it has ended meanwhile, or is somebody else's
    }
  }

  close(): void {
    this.xend('--stop --private');
    rmSync(this.directory, { recursive: true, force: true });
  }

  #run(program: 'xm' | 'xend', words: string | readonly string[]): Run {
    const args = typeof words === 'string' ? words.split(' ') : words;
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin', program), ...args], {
      cwd: join(this.directory, 'work'),
      env: this.env,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }
}

/** A stand that is cleared away when the test has finished. */
export function openStand(): Stand {
  const stand = new Stand();
  onTestFinished(() => stand.close());
  return stand;
}
