import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Archive } from './cpio.ts';

/** What a guest finds beside busybox and node. */
export interface Contents {
  /** A shell script, run as root when the guest is up: /job.sh. */
  readonly job: string;
  /** Files and folders of this machine, by the place they get in the guest. */
  readonly copies: Readonly<Record<string, string>>;
}

const EMPTY = ['dev', 'proc', 'run', 'sys', 'tmp', 'var/lib', 'var/log'];
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
  // Without it the kernel would start init with nothing to write its complaints to.
  archive.device('dev/console', 5, 1);
  archive.file('etc/passwd', USERS);
  archive.file('etc/group', GROUPS);
  archive.copy('lab/guest/init.sh', 'init');
  addPrograms(archive);
  archive.file('job.sh', contents.job);
  for (const [to, from] of Object.entries(contents.copies)) archive.copy(from, to);
  archive.end();
  closeSync(writing);
  return reading;
}

/** A new file without a name, opened twice. */
export function openNameless(name: string): { writing: number; reading: number } {
  const directory = mkdtempSync(join(tmpdir(), 'cpu-pools-lab-'));
  try {
    const file = join(directory, name);
    return { writing: openSync(file, 'w', 0o600), reading: openSync(file, 'r') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function addPrograms(archive: Archive): void {
  const busybox = programAt('busybox');
  const node = realpathSync(process.execPath);
  archive.copy(busybox, 'bin/busybox');
  for (const name of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    if (name !== 'busybox') archive.link(join('bin', name), 'busybox');
  archive.copy(node, 'bin/node');
  for (const library of new Set([...librariesOf(busybox), ...librariesOf(node)]))
    archive.copy(library, library.slice(1));
}

function programAt(name: string): string {
  const found = (process.env.PATH ?? '').split(':').map((folder) => join(folder, name));
  for (const path of found)
    try {
      return realpathSync(path);
    } catch {
      // not in this folder
    }
  throw new Error(`${name} is not installed; lab/README.md says what the laboratory needs`);
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
