import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Apt } from './apt.ts';
import { kept } from './cache.ts';

/** Debian's kernels for clouds: small, and all that is needed is built in. */
export const KERNELS = [
  { name: '6.1', suite: 'bookworm', systemd: 'bookworm' },
  { name: '6.12', suite: 'trixie', systemd: 'trixie' },
  { name: '7', suite: 'trixie-backports', systemd: 'forky' },
] as const;

export type Kernel = (typeof KERNELS)[number];

/** `6.1`, `6.12`, `7` or `7.3`, or the suite. */
export function kernelNamed(word: string): Kernel | undefined {
  return KERNELS.find(
    ({ name, suite }) => word === name || word === suite || (name === '7' && /^7\./.test(word)),
  );
}

/** The file of a kernel, fetched if it is not there yet. */
export function fetchKernel({ suite }: Kernel): string {
  const folder = kept(suite, (whole) => {
    const work = mkdtempSync(join(tmpdir(), 'cpu-pools-lab-'));
    try {
      const apt = new Apt(work, suite);
      const { file, name } = imageIn(apt.unpack([packageIn(apt.dependencies('linux-image-cloud-amd64'))]));
      copyFileSync(file, join(whole, name));
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  const [kernel] = readdirSync(folder).filter((name) => name.startsWith('vmlinuz-'));
  if (kernel === undefined)
    throw new Error(`there is no kernel in ${folder}; delete it, and it is fetched anew`);
  return join(folder, kernel);
}

/** Up to 6.x the kernel is in linux-image-…, from 7.x on in linux-binary-…, on which linux-image-… depends. */
function packageIn(dependencies: readonly string[]): string {
  const named = (kind: string) => dependencies.find((name) => new RegExp(`^linux-${kind}-\\d`).test(name));
  const found = named('binary') ?? named('image');
  if (found === undefined) throw new Error('linux-image-cloud-amd64 depends on no kernel');
  return found;
}

/** /boot/vmlinuz-6.1.0-… or /usr/lib/modules/7.3.4-…/vmlinuz. */
function imageIn(folder: string): { file: string; name: string } {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const name = basename(path);
    if (name.startsWith('vmlinuz-')) return { file: join(folder, path), name };
    if (name === 'vmlinuz')
      return { file: join(folder, path), name: `vmlinuz-${basename(join(path, '..'))}` };
  }
  throw new Error('the package has no kernel in it');
}
