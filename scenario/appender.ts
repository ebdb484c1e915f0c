import { writeSync } from 'node:fs';

/** What is gathered before it is written. More would not stay in a core's cache until then. */
const BUFFER_BYTES = 64 * 1024;

/** Writes to an open file, a good deal at a time. */
export class Appender {
  /** The first thing that went wrong; nothing is written after it. */
  error: NodeJS.ErrnoException | null = null;
  readonly #descriptor: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BUFFER_BYTES) this.flush();
    if (bytes.length > BUFFER_BYTES) this.#writeAll(bytes);
    else {
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #writeAll(bytes: Uint8Array): void {
    if (this.error !== null) return;
    try {
      for (let from = 0; from < bytes.length; ) from += writeSync(this.#descriptor, bytes, from);
    } catch (error) {
      this.error = error as NodeJS.ErrnoException;
    }
  }
}
