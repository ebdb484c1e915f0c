import type { Contents } from './image.ts';
import { fetchKernel, KERNELS } from './kernels.ts';

/** What QEMU reads to boot a kernel on a PC without any cards: from Debian's qemu-system-common, -data and seabios. */
const DATA = [
  '/usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so',
  '/usr/share/qemu/kvmvapic.bin',
  '/usr/share/qemu/linuxboot_dma.bin',
  '/usr/share/seabios/bios-256k.bin',
];

/** QEMU in a guest, and a kernel for the guests in it: /boot/vmlinuz, the same whatever runs around it. */
export function qemuContents(): Pick<Contents, 'programs' | 'copies'> {
  const copies = { 'boot/vmlinuz': fetchKernel(KERNELS[0]) };
  // It looks beside the folder that it stands in, which is /bin there.
  for (const file of DATA) Object.assign(copies, { [file.replace('/usr/', '')]: file });
  return { programs: ['qemu-system-x86_64'], copies };
}
