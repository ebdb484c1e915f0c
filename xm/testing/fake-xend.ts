import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from '../caller.ts';
import { run } from '../run.ts';

/** What a fake xend was asked. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** Status and body; a string is sent as it is. */
export type Reply = readonly [status: number, body: unknown];

/** A server on a socket of its own that answers from a table and remembers what it was asked. */
export class FakeXend {
  readonly asked: Asked[] = [];
  readonly directory = mkdtempSync(join(tmpdir(), 'xm-test-'));
  readonly socket = join(this.directory, 'xend.sock');
  private readonly server: Server;

  constructor(replies: (asked: Asked) => Reply) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const asked = {
          method: request.method!,
          url: request.url!,
          headers: request.headers,
          body: text === '' ? undefined : JSON.parse(text),
        };
        this.asked.push(asked);
        const [status, body] = replies(asked);
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.server.listen(this.socket, resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface Printed {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs xm in this process and collects what it prints; nothing of this user's own is in reach. */
export async function typed(words: readonly string[], given: Partial<Caller> = {}): Promise<Printed> {
  let out = '';
  let err = '';
  const caller: Caller = {
    env: {},
    cwd: '/nowhere',
    uid: 4_000_000_000,
    home: process.cwd(),
    stdout: { write: (text: string) => (out += text), isTTY: given.stdout?.isTTY === true },
    stderr: { write: (text: string) => (err += text) },
    ...(({ stdout: _, ...rest }) => rest)(given),
  };
  const status = await run(words, caller);
  return { status, out, err };
}
