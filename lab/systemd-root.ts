import { join } from 'node:path';
import type { Archive } from './cpio.ts';
import { addTree, fetchPart, namesIn, type Part } from './packages.ts';

/** systemd, its bus, and their libraries. No journal, no udev, no gettys: none of them is started. */
const WANTED = /^(systemd|dbus(-daemon|-bin|-system-bus-common)?|lib[a-z\d].*|zlib1g)$/;
const UNWANTED = /perl|newt|slang|elogind|debian-installer|textwrap|readline|gdbm|libdb5/;
const SYSTEMD: Part = {
  name: 'systemd',
  packages: ['systemd', 'dbus'],
  isWanted: (name) => WANTED.test(name) && !UNWANTED.test(name),
};

const PROGRAMS = ['busctl', 'dbus-daemon', 'systemctl', 'systemd-cgls', 'systemd-escape', 'systemd-run'];
/** Debian's units, without which nothing starts or ends; whatever they would want beside is not there. */
const UNITS = [
  ...['basic', 'final', 'local-fs', 'multi-user', 'paths', 'poweroff', 'shutdown', 'slices', 'sockets'],
  ...['sysinit', 'timers', 'umount'],
]
  .map((name) => `${name}.target`)
  .concat('dbus.service', 'dbus.socket', 'systemd-poweroff.service', 'user.slice');

/** What systemd needs to be the first program, as a suite packs it. */
export const fetchSystemd = (suite: string): string => fetchPart(SYSTEMD, suite);

/**
 * Puts systemd into an archive as its first program. Returns the names of the libraries that are there.
 */
export function addSystemd(archive: Archive, root: string): Set<string> {
  const libraries = new Set<string>();
  for (const top of ['', 'usr']) {
    const lib = join(root, top, 'lib/x86_64-linux-gnu');
    for (const name of namesIn(lib)) if (/\.so(\.|$)/.test(name)) libraries.add(name);
    addTree(archive, lib, 'lib/x86_64-linux-gnu', (name) => /\.so(\.|$)|^systemd$/.test(name));
    addTree(archive, join(root, top, 'bin'), 'bin', (name) => PROGRAMS.includes(name));
    addTree(archive, join(root, top, 'lib/systemd'), 'lib/systemd', (name) =>
      /^systemd(-shutdown|-executor|-cgroups-agent)?$/.test(name),
    );
    addTree(archive, join(root, top, 'lib/systemd/system'), 'lib/systemd/system', (name) =>
      UNITS.includes(name),
    );
    addTree(archive, join(root, top, 'share/dbus-1'), 'share/dbus-1');
  }
  for (const lib64 of ['lib64', 'usr/lib64']) addTree(archive, join(root, lib64), 'lib64');
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
