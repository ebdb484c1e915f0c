import type { Disk, DomainSpec, GuestSpec } from '../../../interface/index.ts';

/** What the words depend on beside the domain. */
export interface Emulator {
  readonly program: string;
  /** Whether the machine's own virtualization can be used. */
  readonly hasKvm: boolean;
  /** Whether it can forbid itself system calls that it does not need. */
  readonly hasSandbox: boolean;
}

/** Nothing that was not asked for: no devices, no window, no files of a user's. */
const BARE = ['-nodefaults', '-no-user-config', '-display', 'none'];
const SANDBOX = ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'];
/** As new a cpu as can be emulated without faults: QEMU 7.2 has some under SMAP, which `max` brings. */
const EMULATED_CPU = 'Nehalem';

/**
 * QEMU's command line for a guest. It stands still until its monitor, a socket, is told `cont`: its vcpus are threads
 * by then, and can be put where they belong. What its serial line says is what the command prints.
 */
export function qemuWords(
  { name, vcpus, memory }: Pick<DomainSpec, 'name' | 'vcpus' | 'memory'>,
  guest: GuestSpec,
  { program, hasKvm, hasSandbox }: Emulator,
  monitor: string,
): string[] {
  const mib = memory.reduce((sum, share) => sum + share.mib, 0);
  return [
    program,
    ...BARE,
    ...(hasSandbox ? SANDBOX : []),
    // Also the names of its threads.
    ...['-name', `guest=${escaped(name)},debug-threads=on`],
    ...(hasKvm
      ? ['-machine', 'pc,accel=kvm', '-cpu', 'host']
      : ['-machine', 'pc', '-accel', 'tcg,thread=multi', '-cpu', EMULATED_CPU]),
    ...['-m', `${mib}`, '-smp', `${vcpus}`],
    ...['-chardev', `socket,id=monitor,path=${escaped(monitor)},server=on,wait=off`],
    ...['-mon', 'chardev=monitor,mode=control', '-S'],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...(guest.reboots ? [] : ['-no-reboot']),
    ...bootWords(guest),
    ...[...guest.disks].sort((a, b) => (a.vdev < b.vdev ? -1 : 1)).flatMap(diskWords),
  ];
}

function bootWords({ kernel, ramdisk, cmdline, boot }: GuestSpec): string[] {
  return [
    ...(kernel === undefined ? [] : ['-kernel', kernel]),
    ...(ramdisk === undefined ? [] : ['-initrd', ramdisk]),
    ...(cmdline === undefined ? [] : ['-append', cmdline]),
    ...(boot === undefined ? [] : ['-boot', `order=${boot}`]),
  ];
}

/** hda to hdd are on the two IDE cables, as they are under Xen; all others, Xen's own, become virtio's. */
function diskWords({ path, format, vdev, isCdrom, isReadOnly }: Disk, index: number): string[] {
  const id = `disk${index}`;
  const drive = `if=none,id=${id},format=${QEMUS_NAME[format] ?? format},readonly=${isReadOnly ? 'on' : 'off'}`;
  const source = path === null ? [] : ['-drive', `file=${escaped(path)},${drive}`];
  const content = path === null ? '' : `,drive=${id}`;
  const at = IDE.indexOf(vdev);
  if (at < 0) return path === null ? [] : [...source, '-device', `virtio-blk-pci${content}`];
  const device = `ide-${isCdrom ? 'cd' : 'hd'},bus=ide.${at >> 1},unit=${at & 1}${content}`;
  return [...source, '-device', device];
}

const IDE = ['hda', 'hdb', 'hdc', 'hdd'];
const QEMUS_NAME: Readonly<Record<string, string>> = { vhd: 'vpc' };

/** In a value of an option a comma is written twice. */
const escaped = (text: string) => text.replaceAll(',', ',,');
