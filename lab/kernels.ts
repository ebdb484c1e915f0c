import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Apt } from './apt.ts';

/** Debian's kernels for clouds: small, and all that is needed is built in. */
export const KERNELS = [
  { name: '6.1', suite: 'bookworm' },
  { name: '6.12', suite: 'trixie' },
  { name: '7', suite: 'trixie-backports' },
] as const;

export type Kernel = (typeof KERNELS)[number];

/** `6.1`, `6.12`, `7` or `7.3`, or the suite. */
export function kernelNamed(word: string): Kernel | undefined {
  return KERNELS.find(
    ({ name, suite }) => word === name || word === suite || (name === '7' && /^7\./.test(word)),
  );
}

/** Kept between runs, outside the project; deleting it fetches what is newest then. */
function cacheFolder(): string {
  const { LAB_CACHE, XDG_CACHE_HOME } = process.env;
  if (LAB_CACHE) return LAB_CACHE;
  const caches = XDG_CACHE_HOME || (process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache'));
  return join(caches, 'cpu-pools-lab');
}

/** The file of a kernel, fetched if it is not there yet. */
export function fetchKernel({ suite }: Kernel): string {
  const folder = join(cacheFolder(), suite);
  const kept = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('vmlinuz-')) : [];
  if (kept.length > 0) return join(folder, kept.sort().at(-1)!);
  const work = mkdtempSync(join(tmpdir(), 'cpu-pools-lab-'));
  try {
    const apt = new Apt(work, suite);
    const found = imageIn(apt.unpack(packageIn(apt.dependencies('linux-image-cloud-amd64'))));
    mkdirSync(folder, { recursive: true });
    const file = join(folder, found.name);
    // Under its name only when it is whole: somebody may fetch at the same time, or end us.
    const partial = join(folder, `.${process.pid}`);
    copyFileSync(found.file, partial);
    renameSync(partial, file);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
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
