import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Room for a page of most files; longer ones are read in parts. */
const PART_BYTES = 4096;

/**
 * Files that are read again and again, kept open: one system call a look where opening takes four. A cgroup that is
 * gone answers nothing from then on, also if another of its name was made since.
 */
export class KeptFiles {
  readonly #root: string;
  readonly #open = new Map<string, number>();
  #part = Buffer.alloc(PART_BYTES);

  constructor(root: string) {
    this.#root = root;
  }

  /** As it is now; `null` where there is no such file. */
  text(directory: string, file: string): string | null {
    const path = join(this.#root, directory, file);
    const known = this.#open.get(path);
    if (known !== undefined) return this.#read(path, known);
    try {
      const fd = openSync(path, 'r');
      this.#open.set(path, fd);
      return this.#read(path, fd);
    } catch {
      return null;
    }
  }

  /** Lets go of what is in no directory of these. */
  keepOnly(directories: ReadonlySet<string>): void {
    for (const [path, fd] of this.#open) {
      const directory = path.slice(this.#root.length + 1, path.lastIndexOf('/'));
      if (!directories.has(directory)) this.#drop(path, fd);
    }
  }

  close(): void {
    for (const [path, fd] of this.#open) this.#drop(path, fd);
  }

  #read(path: string, fd: number): string | null {
    try {
      let bytes = 0;
      for (;;) {
        const more = readSync(fd, this.#part, bytes, this.#part.length - bytes, bytes);
        bytes += more;
        if (more === 0 || bytes < this.#part.length) break;
        this.#part = Buffer.concat([this.#part, Buffer.alloc(this.#part.length)]);
      }
      return this.#part.toString('latin1', 0, bytes);
    } catch {
      this.#drop(path, fd);
      return null;
    }
  }

  #drop(path: string, fd: number): void {
    this.#open.delete(path);
    closeSync(fd);
  }
}
