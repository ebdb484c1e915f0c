import type { EventView } from '../../interface/views.ts';

/** Cuts a stream of server-sent events into events, wherever the bytes were torn apart. */
export class EventLines {
  private readonly decoder = new TextDecoder();
  private rest = '';

  push(bytes: Buffer): EventView[] {
    this.rest += this.decoder.decode(bytes, { stream: true });
    const blocks = this.rest.split(/\r?\n\r?\n/);
    this.rest = blocks.pop()!;
    return blocks
      .map(data)
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text) as EventView);
  }
}

/** The `data:` lines of a block; a comment (a sign of life) has none. */
const data = (block: string) =>
  block
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .join('\n');
