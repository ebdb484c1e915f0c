import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { type GuestSpec, type Refused, refuse } from '../../../interface/index.ts';

/** The first file of a guest that it could not use here. */
export function missingFile({ kernel, ramdisk, disks }: GuestSpec): Refused | null {
  const isFile = (found: Stats) => (found.isFile() ? null : 'it is no file');
  const isDisk = (found: Stats) =>
    found.isFile() || found.isBlockDevice() ? null : 'it is neither a file nor a block device';
  for (const [what, file, judge] of [
    ['kernel', kernel, isFile],
    ['ramdisk', ramdisk, isFile],
    ...disks.map(({ path }) => ['disk', path ?? undefined, isDisk] as const),
  ] as const) {
    const why = file === undefined ? null : whyNot(file, judge);
    if (why !== null) return refuse({ code: 'bad-guest-file', what, file: file!, why });
  }
  return null;
}

function whyNot(file: string, judge: (found: Stats) => string | null): string | null {
  try {
    const wrong = judge(statSync(file));
    if (wrong === null) accessSync(file, constants.R_OK);
    return wrong;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return { ENOENT: 'there is no such file', EACCES: 'permission denied' }[code] ?? message;
  }
}
