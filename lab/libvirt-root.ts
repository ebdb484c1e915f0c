import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import type { Archive } from './cpio.ts';
import { addTree, fetchPart, namesIn, type Part } from './packages.ts';

/** libvirt's daemon with its driver for QEMU, virsh, and who tells systemd of its guests. */
const WANTED = /^(libvirt.*|systemd-container|lib[a-z\d].*|zlib1g)$/;
const UNWANTED = /perl|newt|slang|elogind|debian-installer|textwrap|gdbm|libdb5/;
const LIBVIRT: Part = {
  name: 'libvirt',
  packages: ['libvirt-daemon', 'libvirt-daemon-driver-qemu', 'libvirt-clients', 'systemd-container'],
  isWanted: (name) => WANTED.test(name) && !UNWANTED.test(name),
};

const LIBRARIES = 'usr/lib/x86_64-linux-gnu';
const DRIVER = `${LIBRARIES}/libvirt/connection-driver/libvirt_driver_qemu.so`;
const PROGRAMS = ['usr/sbin/libvirtd', 'usr/bin/virsh'];
const MACHINED = 'systemd-machined';
const UNITS = [`${MACHINED}.service`, 'dbus-org.freedesktop.machine1.service', 'machine.slice'];

/** libvirt as a suite packs it. */
export const fetchLibvirt = (suite: string): string => fetchPart(LIBVIRT, suite);

/** Puts libvirt into an archive, and of its libraries those that are not there. systemd-machined is of use to a systemd alone. */
export function addLibvirt(archive: Archive, root: string, libraries: ReadonlySet<string>): void {
  for (const program of PROGRAMS) archive.copy(join(root, program), join('bin', basename(program)));
  archive.copy(join(root, DRIVER), DRIVER.replace('usr/', ''));
  archive.copy(join(root, 'usr/share/libvirt/cpu_map'), 'share/libvirt/cpu_map');
  for (const library of librariesIn(root, [...PROGRAMS, DRIVER]))
    if (!libraries.has(basename(library)))
      archive.copy(library, join('lib/x86_64-linux-gnu', basename(library)));
  for (const top of ['', 'usr']) {
    const systemd = join(root, top, 'lib/systemd');
    addTree(archive, systemd, 'lib/systemd', (name) => name === MACHINED);
    addTree(archive, join(systemd, 'system'), 'lib/systemd/system', (name) => UNITS.includes(name));
    for (const folder of ['system.d', 'system-services'])
      addTree(archive, join(root, top, 'share/dbus-1', folder), join('share/dbus-1', folder));
  }
}

/** What these ask for, found by the loader of their own suite. */
function librariesIn(root: string, files: readonly string[]): string[] {
  const folders = ['lib/x86_64-linux-gnu', LIBRARIES].map((folder) => join(root, folder));
  const loader = folders
    .map((folder) => join(folder, 'ld-linux-x86-64.so.2'))
    .find((file) => namesIn(join(file, '..')).includes(basename(file)));
  if (loader === undefined)
    throw new Error(`there is no loader in ${root}; delete it, and it is fetched anew`);
  const found = files.flatMap((file) => {
    const words = ['--library-path', folders.join(':'), '--list', join(root, file)];
    const printed = execFileSync(loader, words, { encoding: 'utf8' });
    return [...printed.matchAll(/=> (\/\S+) \(0x/g)].map(([, path]) => path!);
  });
  return [...new Set(found)];
}
