import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  write,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Cpu, done, type Outcome, refuse } from '../../interface/index.ts';
import { parseKernelList } from './kernel-list.ts';
import { pauses } from './turns.ts';

/**
 * The files of a cgroup v2 tree. Looks are synchronous: nothing of ours happens between the first file and the last.
 * So are writes that the kernel takes some milliseconds for at most, a thread of its own for each would cost more; only
 * memory that is moved is waited for. A write that succeeded has not succeeded yet: whoever writes reads back.
 *
 * A directory is named from the root of the tree; the root itself is `''`.
 */
export class CgroupFiles {
  readonly root: string;
  /** Files that were not there: an error costs many times what a question does. */
  readonly #absent = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  /** Without its last newline; `null` where there is no such file. */
  text(directory: string, file: string): string | null {
    const path = join(this.root, directory, file);
    if (this.#absent.has(path) && !existsSync(path)) return null;
    this.#absent.delete(path);
    try {
      return readFileSync(path, 'utf8').trimEnd();
    } catch (error) {
      if (this.#absent.size >= MOST_ABSENT) this.#absent.clear();
      this.#absent.add(path);
      return absent(error, null);
    }
  }

  /** The numbers of a list file, ascending; none where it is empty or missing. */
  list(directory: string, file: string): Cpu[] {
    return parseKernelList(this.text(directory, file) ?? '');
  }

  /** One value of a file of `key value` lines. */
  field(directory: string, file: string, key: string): number | null {
    const text = `\n${this.text(directory, file) ?? ''}\n`;
    const at = text.indexOf(`\n${key} `);
    if (at < 0) return null;
    const begin = at + key.length + 2;
    const value = text.slice(begin, text.indexOf('\n', begin));
    return /^\d+$/.test(value) ? Number(value) : null;
  }

  has(directory: string, file = ''): boolean {
    return existsSync(join(this.root, directory, file));
  }

  /** What is directly below, files too; none where there is no such directory. */
  names(directory: string): string[] {
    try {
      return readdirSync(join(this.root, directory)).sort();
    } catch (error) {
      return absent(error, []);
    }
  }

  /** The directories directly below, by name; none where there is no such directory. */
  children(directory: string): string[] {
    try {
      const entries = readdirSync(join(this.root, directory), { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort();
    } catch (error) {
      return absent(error, []);
    }
  }

  /** An empty value is written as a newline: no bytes at all would change nothing. */
  async write(directory: string, file: string, value: string): Promise<Outcome<void>> {
    const path = join(this.root, directory, file);
    try {
      // Never created: a file that is missing is a controller that is missing.
      const fd = openSync(path, constants.O_WRONLY);
      try {
        if (file === SLOW) await writeAside(fd, `${value}\n`);
        else writeSync(fd, `${value}\n`);
      } finally {
        closeSync(fd);
      }
      return done(undefined);
    } catch (error) {
      return kernelRefused(`take ${value === '' ? 'nothing' : JSON.stringify(value)} for ${path}`, error);
    }
  }

  /**
   * Puts processes into a cgroup, one write each through one open file: opened anew for each, a domain of hundreds would
   * take ten times as long. In between others have their turn. One that has ended is no matter.
   */
  async putProcesses(directory: string, pids: readonly number[]): Promise<Outcome<void>> {
    const path = join(this.root, directory, 'cgroup.procs');
    const step = (pid: number) => `take process ${pid} for ${path}`;
    let fd: number;
    try {
      fd = openSync(path, constants.O_WRONLY);
    } catch (error) {
      return kernelRefused(step(pids[0]!), error);
    }
    try {
      const pause = pauses();
      for (const pid of pids) {
        const error = putInto(fd, pid);
        if (error !== null) return kernelRefused(step(pid), error);
        await pause();
      }
      return done(undefined);
    } finally {
      closeSync(fd);
    }
  }

  async make(directory: string): Promise<Outcome<void>> {
    try {
      mkdirSync(join(this.root, directory));
      return done(undefined);
    } catch (error) {
      return kernelRefused(`make the cgroup ${join(this.root, directory)}`, error);
    }
  }

  /** With what is below: a cgroup without processes may still have cgroups of its own. */
  async remove(directory: string): Promise<Outcome<void>> {
    for (const child of this.children(directory)) {
      const removed = await this.remove(join(directory, child));
      if (!removed.ok) return removed;
    }
    try {
      rmdirSync(join(this.root, directory));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        return kernelRefused(`remove the cgroup ${join(this.root, directory)}`, error);
    }
    return done(undefined);
  }
}

/** Cgroups come and go, and their names with them. */
const MOST_ABSENT = 10_000;

/** The memory of whoever is in there moves before this is written. */
const SLOW = 'cpuset.mems';

const writeAside = (fd: number, text: string) =>
  new Promise<void>((resolve, reject) => {
    write(fd, text, (error) => (error === null ? resolve() : reject(error)));
  });

function putInto(fd: number, pid: number): unknown {
  try {
    writeSync(fd, `${pid}\n`);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? null : error;
  }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'EOPNOTSUPP']);

/** What is not there is an answer. What cannot be read at the moment is none: pools would seem to be gone. */
function absent<T>(error: unknown, answer: T): T {
  if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return answer;
  throw error;
}

/** What a call that failed says, in words, and what to do about it. */
export function kernelRefused(step: string, error: unknown) {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const known = WHY[code];
  if (known === undefined) return refuse({ code: 'kernel-refused', step, why: message });
  const [why, remedy] = known;
  return refuse({ code: 'kernel-refused', step, why: `${why} (${code})`, remedy });
}

const AS_ROOT = 'run xend as root, outside of containers';
const GONE = 'somebody has removed it: try again, and what xend needs is made anew';

const WHY: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  EACCES: ['permission denied', AS_ROOT],
  EBUSY: ['it is in use', 'see what holds it, processes, their deadlines or cgroups in it, and try again'],
  EINVAL: [
    'it does not fit with what else there is',
    'see which other cgroup wants the same, or ask for other cpus',
  ],
  ENODEV: ['it is gone', GONE],
  ENOENT: ['there is no such file', GONE],
  ENOSPC: [
    'nothing would be left for who is in there',
    'leave it more, or move its domains first (xm pool-migrate)',
  ],
  EOPNOTSUPP: ['this cgroup cannot have it', 'move the processes out of the cgroup above it'],
  EPERM: ['not permitted', AS_ROOT],
  ERANGE: ['the number is out of range', 'xm info shows what this machine has'],
  EROFS: ['the file system is read-only', 'mount the cgroup tree for writing'],
};
