import { closeSync, openSync, readSync } from 'node:fs';

/** Where every file is read into first; grows with the longest. Nothing waits between a read and its comparison. */
let page = Buffer.alloc(4096);

/**
 * A file that is looked at again and again, kept open: two calls a look, one to read and one to compare, where opening
 * it anew takes four and making a string of it as much again. One that is gone stays gone, also if there is another of
 * its name by now.
 */
export class KeptFile {
  #fd: number | null;
  #last: Buffer<ArrayBufferLike> = Buffer.alloc(0);

  constructor(path: string) {
    this.#fd = openOrNull(path);
    this.hasChanged();
  }

  /** Since the look before; the first is the one when it was opened. To be gone is a change every time. */
  hasChanged(): boolean {
    const bytes = this.#read();
    if (bytes === null) return true;
    const isSame = bytes === this.#last.length && page.compare(this.#last, 0, bytes, 0, bytes) === 0;
    if (!isSame) this.#last = Buffer.from(page.subarray(0, bytes));
    return !isSame;
  }

  /** As it was at the last look. */
  get text(): string {
    return this.#last.toString('latin1');
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #read(): number | null {
    if (this.#fd === null) return null;
    try {
      let bytes = 0;
      for (;;) {
        const more = readSync(this.#fd, page, bytes, page.length - bytes, bytes);
        bytes += more;
        if (more === 0 || bytes < page.length) return bytes;
        page = Buffer.concat([page, Buffer.alloc(page.length)]);
      }
    } catch {
      this.close();
      return null;
    }
  }
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    return null;
  }
}
