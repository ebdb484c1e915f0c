import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { done, type Outcome, type Refused, unwritable } from '../interface/index.ts';
import { Appender } from './appender.ts';

/**
 * A file that is there as a whole or not at all: it grows beside its place and is renamed when it is complete. What is
 * no plain file (a pipe, /dev/null) is written as it is.
 */
export class OutputFile {
  /** Whoever else writes to it does so by this. */
  readonly descriptor: number;
  /** As it was asked for. */
  readonly #name: string;
  readonly #path: string;
  /** Where it grows; null: in its place. */
  readonly #draft: string | null;
  readonly #appender: Appender;
  #error: unknown = null;
  #isOpen = true;

  private constructor(name: string, path: string, draft: string | null) {
    this.#name = name;
    this.#path = path;
    this.#draft = draft;
    this.descriptor = openSync(draft ?? path, draft === null ? 'w' : 'wx');
    this.#appender = new Appender(this.descriptor);
  }

  static open(name: string, cwd = '.'): Outcome<OutputFile> {
    try {
      const path = realPath(resolve(cwd, name));
      const status = statSync(path, { throwIfNoEntry: false });
      if (status?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
      // Renaming would get round a file's own permissions.
      if (status !== undefined) accessSync(path, constants.W_OK);
      const isPlain = status?.isFile() ?? true;
      return done(new OutputFile(name, path, isPlain ? draftBeside(path) : null));
    } catch (error) {
      return unwritable(name, error);
    }
  }

  /** The first thing that went wrong; nothing is written after it. */
  get fault(): Refused | null {
    const error = this.#error ?? this.#appender.error;
    return error === null ? null : unwritable(this.#name, error);
  }

  /** Whoever else writes to it has failed. */
  fail(error: unknown): void {
    this.#error ??= error;
  }

  write(bytes: Uint8Array): void {
    this.#appender.write(bytes);
  }

  /** Puts it in its place. */
  keep(): Outcome<void> {
    this.#appender.flush();
    try {
      this.#close();
      if (this.#draft !== null && this.fault === null) renameSync(this.#draft, this.#path);
    } catch (error) {
      this.fail(error);
    }
    if (this.fault !== null) this.discard();
    return this.fault ?? done(undefined);
  }

  /** Leaves nothing behind of what has not been kept. */
  discard(): void {
    try {
      this.#close();
      if (this.#draft !== null) rmSync(this.#draft, { force: true });
    } catch {
      // There was a reason already, and it has been told.
    }
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.descriptor);
    this.#isOpen = false;
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
