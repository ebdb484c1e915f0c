import { execFileSync } from 'node:child_process';
import { closeSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Archive } from './cpio.ts';
import { addLibvirt } from './libvirt-root.ts';
import { openNameless, programAt } from './machine.ts';
import { addSystemd } from './systemd-root.ts';

/** What a guest finds beside busybox and node. */
export interface Contents {
  /** A shell script, run as root when the guest is up: /job.sh. */
  readonly job: string;
  /** Files and folders of this machine, by the place they get in the guest. */
  readonly copies: Readonly<Record<string, string>>;
  /** Programs of this machine beside those that every guest has. */
  readonly programs?: readonly string[];
  /** Where systemd lies unpacked, for a guest whose first program it is; else that is lab/guest/init.sh. */
  readonly systemd?: string;
  /** Where libvirt lies unpacked, for a guest that has it. */
  readonly libvirt?: string;
}

/** Those that the project calls; of some, busybox has a poorer namesake. */
const PROGRAMS = ['chrt', 'flock', 'taskset', 'unshare'];

const EMPTY = ['dev', 'proc', 'run', 'sys', 'var/lib', 'var/log'];
const USR = { bin: '/bin', lib: '/lib', sbin: '/bin', share: '/share' };
const USERS = [
  'root:x:0:0:root:/tmp:/bin/sh',
  'messagebus:x:100:100:of the bus of systemd:/tmp:/bin/false',
  'libvirt-qemu:x:101:101:of libvirt:/tmp:/bin/false',
  'nobody:x:65534:65534:nobody:/tmp:/bin/sh',
];
const GROUPS = ['root:x:0:', 'messagebus:x:100:', 'libvirt-qemu:x:101:', 'nogroup:x:65534:'];

/**
 * Builds an initramfs and hands back a file open for reading. Its name is gone already: nothing is left behind, however we
 * end. Not compressed: what takes a moment to read takes an emulated cpu many to decompress.
 */
export function buildImage(contents: Contents): number {
  const { writing, reading } = openNameless('initramfs');
  const archive = new Archive(writing);
  for (const path of EMPTY) archive.directory(path);
  archive.directory('tmp', 0o1777);
  // Debian's /usr and / are one, as they are on a host.
  for (const [name, target] of Object.entries(USR)) archive.link(join('usr', name), target);
  archive.link('var/run', '/run');
  // Without it the kernel would start init with nothing to write its complaints to.
  archive.device('dev/console', 5, 1);
  archive.file('etc/passwd', `${USERS.join('\n')}\n`);
  archive.file('etc/group', `${GROUPS.join('\n')}\n`);
  if (contents.systemd === undefined) archive.copy('lab/guest/init.sh', 'init');
  const libraries =
    contents.systemd === undefined ? new Set<string>() : addSystemd(archive, contents.systemd);
  addPrograms(archive, [...PROGRAMS, ...(contents.programs ?? [])], libraries);
  if (contents.libvirt !== undefined) addLibvirt(archive, contents.libvirt, libraries);
  archive.file('job.sh', contents.job);
  for (const [to, from] of Object.entries(contents.copies)) archive.copy(from, to);
  archive.end();
  closeSync(writing);
  return reading;
}

/**
 * Of a library that is there already there is no second one: systemd comes with all that it needs, and node asks for
 * less.
 */
function addPrograms(archive: Archive, names: readonly string[], libraries: Set<string>): void {
  const busybox = programAt('busybox');
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const others = Object.fromEntries(names.map((name) => [name, programAt(name)]));
  const programs = { node: realpathSync(process.execPath), busybox, ...others };
  for (const [name, file] of Object.entries(programs)) archive.copy(file, join('bin', name));
  for (const name of applets) if (!(name in programs)) archive.link(join('bin', name), 'busybox');
  for (const library of new Set(Object.values(programs).flatMap(librariesOf))) {
    if (libraries.has(basename(library))) continue;
    libraries.add(basename(library));
    archive.copy(library, library.replace(/^\/(usr\/)?/, ''));
  }
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
