import {
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Apt } from './apt.ts';
import { kept } from './cache.ts';
import type { Archive } from './cpio.ts';

/** Parts of Debian, each kept unpacked in a folder of the cache. */
export interface Part {
  readonly name: string;
  readonly packages: readonly string[];
  /** Of those packages and all that they depend on. */
  isWanted(name: string): boolean;
}

/** A part as one suite has it; fetched if it is not there yet. */
export function fetchPart({ name, packages, isWanted }: Part, suite: string): string {
  return kept(`${suite}-${name}`, (whole) => {
    const work = mkdtempSync(join(tmpdir(), 'cpu-pools-lab-'));
    try {
      const apt = new Apt(work, suite);
      const all = packages.flatMap((name) => [name, ...apt.dependencies(name)]);
      const names = [...new Set(all)].filter(isWanted);
      cpSync(apt.unpack(names), whole, { recursive: true, verbatimSymlinks: true });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

/** A folder with its links as they are: they lead to places in the guest. `isWanted` looks at the names in it alone. */
export function addTree(
  archive: Archive,
  from: string,
  to: string,
  isWanted: (name: string) => boolean = () => true,
): void {
  for (const name of namesIn(from).filter(isWanted)) {
    const path = join(from, name);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) archive.link(join(to, name), readlinkSync(path));
    else if (stat.isDirectory()) addTree(archive, path, join(to, name));
    else archive.file(join(to, name), readFileSync(path), stat.mode & 0o777);
  }
}

export const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);
