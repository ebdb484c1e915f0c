import { readFileSync } from 'node:fs';
import type { Contents } from './image.ts';
import { fetchLibvirt } from './libvirt-root.ts';
import { qemuContents } from './qemu.ts';
import { fetchSystemd } from './systemd-root.ts';

/** What a file of tests may ask for. Each is many megabytes that would slow down every other boot. */
type Need = 'qemu' | 'libvirt';

/** libvirt's is Debian 12's where systemd's suite does not say another. */
const USUAL_SUITE = 'bookworm';

/** What these files ask for in the image they run in. `suite`: of the systemd that shall be its first program, if any. */
export function contentsFor(
  files: readonly string[],
  suite: string | undefined,
): Pick<Contents, 'programs' | 'copies' | 'systemd' | 'libvirt'> {
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  const isNeeded = (need: Need) => texts.some((text) => needIn(text).has(need));
  const { programs = [], copies = {} } = isNeeded('qemu') || isNeeded('libvirt') ? qemuContents() : {};
  return {
    programs,
    copies,
    ...(suite !== undefined && { systemd: fetchSystemd(suite) }),
    ...(isNeeded('libvirt') && { libvirt: fetchLibvirt(suite ?? USUAL_SUITE) }),
  };
}

/** Lines that say so: ` * needs: qemu`, in a script `# needs: qemu`. */
const needIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/^(?: \*|\/\/|#) needs: (\w+)$/gm)].map(([, need]) => need!));

/** What the kernel shall be told beside its usual words: ` * boots with: cgroup_disable=cpuset`. */
export const wordsFor = (file: string): string =>
  /^(?: \*|\/\/|#) boots with: (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
