/** The head of an HTTP reply. */
export interface Head {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Reads one HTTP/1.1 reply as it comes in, as far as xend's server speaks it: a body of a known length, in chunks, or
 * until the end of the connection (docs/decisions/0009-xm-http-client.md says why xm does not load node:http).
 */
export class Reply {
  head: Head | null = null;
  /** The whole body has been read. */
  complete = false;
  /** Bytes that have come in and are not understood yet. */
  private rest: Buffer = Buffer.alloc(0);
  /** Bytes still missing from the body or the chunk; null: it ends with the connection. */
  private missing: number | null = 0;
  private chunked = false;

  /** What these bytes add to the body. */
  push(bytes: Buffer): Buffer {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    if (this.head === null && !this.readHead()) return Buffer.alloc(0);
    return this.chunked ? this.readChunks() : this.readPlain();
  }

  /** The connection has ended: whether the reply is whole. */
  end(): boolean {
    if (this.head !== null && this.missing === null) this.complete = true;
    return this.complete;
  }

  private readHead(): boolean {
    const end = this.rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [status = '', ...lines] = this.rest.toString('latin1', 0, end).split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    this.head = { status: Number(/^HTTP\/1\.\d (\d{3})/.exec(status)?.[1] ?? 0), headers };
    this.rest = this.rest.subarray(end + 4);
    this.chunked = /\bchunked\b/i.test(headers.get('transfer-encoding') ?? '');
    const length = headers.get('content-length');
    if (!this.chunked) this.missing = length === undefined ? null : Number(length);
    return true;
  }

  private readPlain(): Buffer {
    const body = this.missing === null ? this.rest : this.rest.subarray(0, this.missing);
    this.rest = Buffer.alloc(0);
    if (this.missing !== null) {
      this.missing -= body.length;
      this.complete = this.missing === 0;
    }
    return body;
  }

  private readChunks(): Buffer {
    const parts: Buffer[] = [];
    for (;;) {
      const end = this.rest.indexOf('\r\n');
      if (end < 0 || this.complete) break;
      const size = Number.parseInt(this.rest.toString('latin1', 0, end), 16);
      // A chunk is taken whole or left for later: the replies of xend are small.
      if (!(size <= this.rest.length - end - 4)) break;
      parts.push(this.rest.subarray(end + 2, end + 2 + size));
      this.rest = this.rest.subarray(end + 4 + size);
      this.complete = size === 0;
    }
    return Buffer.concat(parts);
  }
}
