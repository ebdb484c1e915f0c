import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The bytes under the journal, so that tests can tear them at any byte. What fails, throws. */
export interface JournalFile {
  readonly path: string;
  read(): Promise<Uint8Array>;
  /** Writes at `offset`, which is the file's end, and waits for the disk if asked to. */
  write(bytes: Uint8Array, offset: number, durable: boolean): Promise<void>;
  truncate(length: number): Promise<void>;
  /** These bytes instead of all: the old ones or the new ones are there at any instant, never a mixture. */
  replace(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const MODE = 0o600;

/** The journal as a file of this host; created if it is missing. */
export async function openJournalFile(path: string): Promise<JournalFile> {
  let handle = await openForWriting(path);
  await syncDirectory(path);

  return {
    path,
    read: () => handle.readFile(),
    async write(bytes, offset, durable) {
      await writeAll(handle, bytes, offset);
      if (durable) await handle.datasync();
    },
    async truncate(length) {
      await handle.truncate(length);
      await handle.datasync();
    },
    async replace(bytes) {
      const fresh = await openForWriting(`${path}.new`);
      try {
        await fresh.truncate(0);
        await writeAll(fresh, bytes, 0);
        await fresh.sync();
        await rename(`${path}.new`, path);
      } catch (error) {
        await fresh.close();
        throw error;
      }
      await handle.close();
      handle = fresh;
      await syncDirectory(path);
    },
    close: () => handle.close(),
  };
}

const openForWriting = (path: string) => open(path, constants.O_RDWR | constants.O_CREAT, MODE);

/** A full disk may take a part of the bytes and say so only to the next write. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, offset + written);
    written += bytesWritten;
  }
}

/** A new name is durable only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
