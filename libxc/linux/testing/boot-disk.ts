/**
 * 16-bit code: print `it boots` to the serial port; let the power button be seen (PM1_EN); wait for it (PM1_STS); power
 * off (PM1_CNT). The ports are those that SeaBIOS gives a PC of QEMU.
 */
const CODE = `
  fa 31c0 8ed8 be2c7c baf803 ac 84c0 7403 ee ebf8
  ba0206 b80001 ef  ba0006 ed f6c401 74fa  ba0406 b80020 ef ebfe
  697420626f6f74730a00`.replace(/\s/g, '');
/** A disk needs a track or SeaBIOS cannot read it. */
const DISK_BYTES = 4 * 1024 * 1024;
const SIGNATURE_AT = 510;

/** The smallest guest there is: says a line, keeps its first vcpu busy, powers off when its power button is pressed. */
export function bootDisk(): Buffer {
  const disk = Buffer.alloc(DISK_BYTES);
  Buffer.from(CODE, 'hex').copy(disk);
  disk.set([0x55, 0xaa], SIGNATURE_AT);
  return disk;
}
