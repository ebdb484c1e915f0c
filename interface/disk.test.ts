import { expect, test } from 'vitest';
import { parseDisk } from './disk.ts';

const read = (text: string) => {
  const disk = parseDisk(text);
  if (disk.ok) return disk.value;
  return disk.refusal.code === 'bad-disk' ? disk.refusal.why : disk.refusal.code;
};
const disk = (path: string | null, vdev: string, more: object = {}) => ({
  path,
  format: 'raw',
  vdev,
  isCdrom: false,
  isReadOnly: false,
  ...more,
});
const CDROM = { isCdrom: true, isReadOnly: true };

test.each([
  // The examples of the manual, each with its equals.
  ['/dev/vg/guest-volume,,hda', disk('/dev/vg/guest-volume', 'hda')],
  ['/dev/vg/guest-volume,raw,hda,rw', disk('/dev/vg/guest-volume', 'hda')],
  ['format=raw, vdev=hda, access=rw, target=/dev/vg/guest-volume', disk('/dev/vg/guest-volume', 'hda')],
  ['raw:/dev/vg/guest-volume,hda,w', disk('/dev/vg/guest-volume', 'hda')],
  ['/root/image.iso,,hdc,cdrom', disk('/root/image.iso', 'hdc', CDROM)],
  ['/root/image.iso,,hdc,,cdrom', disk('/root/image.iso', 'hdc', CDROM)],
  ['/root/image.iso,raw,hdc,devtype=cdrom', disk('/root/image.iso', 'hdc', CDROM)],
  [
    'format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/root/image.iso',
    disk('/root/image.iso', 'hdc', CDROM),
  ],
  ['raw:/root/image.iso,hdc:cdrom,ro', disk('/root/image.iso', 'hdc', CDROM)],
  // Old files.
  ['phy:/dev/vg/web,xvda,w', disk('/dev/vg/web', 'xvda')],
  ['file:/srv/web.img,sda,r', disk('/srv/web.img', 'sda', { isReadOnly: true })],
  ['tap:aio:/srv/web.img,xvdb,w', disk('/srv/web.img', 'xvdb')],
  ['tap:qcow2:/srv/web.qcow2,xvdb,w', disk('/srv/web.qcow2', 'xvdb', { format: 'qcow2' })],
  ['qcow2:/srv/web.qcow2,xvda,w', disk('/srv/web.qcow2', 'xvda', { format: 'qcow2' })],
  // What is Xen's own is left aside.
  ['backendtype=qdisk,discard,/srv/a,qcow2,xvda', disk('/srv/a', 'xvda', { format: 'qcow2' })],
  // A target by name may have commas.
  ['vdev=xvda,target=/srv/a,b=c,d', disk('/srv/a,b=c,d', 'xvda')],
  ['/srv/a=b,,xvda', '/srv/a=b is not known'],
  ['vdev=hdc,cdrom,target=', disk(null, 'hdc', CDROM)],
])('%s', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ['', 'it does not say as what the guest sees it (vdev=xvda)'],
  ['/a,raw', 'it does not say as what the guest sees it (vdev=xvda)'],
  ['/a,,vda', 'its vdev vda is not like xvda, hda or sda'],
  ['/a,,hda:floppy', 'hda cannot be a floppy'],
  ['/a,vmdk,hda', 'its format vmdk is none of raw, qcow, qcow2, vhd, qed'],
  ['/a,,hda,x', 'its access x is none of ro, rw'],
  ['/a,,hda,devtype=disk', 'its devtype disk is not cdrom'],
  [',,hda', 'it names no file and no device (target=/srv/web.img)'],
  ['/a,,hda,rw,more', 'more is one word too many'],
  ['/a,,hda,vdev=hdb', 'it says its vdev twice'],
  ['/a,,hda,color=red', 'color=red is not known'],
])('%j is refused: %s', (text, why) => {
  expect(read(text)).toBe(why);
});
