import { execFileSync } from 'node:child_process';
import { closeSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Archive } from './cpio.ts';
import { openNameless, programAt } from './machine.ts';

/** What a guest finds beside busybox and node. */
export interface Contents {
  /** A shell script, run as root when the guest is up: /job.sh. */
  readonly job: string;
  /** Files and folders of this machine, by the place they get in the guest. */
  readonly copies: Readonly<Record<string, string>>;
  /** Programs of this machine beside those that every guest has. */
  readonly programs?: readonly string[];
}

/** Those that the project calls; of some, busybox has a poorer namesake. */
const PROGRAMS = ['chrt', 'flock', 'taskset'];

const EMPTY = ['dev', 'proc', 'run', 'sys', 'var/lib', 'var/log'];
const USERS = 'root:x:0:0:root:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n';
const GROUPS = 'root:x:0:\nnogroup:x:65534:\n';

/**
 * Builds an initramfs and hands back a file open for reading. Its name is gone already: nothing is left behind, however we
 * end. Not compressed: what takes a moment to read takes an emulated cpu many to decompress.
 */
export function buildImage(contents: Contents): number {
  const { writing, reading } = openNameless('initramfs');
  const archive = new Archive(writing);
  for (const path of EMPTY) archive.directory(path);
  archive.directory('tmp', 0o1777);
  // Without it the kernel would start init with nothing to write its complaints to.
  archive.device('dev/console', 5, 1);
  archive.file('etc/passwd', USERS);
  archive.file('etc/group', GROUPS);
  archive.copy('lab/guest/init.sh', 'init');
  addPrograms(archive, [...PROGRAMS, ...(contents.programs ?? [])]);
  archive.file('job.sh', contents.job);
  for (const [to, from] of Object.entries(contents.copies)) archive.copy(from, to);
  archive.end();
  closeSync(writing);
  return reading;
}

function addPrograms(archive: Archive, names: readonly string[]): void {
  const busybox = programAt('busybox');
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const others = Object.fromEntries(names.map((name) => [name, programAt(name)]));
  const programs = { node: realpathSync(process.execPath), busybox, ...others };
  for (const [name, file] of Object.entries(programs)) archive.copy(file, join('bin', name));
  for (const name of applets) if (!(name in programs)) archive.link(join('bin', name), 'busybox');
  // For `#!/usr/bin/env node`.
  archive.link('usr/bin', '/bin');
  for (const library of new Set(Object.values(programs).flatMap(librariesOf)))
    archive.copy(library, library.slice(1));
}

/** Where the loader finds the libraries of a program, and the loader itself; none for a static program. */
function librariesOf(program: string): string[] {
  try {
    const printed = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return [...printed.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path]) => path!);
  } catch {
    return [];
  }
}
