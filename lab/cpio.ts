import { readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Types of a file in the upper bits of its mode, as stat(2) has them. */
const DIRECTORY = 0o040000;
const REGULAR = 0o100000;
const LINK = 0o120000;
const CHARACTER_DEVICE = 0o020000;

/**
 * Writes a "newc" cpio archive, what Linux unpacks into its first file system. Everything belongs to root and is as old as
 * 1970, so the same content gives the same bytes; written here and not by cpio(1), devices need no root.
 */
export class Archive {
  readonly #fd: number;
  readonly #directories = new Set(['.', '/', '']);
  #entries = 0;

  /** `fd` is open for writing. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Paths are relative to the root; the folders above come by themselves. */
  directory(path: string, permissions = 0o755): void {
    if (this.#directories.has(path)) return;
    this.directory(dirname(path));
    this.#directories.add(path);
    this.#entry(path, DIRECTORY | permissions, Buffer.alloc(0));
  }

  file(path: string, content: string | Buffer, permissions = 0o644): void {
    this.directory(dirname(path));
    this.#entry(path, REGULAR | permissions, Buffer.from(content));
  }

  link(path: string, target: string): void {
    this.directory(dirname(path));
    this.#entry(path, LINK | 0o777, Buffer.from(target));
  }

  device(path: string, major: number, minor: number): void {
    this.directory(dirname(path));
    this.#entry(path, CHARACTER_DEVICE | 0o600, Buffer.alloc(0), major, minor);
  }

  /** A file of this machine, or a folder with all that is in it; links are followed. */
  copy(from: string, path: string): void {
    const stat = statSync(from);
    if (stat.isDirectory()) {
      this.directory(path);
      for (const name of readdirSync(from).sort()) this.copy(join(from, name), join(path, name));
    } else this.file(path, readFileSync(from), stat.mode & 0o777);
  }

  end(): void {
    this.#entry('TRAILER!!!', 0, Buffer.alloc(0));
  }

  #entry(path: string, mode: number, content: Buffer, major = 0, minor = 0): void {
    const name = Buffer.from(`${path}\0`);
    // inode, mode, uid, gid, links, mtime, size, device of the file (2), device that it is (2), length of the name, check
    const fields = [++this.#entries, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
    this.#write(Buffer.concat([Buffer.from(header), name]));
    this.#write(content);
  }

  /** Header and content each end on a multiple of four. */
  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    const over = bytes.length % 4;
    if (over > 0) writeSync(this.#fd, Buffer.alloc(4 - over));
  }
}
