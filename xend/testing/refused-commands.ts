import type { RefusalCode } from '../../interface/index.ts';

const guest = (more: object) => ({ guest: { kernel: '/boot/vmlinuz', ...more } });
const disk = 'cannot use the disk';

/** Domains that no host can run which has commands and guests: what is asked for, and what is said. */
export const REFUSED_COMMANDS: readonly [RefusalCode, Record<string, unknown>, string][] = [
  ['command-missing', {}, 'C names no command to run: on the model host a domain is one'],
  ...(
    [
      [[], 'names no program'],
      [[''], 'names no program'],
      [['-a', 'x'], 'begins with a dash, which no program does'],
      [['a', 'b\0c'], 'has a word with a null character'],
      [new Array(1025).fill('a'), 'has 1025 words, 1024 are the most'],
      [['ä'.repeat(32 * 1024)], 'has 65537 bytes, 65536 are the most'],
    ] as const
  ).map(([exec, why]): [RefusalCode, Record<string, unknown>, string] => [
    'bad-request',
    { exec },
    `the request is not understood: exec: ${why}`,
  ]),
  [
    'domain-unclear',
    { exec: ['make'], ...guest({}) },
    'C cannot be a command (exec) and a guest (kernel, disk) at once',
  ],
  [
    'domain-unclear',
    { exec: ['make'], workload: { kind: 'idle' }, ...guest({}) },
    'C cannot be a command (exec), a guest (kernel, disk) and a workload at once',
  ],
  [
    'bad-guest-file',
    { guest: { kernel: 'boot/vmlinuz' } },
    'cannot use "boot/vmlinuz" as the kernel: its path does not begin with /',
  ],
  [
    'bad-guest-file',
    guest({ ramdisk: '/a\0' }),
    'cannot use "/a\\u0000" as the ramdisk: it has a null character',
  ],
  [
    'bad-guest-file',
    guest({ disks: ['a.img,,xvda'] }),
    'cannot use "a.img" as the disk: its path does not begin with /',
  ],
  [
    'bad-disk',
    guest({ disks: ['/a,,xvda', '/b,,xvda'] }),
    `${disk} "/b,,xvda": another disk is xvda already`,
  ],
  [
    'bad-disk',
    guest({ disks: ['/a,,'] }),
    `${disk} "/a,,": it does not say as what the guest sees it (vdev=xvda)`,
  ],
  [
    'bad-request',
    guest({ boot: 'cc' }),
    'the request is not understood: guest.boot: is made of the letters c (disk), d (cdrom), n (network), a (floppy)',
  ],
  [
    'bad-request',
    guest({ cmdline: 'a\0' }),
    'the request is not understood: guest.cmdline: has a null character',
  ],
  [
    'bad-request',
    guest({ cmdline: 'x'.repeat(2049) }),
    'the request is not understood: guest.cmdline: has 2049 characters, 2048 are the most',
  ],
];
