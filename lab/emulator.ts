import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Apt } from './apt.ts';
import { kept } from './cache.ts';

/**
 * Debian 13's QEMU, 10.0, on whatever Debian. Before 8.1 a guest's cpu may run an instruction that its kernel is just
 * replacing, which ends in a panic ("int3"): kernels rewrite themselves when the first cpuset comes and the last goes.
 */
const SUITE = 'trixie';
const WANTED = /^(lib.*|zlib1g|seabios|qemu-system-(x86|common|data))$/;
const UNWANTED = /^lib(debconf|debian-installer|newt|pam|readline|slang|textwrap)/;
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';

/** The words that start it, with its own libraries; fetched if it is not there yet. */
export function fetchEmulator(): readonly string[] {
  const folder = kept(`${SUITE}-qemu`, (whole) => {
    const work = mkdtempSync(join(tmpdir(), 'cpu-pools-lab-'));
    try {
      const apt = new Apt(work, SUITE);
      const all = ['qemu-system-x86', ...apt.dependencies('qemu-system-x86')];
      const names = [...new Set(all)].filter((name) => WANTED.test(name) && !UNWANTED.test(name));
      const unpacked = apt.unpack(names);
      for (const path of ['usr/bin', 'usr/lib64', LIBRARIES, 'usr/share/qemu', 'usr/share/seabios'])
        cpSync(join(unpacked, path), join(whole, path), { recursive: true, verbatimSymlinks: true });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  const at = (path: string) => join(folder, path);
  return [
    ...[at('usr/lib64/ld-linux-x86-64.so.2'), '--library-path', at(LIBRARIES)],
    ...[at('usr/bin/qemu-system-x86_64'), '-L', at('usr/share/qemu'), '-L', at('usr/share/seabios')],
  ];
}
