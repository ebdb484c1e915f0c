import type { JournalFile } from '../journal-file.ts';

/** What befalls a write after `bytes` of it: the power goes (it never answers), or the disk is full. */
export interface WriteFate {
  readonly kind: 'crash' | 'full';
  readonly bytes: number;
}

/** A journal in memory, for tests: tears where told, and forgets what no sync made durable. */
export class MemoryFile implements JournalFile {
  readonly path = '/state/journal';
  content: Uint8Array;
  /** Decides each write's fate; replaced by tests. */
  fate: () => WriteFate | null = () => null;
  isReadOnly = false;
  #durableLength: number;

  constructor(content: Uint8Array = new Uint8Array()) {
    this.content = content;
    this.#durableLength = content.length;
  }

  /** What is found after a crash that kept `unsynced` bytes of those that nobody had waited for. */
  afterCrash(unsynced: number): MemoryFile {
    return new MemoryFile(this.content.slice(0, this.#durableLength + unsynced));
  }

  async read(): Promise<Uint8Array> {
    return this.content;
  }

  async write(bytes: Uint8Array, offset: number, durable: boolean): Promise<void> {
    if (offset !== this.content.length)
      throw new Error(`a write at ${offset}, the end is ${this.content.length}`);
    await this.#suffer(bytes, (part) => {
      this.content = Buffer.concat([this.content, part]);
    });
    if (durable) this.#durableLength = this.content.length;
  }

  async truncate(length: number): Promise<void> {
    if (this.isReadOnly) throw failure('EROFS');
    const fate = this.fate();
    const isCrash = fate?.kind === 'crash';
    if (isCrash && fate.bytes % 2 === 0) return new Promise(() => {});
    this.content = this.content.slice(0, length);
    this.#durableLength = Math.min(this.#durableLength, length);
    if (isCrash) return new Promise(() => {});
  }

  async replace(bytes: Uint8Array): Promise<void> {
    await this.#suffer(bytes, () => {});
    this.content = bytes;
    this.#durableLength = bytes.length;
  }

  async close(): Promise<void> {}

  async #suffer(bytes: Uint8Array, take: (part: Uint8Array) => void): Promise<void> {
    if (this.isReadOnly) throw failure('EROFS');
    const fate = this.fate();
    take(bytes.slice(0, fate?.bytes));
    if (fate?.kind === 'crash') return new Promise(() => {});
    if (fate?.kind === 'full') throw failure('ENOSPC');
  }
}

const failure = (code: string) => Object.assign(new Error(code), { code });
