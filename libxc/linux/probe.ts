import { accessSync, constants, existsSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { done, type Outcome, refuse } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { guestsInWords } from './guest/emulator.ts';
import { schedExtInWords } from './sched-ext.ts';
import { textIn } from './text-in.ts';

/** What is asked of a machine before anything is touched. Files are asked, not versions: distributions patch. */
export interface Facts {
  /** /proc/self/cgroup: each hierarchy of cgroup v1 with its controllers, also where nobody has it mounted. */
  readonly hierarchies: string;
  /** Where cgroup v2 is mounted; `null`: nowhere. */
  readonly root: string | null;
  /** Its controllers. */
  readonly controllers: readonly string[];
  /** Whether it is the root of the machine's tree, not a container's part of it. */
  readonly isWhole: boolean;
  /** Why its files cannot be written; `null` where they can. */
  readonly unwritable: string | null;
}

/** Without these controllers there are no pools. */
const NEEDED = ['cpuset', 'cpu'] as const;

export function gatherFacts(): Facts {
  const mounts = textIn('/proc/self/mounts');
  const root = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1] ?? null;
  const file = (name: string) => join(root ?? '/', name);
  return {
    hierarchies: textIn('/proc/self/cgroup'),
    root,
    controllers: root === null ? [] : textIn(file('cgroup.controllers')).split(/\s+/).filter(Boolean),
    // Every cgroup but the root has a type.
    isWhole: root !== null && !existsSync(file('cgroup.type')),
    unwritable: root === null ? null : whyNotWritable(file('cgroup.subtree_control')),
  };
}

/** Where the tree is, or one clear sentence about why there can be no pools. */
export function judge({ hierarchies, root, controllers, isWhole, unwritable }: Facts): Outcome<string> {
  const unfit = (why: string, remedy: string) => refuse({ code: 'host-unfit', driver: 'linux', why, remedy });
  const onV1 = NEEDED.filter((name) => new RegExp(`^\\d+:(\\S+,)?${name}(,\\S+)?:`, 'm').test(hierarchies));
  if (onV1.length > 0)
    return unfit(
      `cgroup v1 has its ${onV1.join(' and its ')} controller`,
      'boot it with cgroup v2 alone (systemd.unified_cgroup_hierarchy=1, or no cgroup v1 mounts)',
    );
  if (root === null)
    return unfit('cgroup v2 is not mounted', 'mount it: mount -t cgroup2 none /sys/fs/cgroup');
  if (!isWhole)
    return unfit(
      `${root} is only a part of the machine's cgroups, as in a container`,
      'run xend on the host itself',
    );
  const missing = NEEDED.filter((name) => !controllers.includes(name));
  if (missing.length > 0)
    return unfit(
      `the kernel offers no ${missing.join(' and no ')} controller`,
      'use a kernel with CONFIG_CPUSETS and CONFIG_FAIR_GROUP_SCHED that does not disable them at boot',
    );
  if (unwritable !== null)
    return unfit(`${root} cannot be written: ${unwritable}`, 'run xend as root, outside of containers');
  return done(root);
}

/** What was found, for `xm info`. A file that only pools have is unknown until there is one. */
export function details(groups: CgroupFiles, carrier: string, example: string | null): string[] {
  const ifThere = (file: string) =>
    example === null ? 'known with the first pool' : groups.has(example, file) ? 'yes' : 'no';
  return [
    `pools are cgroup v2 partitions below ${groups.root}`,
    carrier,
    `exclusive claims: ${ifThere('cpuset.cpus.exclusive')}`,
    `isolated cpus listed: ${groups.has('', 'cpuset.cpus.isolated') ? 'yes' : 'no'}`,
    `pressure: ${existsSync('/proc/pressure/cpu') ? 'yes' : 'no'}`,
    guestsInWords(),
    ...schedExtInWords(),
  ];
}

export const kernelVersion = (): string => `Linux ${release()}`;

function whyNotWritable(file: string): string | null {
  try {
    accessSync(file, constants.W_OK);
    return null;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return { EACCES: 'permission denied', EROFS: 'it is mounted read-only' }[code] ?? message;
  }
}
