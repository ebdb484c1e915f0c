/** Everything this process writes, from here on, one write after the other: only for tests, which let some of them fail. */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Of a write that is about to be made. What is thrown is what it comes to. */
export type Overseer = (write: Write) => void;

export interface Write {
  /** `write`, `mkdir`, `spawn`, … */
  readonly call: string;
  /** A file, a folder, a program; nothing of a file whose opening nobody saw. */
  readonly path: string;
  readonly value: string;
}

type Call = (...args: unknown[]) => unknown;

/** Calls that change something, where they are found. */
const CALLS: readonly [object, readonly string[]][] = [
  [fs.promises, ['mkdir', 'rmdir', 'rename', 'rm']],
  [fs, ['write', 'writeSync', 'writeFileSync', 'renameSync', 'rmSync', 'mkdirSync', 'rmdirSync']],
  [childProcess, ['spawn']],
];
const OF_OPEN_FILES = ['write', 'writeFile', 'truncate', 'datasync', 'sync'];

/** For the rest of this process's life. */
export async function overseeWrites(overseer: Overseer): Promise<void> {
  const paths = rememberPaths();
  for (const [owner, names] of CALLS)
    for (const call of names) oversee(owner as Record<string, Call>, call, paths, overseer);
  const handle = await fs.promises.open('/dev/null', 'r');
  const prototype = Object.getPrototypeOf(handle) as Record<string, Call>;
  await handle.close();
  for (const call of OF_OPEN_FILES) oversee(prototype, call, paths, overseer);
  syncBuiltinESMExports();
}

/** What each number of an open file was opened as, from here on. */
function rememberPaths(): ReadonlyMap<unknown, string> {
  const paths = new Map<unknown, string>();
  const real = fs.openSync;
  fs.openSync = (path, ...others) => {
    const fd = real(path, ...others);
    paths.set(fd, String(path));
    return fd;
  };
  return paths;
}

function oversee(
  owner: Record<string, Call>,
  call: string,
  paths: ReadonlyMap<unknown, string>,
  overseer: Overseer,
): void {
  const real = owner[call]!;
  const isSync = /^spawn$|Sync$/.test(call);
  owner[call] = function (this: unknown, ...args: unknown[]) {
    const [path = '', value = ''] = args.map((arg) =>
      typeof arg === 'string' ? arg.trim() : paths.get(arg),
    );
    const callback = args.at(-1);
    try {
      overseer({ call, path, value });
    } catch (error) {
      if (isSync) throw error;
      if (typeof callback === 'function') return callback(error);
      return Promise.reject(error);
    }
    return real.apply(this, args);
  };
}
