/*
 * Pools on a host whose cgroups are systemd's, while it and those who speak to it do what they do every day: read units
 * again, begin anew, set properties, withdraw controllers. Runs as a service of the guest's systemd.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Cpu, HostState } from '../../../interface/index.ts';
import type { LinuxHost } from '../host.ts';
import * as lab from '../testing/lab-stand.ts';
import { A, B, setUp, startService, stopOthers, systemctl, X } from '../testing/systemd-stand.ts';

const [C4, C6, C7] = [4, 6, 7] as unknown as [Cpu, Cpu, Cpu];

describe('pools that systemd carries, undisturbed', () => {
  let host: LinuxHost;
  let before: HostState;

  beforeAll(async () => {
    host = await lab.opened();
    before = await setUp(host);
  });

  afterEach(() => stopOthers());

  afterAll(async () => {
    await lab.clear(host);
    await lab.done(host.release());
  });

  /** That nothing has changed: neither what the driver sees nor what the kernel does. */
  async function isAsBefore(): Promise<void> {
    expect({ ...(await host.read()), nowNs: 0 }).toEqual({ ...before, nowNs: 0 });
    const place = lab.placeOf(A, X);
    expect(lab.text(lab.homeOf(A), 'cpuset.cpus.partition')).toBe('root');
    expect(['cpu.weight', 'cpu.max', 'cpuset.cpus'].map((file) => lab.text(place, file))).toEqual([
      '200',
      '5000 10000',
      '6',
    ]);
    expect(lab.allowed(lab.pidsOf(A, X)[0]!)).toBe('6');
    expect(lab.text('cpuset.cpus.effective')).toBe('0-3,5');
  }

  test('pools and domains are units of it, by names that people can read', async () => {
    const units = systemctl('list-units', '--plain', '--no-legend', 'xm*').split('\n');
    expect(units.map((line) => line.split(/\s+/)[0]).sort()).toEqual([
      'xm-dom-901.scope',
      'xm-dom-902.scope',
      'xm_lab\\x2da.slice',
      'xm_lab\\x2db.slice',
      'xm_pool0.slice',
    ]);
    expect(systemctl('show', '--property=Slice', '--value', 'xm-dom-901.scope')).toBe('xm_lab\\x2da.slice');
    const [version] = /\d+/.exec(systemctl('--version'))!;
    const kept = systemctl('show', '--property=CPUSetPartition', lab.homeOf(A));
    expect(['', 'CPUSetPartition=root']).toContain(kept);
    const slices = kept === '' ? 'slices' : 'slices with CPUSetPartition=';
    expect((await host.describe()).details).toContain(
      `pools are ${slices} and domains are scopes of systemd ${version}`,
    );
  });

  test('nothing changes when it reads its units again, or begins anew', async () => {
    for (const verb of ['daemon-reload', 'daemon-reexec', 'daemon-reload']) {
      systemctl(verb);
      await isAsBefore();
    }
  });

  test('nothing changes when others set properties of theirs', async () => {
    startService('lab-other', 'Slice=lab_other.slice');
    systemctl('set-property', '--runtime', 'lab_other.slice', 'CPUWeight=50', 'AllowedCPUs=0-3');
    await isAsBefore();
    systemctl('set-property', '--runtime', 'system.slice', 'CPUWeight=200');
    systemctl('daemon-reload');
    await isAsBefore();
    systemctl('stop', 'lab_other.slice');
    await isAsBefore();
  });

  test('nothing changes when the last unit that needed cpuset stops', async () => {
    startService('lab-other', 'AllowedCPUs=0-3');
    await isAsBefore();
    systemctl('stop', 'lab-other.service');
    systemctl('daemon-reload');
    await isAsBefore();
    expect(lab.text('cgroup.subtree_control').split(' ')).toContain('cpuset');
  });

  test('a service that asks for cpus of a pool gets none of them', async () => {
    startService('lab-other', 'AllowedCPUs=6-7');
    const pid = Number(systemctl('show', '--property=MainPID', '--value', 'lab-other.service'));
    await isAsBefore();
    expect(lab.allowed(pid)).not.toMatch(/[467]/);
  });

  test('what somebody writes by hand is taken back by it when it reads its units again, or by us when we are told', async () => {
    lab.write('5-7', lab.homeOf(A), 'cpuset.cpus');
    lab.write('member', lab.homeOf(B), 'cpuset.cpus.partition');
    lab.write('17', lab.placeOf(A, X), 'cpu.weight');
    systemctl('daemon-reload');
    // 252 does; 257 writes nothing anew.
    await lab.done(host.setScheduling(X, before.domains[0]!.scheduling));
    expect((await host.mendPool(A, [C6, C7])).ok).toBe(true);
    expect((await host.mendPool(B, [C4])).ok).toBe(true);
    await isAsBefore();
    systemctl('daemon-reload');
    await isAsBefore();
  });
});
