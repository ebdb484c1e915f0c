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

/** Debian 12, whose systemd is 252: the oldest that a host with cpuset partitions is likely to have. */
const SUITE = 'bookworm';
/** Of all that systemd depends on: itself, its bus, and libraries. No journal, no udev, no gettys: none of them is started. */
const WANTED = /^(systemd|dbus(-daemon|-bin|-system-bus-common)?|lib[a-z\d].*|zlib1g)$/;
const UNWANTED = /perl|newt|slang|elogind|debian-installer|textwrap|readline|gdbm|libdb5/;

const PROGRAMS = ['busctl', 'dbus-daemon', 'systemctl', 'systemd-cgls', 'systemd-escape', 'systemd-run'];
/** Debian's units, without which nothing starts or ends; whatever they would want beside is not there. */
const UNITS = [
  ...['basic', 'final', 'local-fs', 'multi-user', 'paths', 'poweroff', 'shutdown', 'slices', 'sockets'],
  ...['sysinit', 'timers', 'umount'],
]
  .map((name) => `${name}.target`)
  .concat('dbus.service', 'dbus.socket', 'systemd-poweroff.service', 'user.slice');

/** What systemd needs to be the first program, as Debian packs it; fetched if it is not there yet. */
export function fetchSystemd(): string {
  return kept(`${SUITE}-systemd`, (whole) => {
    const work = mkdtempSync(join(tmpdir(), 'cpu-pools-lab-'));
    try {
      const apt = new Apt(work, SUITE);
      const all = ['systemd', 'dbus'].flatMap((name) => [name, ...apt.dependencies(name)]);
      const names = [...new Set(all)].filter((name) => WANTED.test(name) && !UNWANTED.test(name));
      cpSync(apt.unpack(names), whole, { recursive: true, verbatimSymlinks: true });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

/**
 * Puts systemd into an archive as its first program. Debian's /usr and / are one in it, as they are on a host; `/usr/X` is
 * a link to `/X`. Returns the names of the libraries that are there.
 */
export function addSystemd(archive: Archive, root: string): Set<string> {
  for (const name of ['lib', 'share']) archive.link(join('usr', name), `/${name}`);
  const libraries = new Set<string>();
  for (const top of ['', 'usr']) {
    const lib = join(root, top, 'lib/x86_64-linux-gnu');
    for (const name of namesIn(lib)) if (/\.so(\.|$)/.test(name)) libraries.add(name);
    addTree(archive, lib, 'lib/x86_64-linux-gnu', (name) => /\.so(\.|$)|^systemd$/.test(name));
    addTree(archive, join(root, top, 'bin'), 'bin', (name) => PROGRAMS.includes(name));
    addTree(archive, join(root, top, 'lib/systemd'), 'lib/systemd', (name) =>
      /^(systemd|systemd-shutdown|systemd-cgroups-agent)$/.test(name),
    );
    addTree(archive, join(root, top, 'lib/systemd/system'), 'lib/systemd/system', (name) =>
      UNITS.includes(name),
    );
    addTree(archive, join(root, top, 'share/dbus-1'), 'share/dbus-1');
  }
  addTree(archive, join(root, 'lib64'), 'lib64');
  addTree(archive, join(root, 'etc/dbus-1'), 'etc/dbus-1');
  for (const name of ['lab.service', 'lab.target'])
    archive.copy(join('lab/guest/systemd', name), join('etc/systemd/system', name));
  archive.link('etc/systemd/system/default.target', 'lab.target');
  archive.copy('lab/guest/systemd/system.conf', 'etc/systemd/system.conf');
  archive.copy('lab/guest/systemd/job.sh', 'job-of-systemd.sh');
  archive.file('etc/machine-id', `${'12'.repeat(16)}\n`);
  archive.link('init', '/lib/systemd/systemd');
  return libraries;
}

/** A folder with its links as they are: they lead to places in the guest. `isWanted` looks at the names in it alone. */
function addTree(
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

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);
