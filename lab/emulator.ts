import { join } from 'node:path';
import { fetchPart, type Part } from './packages.ts';

/**
 * Debian 13's QEMU, 10.0, on whatever Debian. Before 8.1 a guest's cpu may run an instruction that its kernel is just
 * replacing, which ends in a panic ("int3"): kernels rewrite themselves when the first cpuset comes and the last goes.
 */
const QEMU: Part = {
  name: 'qemu',
  packages: ['qemu-system-x86'],
  isWanted: (name) => WANTED.test(name) && !UNWANTED.test(name),
};
const SUITE = 'trixie';
const WANTED = /^(lib.*|zlib1g|seabios|qemu-system-(x86|common|data))$/;
const UNWANTED = /^lib(debconf|debian-installer|newt|pam|readline|slang|textwrap)/;

/** The words that start it, with its own libraries; fetched if it is not there yet. */
export function fetchEmulator(): readonly string[] {
  const folder = fetchPart(QEMU, SUITE);
  const at = (path: string) => join(folder, 'usr', path);
  return [
    ...[at('lib64/ld-linux-x86-64.so.2'), '--library-path', at('lib/x86_64-linux-gnu')],
    ...[at('bin/qemu-system-x86_64'), '-L', at('share/qemu'), '-L', at('share/seabios')],
  ];
}
