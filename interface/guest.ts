import type { DiskFormat } from './disk.ts';

/** A guest with a kernel or disks of its own: what a domain is on a host that runs guests. */
export interface GuestSpec {
  /** Booted without a boot loader. Where there is none, the guest boots from its disks. */
  readonly kernel?: string;
  readonly ramdisk?: string;
  /** What the kernel is told. */
  readonly cmdline?: string;
  readonly disks: readonly Disk[];
  /** What is booted from in which order, as xl has it: c a disk, d a cdrom, n the network, a a floppy. */
  readonly boot?: string;
  /** Whether a guest that reboots begins anew; else it ends. */
  readonly reboots: boolean;
}

export interface Disk {
  /** A file or a block device; `null`: a drive with nothing in it. */
  readonly path: string | null;
  readonly format: DiskFormat;
  /** What Xen's guests call it: xvda, hdc, sda. */
  readonly vdev: string;
  readonly isCdrom: boolean;
  readonly isReadOnly: boolean;
}

/** A guest as its file has it: disks in the words of xl-disk-configuration(5), which only such a host reads. */
export interface GuestRequest {
  readonly kernel?: string;
  readonly ramdisk?: string;
  readonly cmdline?: string;
  readonly disks?: readonly string[];
  readonly boot?: string;
  readonly onPoweroff?: string;
  readonly onReboot?: string;
}

/** Keys of a domain file that a host reads which runs guests; others keep them as they were written. */
export const GUEST_KEYS: ReadonlySet<string> = new Set([
  'kernel',
  'ramdisk',
  'root',
  'extra',
  'cmdline',
  'disk',
  'boot',
  'on_poweroff',
  'on_reboot',
]);
