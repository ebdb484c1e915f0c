import {
  type Disk,
  type DomainDefinition,
  done,
  GUEST_KEYS,
  type GuestRequest,
  type GuestSpec,
  type HostDescription,
  LIMITS,
  type Outcome,
  parseDisk,
  type Refused,
  refuse,
} from '../../interface/index.ts';

/** A guest as it shall be, and what is to be known about it. */
interface GuestPlan {
  readonly guest: GuestSpec;
  readonly notes: readonly string[];
}

/** What a guest's file comes to. Whether its files are there, only the host can see. */
export function planGuest(name: string, request: GuestRequest): Outcome<GuestPlan> {
  const { kernel, ramdisk, cmdline, boot, onPoweroff = 'destroy', onReboot = 'restart' } = request;
  const disks = readDisks(request.disks ?? []);
  if (!disks.ok) return disks;
  const fault =
    checkFile('kernel', kernel) ??
    checkFile('ramdisk', ramdisk) ??
    disks.value.map(({ path }) => checkFile('disk', path ?? undefined)).find((wrong) => wrong !== null) ??
    checkWords(cmdline, boot);
  if (fault) return fault;
  const reboots = onReboot === 'restart';
  const guest: GuestSpec = {
    ...(kernel !== undefined && { kernel }),
    ...(ramdisk !== undefined && { ramdisk }),
    ...(cmdline !== undefined && { cmdline }),
    disks: disks.value,
    ...(boot !== undefined && { boot }),
    reboots,
  };
  const notes = [
    ...(onPoweroff === 'destroy' ? [] : [`${name} ends when it powers off: on_poweroff is not used here`]),
    ...(reboots || onReboot === 'destroy' ? [] : [`${name} ends when it reboots, whatever on_reboot says`]),
    ...xenNames(name, guest),
  ];
  return done({ guest, notes });
}

/** Keys of a domain's file that this host does not read. */
export function unreadKeys(
  { runsGuests }: HostDescription,
  { guest, otherKeys }: DomainDefinition,
): DomainDefinition['otherKeys'] {
  if (otherKeys === undefined || guest === undefined || !runsGuests) return otherKeys;
  const unread = Object.entries(otherKeys).filter(([key]) => !GUEST_KEYS.has(key));
  return unread.length === 0 ? undefined : Object.fromEntries(unread);
}

function readDisks(words: readonly string[]): Outcome<Disk[]> {
  const disks: Disk[] = [];
  for (const text of words) {
    const disk = parseDisk(text);
    if (!disk.ok) return disk;
    const { vdev } = disk.value;
    if (disks.some((other) => other.vdev === vdev))
      return refuse({ code: 'bad-disk', disk: text, why: `another disk is ${vdev} already` });
    disks.push(disk.value);
  }
  return done(disks);
}

function checkFile(what: string, file: string | undefined): Refused | null {
  if (file === undefined) return null;
  const wrong = (why: string) => refuse({ code: 'bad-guest-file', what, file, why });
  if (file.includes('\0')) return wrong('it has a null character');
  return file.startsWith('/') ? null : wrong('its path does not begin with /');
}

function checkWords(cmdline = '', boot = 'c'): Refused | null {
  const wrong = (field: string, why: string) => refuse({ code: 'bad-request', field: `guest.${field}`, why });
  if (cmdline.includes('\0')) return wrong('cmdline', 'has a null character');
  if (cmdline.length > LIMITS.cmdlineLength)
    return wrong('cmdline', `has ${cmdline.length} characters, ${LIMITS.cmdlineLength} are the most`);
  return /^(?!.*(.).*\1)[acdn]+$/.test(boot)
    ? null
    : wrong('boot', 'is made of the letters c (disk), d (cdrom), n (network), a (floppy)');
}

/** A disk that Xen's guests find as xvda is vda where virtio serves it. */
const xenNames = (name: string, { cmdline = '' }: GuestSpec) =>
  /\/dev\/xvd/.test(cmdline)
    ? [`the kernel of ${name} is told of /dev/xvd..., and will find its disks as /dev/vda, /dev/vdb, ...`]
    : [];
