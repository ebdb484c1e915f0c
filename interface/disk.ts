import type { Disk } from './guest.ts';
import { done, type Outcome, refuse } from './outcome.ts';

export const DISK_FORMATS = ['raw', 'qcow', 'qcow2', 'vhd', 'qed'] as const;
export type DiskFormat = (typeof DISK_FORMATS)[number];

/** What a file may say of a disk, each at most once. */
type Parts = Partial<Record<'target' | 'format' | 'vdev' | 'access' | 'devtype', string>>;

/** Words that say how Xen serves a disk: whoever serves it here does so in its own way. */
const XENS_OWN =
  /^(backend|backendtype|script|(no-)?direct-io-safe|(no-)?discard|specification|trusted)(=.*)?$/;
const POSITIONS = ['target', 'format', 'vdev', 'access'] as const;
const ACCESS: Readonly<Record<string, boolean>> = { r: true, ro: true, w: false, rw: false };
const VDEV = /^(xvd|hd|sd)[a-z]{1,2}$/;

/**
 * A disk in the words of xl-disk-configuration(5): `format=raw,vdev=xvda,target=/srv/web.img`, the same by position
 * (`/srv/web.img,raw,xvda,rw`), and the forms of old files: `phy:/dev/vg/web,xvda,w`, `file:/srv/cd.iso,hdc:cdrom,r`.
 */
export function parseDisk(text: string): Outcome<Disk> {
  const wrong = (why: string) => refuse({ code: 'bad-disk', disk: text, why });
  const parts = readParts(text);
  if (typeof parts === 'string') return wrong(parts);
  const { target = '', format: written, access, devtype } = parts;
  const format = written === undefined || written === '' ? 'raw' : written;
  const [vdev, suffix] = (parts.vdev ?? '').split(':', 2) as [string, string | undefined];
  if (!isFormat(format)) return wrong(`its format ${format} is none of ${DISK_FORMATS.join(', ')}`);
  if (vdev === '') return wrong('it does not say as what the guest sees it (vdev=xvda)');
  if (!VDEV.test(vdev)) return wrong(`its vdev ${vdev} is not like xvda, hda or sda`);
  if (suffix !== undefined && suffix !== 'cdrom' && suffix !== 'disk')
    return wrong(`${vdev} cannot be a ${suffix}`);
  if (devtype !== undefined && devtype !== 'cdrom') return wrong(`its devtype ${devtype} is not cdrom`);
  const isCdrom = devtype === 'cdrom' || suffix === 'cdrom' || access === 'cdrom';
  const isReadOnly = access === undefined || access === 'cdrom' || access === '' ? false : ACCESS[access];
  if (isReadOnly === undefined) return wrong(`its access ${access} is none of ro, rw`);
  if (target === '' && !isCdrom) return wrong('it names no file and no device (target=/srv/web.img)');
  return done({ path: target || null, format, vdev, isCdrom, isReadOnly: isReadOnly || isCdrom });
}

/**
 * What each word says, or why they cannot be read. After a prefix, which may be two (`tap:qcow2:`), no format is
 * expected.
 */
function readParts(text: string): Parts | string {
  const [, prefix, rest] = /^((?:(?:phy|file|tap2?|aio|raw|qcow2?|vhd|qed):)+)(.*)$/s.exec(text.trim()) ?? [];
  if (prefix === undefined) return readWords(text, {});
  const format = prefix.split(':').find(isFormat) ?? 'raw';
  return readWords(rest!, { format });
}

function readWords(text: string, parts: Parts): Parts | string {
  for (let left = text; left.trim() !== ''; ) {
    const [word = '', after = ''] = split(left);
    // A target by name is the rest of the text, commas and all.
    const whole = /^\s*target=(.*)$/s.exec(left)?.[1];
    const fault = whole === undefined ? readWord(word.trim(), parts) : put(parts, 'target', whole.trim());
    if (fault !== null) return fault;
    left = whole === undefined ? after : '';
  }
  return parts;
}

function split(text: string): [string, string] {
  const comma = text.indexOf(',');
  return comma < 0 ? [text, ''] : [text.slice(0, comma), text.slice(comma + 1)];
}

function readWord(word: string, parts: Parts): string | null {
  if (XENS_OWN.test(word)) return null;
  if (word === 'cdrom') return put(parts, 'devtype', word);
  const [, key, value] = /^(format|vdev|access|devtype)=(.*)$/s.exec(word) ?? [];
  if (key !== undefined) return put(parts, key as keyof Parts, value!);
  if (word.includes('=')) return `${word} is not known`;
  const next = POSITIONS.find((position) => parts[position] === undefined);
  if (next === undefined) return `${word} is one word too many`;
  return put(parts, next, word);
}

function put(parts: Parts, part: keyof Parts, value: string): string | null {
  if (parts[part] !== undefined) return `it says its ${part} twice`;
  parts[part] = value;
  return null;
}

const isFormat = (word: string): word is DiskFormat => (DISK_FORMATS as readonly string[]).includes(word);
