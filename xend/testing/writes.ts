/** Everything this process writes, from here on, one write after the other: only for tests, which let some of them fail. */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Of a write that is about to be made. What is thrown is what it comes to. */
export type Overseer = (write: Write) => void;

export interface Write {
  /** `writeFile`, `mkdir`, `spawn`, … */
  readonly call: string;
  /** A file, a folder, a program; nothing where a file is open already. */
  readonly path: string;
  readonly value: string;
}

type Call = (...args: unknown[]) => unknown;

/** Calls that change something, where they are found, and what tells one from another. */
const CALLS: readonly [object, readonly string[]][] = [
  [fs.promises, ['writeFile', 'mkdir', 'rmdir', 'rename', 'rm']],
  // Processes come into cgroups through a file that is kept open.
  [fs, ['writeSync']],
  [childProcess, ['spawn']],
];
const OF_OPEN_FILES = ['write', 'writeFile', 'truncate', 'datasync', 'sync'];

/** For the rest of this process's life. */
export async function overseeWrites(overseer: Overseer): Promise<void> {
  for (const [owner, names] of CALLS)
    for (const call of names) oversee(owner as Record<string, Call>, call, overseer);
  const handle = await fs.promises.open('/dev/null', 'r');
  const prototype = Object.getPrototypeOf(handle) as Record<string, Call>;
  await handle.close();
  for (const call of OF_OPEN_FILES) oversee(prototype, call, overseer);
  syncBuiltinESMExports();
}

function oversee(owner: Record<string, Call>, call: string, overseer: Overseer): void {
  const real = owner[call]!;
  const isAsync = !/^spawn$|Sync$/.test(call);
  owner[call] = function (this: unknown, ...args: unknown[]) {
    const [path, value] = args.map((arg) => (typeof arg === 'string' ? arg.trim() : ''));
    try {
      overseer({ call, path: path ?? '', value: value ?? '' });
    } catch (error) {
      if (!isAsync) throw error;
      return Promise.reject(error);
    }
    return real.apply(this, args);
  };
}
