import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { done, type Outcome, type Refused, unwritable } from '../interface/index.ts';

/** What is gathered before it is written. More would not stay in a core's cache until then. */
const BUFFER_BYTES = 64 * 1024;

/**
 * A file that is there as a whole or not at all: it grows beside its place and is renamed when it is complete. What is
 * no plain file (a pipe, /dev/null) is written as it is.
 */
export class OutputFile {
  /** The first thing that went wrong; nothing is written after it. */
  fault: Refused | null = null;
  /** As it was asked for. */
  readonly #name: string;
  readonly #path: string;
  /** Where it grows; null: in its place. */
  readonly #draft: string | null;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;
  #descriptor: number;

  private constructor(name: string, path: string, draft: string | null) {
    this.#name = name;
    this.#path = path;
    this.#draft = draft;
    this.#descriptor = openSync(draft ?? path, draft === null ? 'w' : 'wx');
  }

  static open(name: string, cwd = '.'): Outcome<OutputFile> {
    try {
      const real = realPath(resolve(cwd, name));
      const status = statSync(real, { throwIfNoEntry: false });
      // Renaming would get round a file's own permissions.
      if (status !== undefined) accessSync(real, constants.W_OK);
      const isPlain = status === undefined || status.isFile() || status.isDirectory();
      if (status?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
      return done(new OutputFile(name, real, isPlain ? draftBeside(real) : null));
    } catch (error) {
      return unwritable(name, error);
    }
  }

  write(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BUFFER_BYTES) this.#flush();
    if (bytes.length > BUFFER_BYTES) this.#attempt(() => this.#writeAll(bytes));
    else {
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  /** Puts it in its place. */
  keep(): Outcome<void> {
    this.#flush();
    this.#attempt(() => this.#close());
    if (this.#draft !== null) {
      const draft = this.#draft;
      if (this.fault === null) this.#attempt(() => renameSync(draft, this.#path));
      if (this.fault !== null) this.discard();
    }
    return this.fault ?? done(undefined);
  }

  /** Leaves nothing behind. */
  discard(): void {
    try {
      this.#close();
      if (this.#draft !== null) rmSync(this.#draft, { force: true });
    } catch {
      // There was a reason already, and it has been told.
    }
  }

  #flush(): void {
    const used = this.#used;
    this.#used = 0;
    this.#attempt(() => this.#writeAll(this.#buffer.subarray(0, used)));
  }

  #writeAll(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) from += writeSync(this.#descriptor, bytes, from);
  }

  #attempt(act: () => void): void {
    if (this.fault !== null) return;
    try {
      act();
    } catch (error) {
      this.fault = unwritable(this.#name, error);
    }
  }

  #close(): void {
    if (this.#descriptor < 0) return;
    const descriptor = this.#descriptor;
    this.#descriptor = -1;
    closeSync(descriptor);
  }
}

/** Two runs at once must not meet, nor two files of one run. */
const draftBeside = (path: string) =>
  join(dirname(path), `.${basename(path).slice(0, 64)}.${process.pid}-${++drafts}.part`);
let drafts = 0;

/** A path without links, so that two names of one file are known as one. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}
