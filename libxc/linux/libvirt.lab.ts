/*
 * A guest of libvirt becomes a domain, and is a guest of libvirt again: with libvirt's own daemon, which puts the threads of a
 * guest into cgroups of their own.
 *
 * needs: libvirt
 */
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RealXend } from '../../xend/testing/real-xend.ts';
import { cgroup, homeOf, until } from './testing/lab-stand.ts';
import {
  GUEST,
  pidOfGuest,
  pinsOfLibvirt,
  seenByLibvirt,
  startLibvirt,
  threadsOf,
  virsh,
} from './testing/libvirt-stand.ts';

describe('a guest of libvirt', () => {
  const xend = new RealXend();
  let endLibvirt = async () => {};

  beforeAll(async () => {
    endLibvirt = await startLibvirt();
    await xend.start();
    xend.xm('pool-create web cpu=6,7');
    xend.xm('pool-create other cpu=5');
  });

  afterAll(async () => {
    await xend.end();
    await endLibvirt();
  });

  beforeEach(() => {
    xend.try('release vm7');
    if (!virsh('list', '--name').includes(GUEST)) virsh('start', GUEST);
  });

  const adopt = () => xend.xm(`adopt vm7 libvirt=${GUEST} pool=web`);
  const threads = () => threadsOf(pidOfGuest());
  const placesIn = (pool: string) => threads().filter(({ place }) => !place.startsWith(`${homeOf(pool)}/`));

  test('comes into the pool with its vcpus, its emulator and its iothread, and moves to another', () => {
    const before = threads();
    expect(before.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['CPU 0/TCG', 'CPU 1/TCG', 'IO iothread1']),
    );
    adopt();
    const inWeb = threads();
    expect(inWeb.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
    expect(new Set(inWeb.map(({ place }) => place)).size).toBe(1);
    expect(placesIn('web')).toEqual([]);
    expect(new Set(inWeb.map(({ allowed }) => allowed))).toEqual(new Set(['6-7']));
    xend.xm('pool-migrate vm7 other');
    expect(placesIn('other')).toEqual([]);
    expect(new Set(threads().map(({ allowed }) => allowed))).toEqual(new Set(['5']));
  });

  test('is pinned as a command is, all its threads', () => {
    adopt();
    xend.xm('vcpu-pin vm7 all 7');
    expect(new Set(threads().map(({ allowed }) => allowed))).toEqual(new Set(['7']));
    xend.xm('vcpu-pin vm7 all all');
    expect(new Set(threads().map(({ allowed }) => allowed))).toEqual(new Set(['6-7']));
  });

  test('is released to where libvirt had each of its threads, and libvirt rules it as before', () => {
    const all = () => ({ threads: threads(), pins: pinsOfLibvirt(), seen: seenByLibvirt() });
    const before = all();
    expect(new Set(before.threads.map(({ place }) => place)).size).toBeGreaterThan(3);
    adopt();
    expect(pinsOfLibvirt()).toEqual(before.pins);
    expect(seenByLibvirt()).not.toEqual(before.seen);
    xend.xm('pool-migrate vm7 other');
    xend.xm('release vm7');
    expect(all()).toEqual(before);
    const vcpu = () => threads().find(({ name }) => name === 'CPU 0/TCG')!;
    virsh('vcpupin', GUEST, '0', '2', '--live');
    expect(vcpu()).toMatchObject({ allowed: '2', place: expect.stringMatching(/vcpu0$/) });
    virsh('vcpupin', GUEST, '0', '1', '--live');
    expect(threads()).toEqual(before.threads);
  });

  test('is released by the next xend, when one was killed', async () => {
    const before = threads();
    adopt();
    await xend.kill();
    await xend.start();
    xend.xm('release vm7');
    expect(threads()).toEqual(before);
  });

  test('ends as a domain when libvirt ends it, and leaves nothing', async () => {
    adopt();
    virsh('destroy', GUEST);
    await until(() => !xend.xm('list').includes('vm7'));
    expect(virsh('list', '--name').trim()).toBe('');
    const left = readdirSync(cgroup(homeOf('web')), { withFileTypes: true });
    expect(left.filter((entry) => entry.isDirectory())).toEqual([]);
    expect(xend.try(`adopt vm7 libvirt=${GUEST} pool=web`)).toMatchObject({
      status: 1,
      error: expect.stringContaining(
        `xm: cannot adopt libvirt guest ${GUEST}: libvirt runs no guest of that name\n    virsh list shows those that run`,
      ),
    });
    virsh('start', GUEST);
    adopt();
    expect(placesIn('web')).toEqual([]);
  });

  test('is ended by its domain, and libvirt knows', async () => {
    adopt();
    xend.xm('destroy vm7');
    await until(() => virsh('list', '--name').trim() === '');
    virsh('start', GUEST);
    expect(existsSync(`/run/libvirt/qemu/${GUEST}.pid`)).toBe(true);
  });

  test('one that libvirt does not know is refused by name', () => {
    expect(xend.try('adopt vm7 libvirt=lab-none pool=web').error).toContain(
      'cannot adopt libvirt guest lab-none: libvirt runs no guest of that name',
    );
  });
});
