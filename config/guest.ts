import type { GuestRequest } from '../interface/index.ts';
import type { Complain, Settings } from './settings.ts';
import type { Value } from './xl-cfg.ts';

/**
 * The keys that make a domain a guest with a kernel or disks of its own; `undefined` where it has neither. What the
 * disks say is read only where there is somebody to serve them.
 */
export function readGuest(settings: Settings): GuestRequest | undefined {
  const kernel = settings.string('kernel');
  const disks = settings.read('disk', readDisks);
  const guest: GuestRequest = {
    ...given('kernel', kernel),
    ...given('ramdisk', settings.string('ramdisk')),
    ...given('cmdline', readCmdline(settings)),
    ...given('disks', disks),
    ...given('boot', settings.string('boot')),
    ...given('onPoweroff', settings.string('on_poweroff')),
    ...given('onReboot', settings.string('on_reboot')),
  };
  return kernel === undefined && (disks ?? []).length === 0 ? undefined : guest;
}

/** As in xl `cmdline` wins over `root` and `extra`, which stand together. */
function readCmdline(settings: Settings): string | undefined {
  const cmdline = settings.string('cmdline');
  const root = settings.string('root');
  const extra = settings.string('extra');
  if (cmdline !== undefined) return cmdline;
  const words = [root && `root=${root}`, extra].filter(Boolean);
  return words.length === 0 ? undefined : words.join(' ');
}

function readDisks(value: Value, complain: Complain): readonly string[] | undefined {
  if (value.kind !== 'list')
    return complain('must be a list, like ["format=raw,vdev=xvda,target=/srv/web.img"]', value);
  const disks: string[] = [];
  for (const item of value.items) {
    if (item.kind !== 'string') return complain('has an entry that is no string', item);
    disks.push(item.text);
  }
  return disks;
}

const given = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
