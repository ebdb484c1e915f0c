import { expect, test } from 'vitest';
import { type GuestSpec, type NodeId, parseDisk } from '../../../interface/index.ts';
import { qemuWords } from './words.ts';

const emulator = { program: '/usr/bin/qemu-system-x86_64', hasKvm: false, hasSandbox: true };
const domain = {
  name: 'a,b',
  vcpus: 2,
  memory: [100, 28].map((mib, node) => ({ node: node as NodeId, mib })),
};

function words(guest: Partial<GuestSpec>, more: object = {}): string[] {
  return qemuWords(domain, { disks: [], reboots: true, ...guest }, { ...emulator, ...more }, '/run/x,y.qmp');
}
function disk(text: string) {
  const read = parseDisk(text);
  if (!read.ok) throw new Error(text);
  return read.value;
}
/** The words after each of these. */
const after = (list: readonly string[], option: string) =>
  list.flatMap((word, i) => (word === option ? [list[i + 1]] : []));

test('a guest stands still at first, has nothing that was not asked for, and its commas are its own', () => {
  const list = words({});
  expect(list).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config', '-S']));
  expect(after(list, '-display')).toEqual(['none']);
  expect(after(list, '-name')).toEqual(['guest=a,,b,debug-threads=on']);
  expect(after(list, '-chardev')[0]).toBe('socket,id=monitor,path=/run/x,,y.qmp,server=on,wait=off');
  expect([after(list, '-m'), after(list, '-smp')]).toEqual([['128'], ['2']]);
  expect(after(list, '-sandbox')).toHaveLength(1);
  expect(after(words({}, { hasSandbox: false }), '-sandbox')).toEqual([]);
});

test('it is emulated where the machine has no virtualization', () => {
  expect(after(words({}), '-accel')).toEqual(['tcg,thread=multi']);
  const list = words({}, { hasKvm: true });
  expect([after(list, '-machine'), after(list, '-cpu')]).toEqual([['pc,accel=kvm'], ['host']]);
});

test('kernel, ramdisk and command line are words of their own, a reboot may be its end', () => {
  const list = words({ kernel: '/k,1', ramdisk: '/r', cmdline: 'a=b,c "d"', boot: 'dc', reboots: false });
  expect(list.slice(list.indexOf('-no-reboot'))).toEqual([
    ...['-no-reboot', '-kernel', '/k,1', '-initrd', '/r', '-append', 'a=b,c "d"', '-boot', 'order=dc'],
  ]);
});

test('disks come in the order of their names, on the cable or the bus that these mean', () => {
  const disks = [
    '/srv/b,raw,xvdb,r',
    '/srv/vhd,vhd,xvda',
    'vdev=hdc,target=/srv/cd,iso',
    '/srv/root,qcow2,hdb',
    ',,hdd,cdrom',
    ',,xvdc,cdrom',
  ].map(disk);
  const list = words({ disks });
  expect(after(list, '-drive')).toEqual([
    'file=/srv/root,if=none,id=disk0,format=qcow2,readonly=off',
    'file=/srv/cd,,iso,if=none,id=disk1,format=raw,readonly=off',
    'file=/srv/vhd,if=none,id=disk3,format=vpc,readonly=off',
    'file=/srv/b,if=none,id=disk4,format=raw,readonly=on',
  ]);
  expect(after(list, '-device')).toEqual([
    'ide-hd,bus=ide.0,unit=1,drive=disk0',
    'ide-hd,bus=ide.1,unit=0,drive=disk1',
    'ide-cd,bus=ide.1,unit=1',
    'virtio-blk-pci,drive=disk3',
    'virtio-blk-pci,drive=disk4',
  ]);
});
