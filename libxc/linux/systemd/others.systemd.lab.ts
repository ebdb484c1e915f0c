/* Pools on a host whose cgroups are systemd's, and others who take what is theirs, or their names. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Cpu, POOL0 } from '../../../interface/index.ts';
import type { LinuxHost } from '../host.ts';
import * as lab from '../testing/lab-stand.ts';
import {
  A,
  B,
  isActive,
  setUp,
  startService,
  stopOthers,
  systemctl,
  X,
  Y,
} from '../testing/systemd-stand.ts';

const [C6, C7] = [6, 7] as unknown as [Cpu, Cpu];
const LONG = ['sleep', '1000'];
const UNITS = '/run/systemd/system';

describe('pools that systemd carries', () => {
  let host: LinuxHost;

  beforeEach(async () => {
    host = await lab.opened();
  });

  afterEach(async () => {
    stopOthers('xm-dom-901.scope');
    const file = `${UNITS}/${lab.homeOf(A)}`;
    if (existsSync(file)) {
      rmSync(file);
      systemctl('daemon-reload');
    }
    await lab.clear(host);
    await lab.done(host.release());
  });

  test('a slice that is given cpus of a pool breaks it on some kernels: seen, and mended once it gives way', async () => {
    await setUp(host);
    startService('lab-other', 'Slice=lab_other.slice');
    systemctl('set-property', '--runtime', 'lab_other.slice', 'AllowedCPUs=5-7');
    await lab.until(() => lab.text('lab_other.slice', 'cpuset.cpus') === '5-7');
    const isBroken = lab.text(lab.homeOf(A), 'cpuset.cpus.partition') !== 'root';
    expect(lab.cpusOf(await host.read(), A)).toEqual(isBroken ? [] : [6, 7]);
    expect(lab.cpusOf(await host.read(), B)).toEqual([4]);
    if (isBroken) {
      // Taken all the same on 6.12, refused on 6.1; never half.
      const moved = await host.moveCpu(C7, A);
      expect(moved).toMatchObject(
        moved.ok ? {} : { refusal: { code: 'cpu-held', holder: 'lab_other.slice' } },
      );
      expect(lab.cpusOf(await host.read(), A)).toEqual(moved.ok ? [7] : []);
    }
    systemctl('set-property', '--runtime', 'lab_other.slice', 'AllowedCPUs=0-3');
    await lab.until(() => lab.text('lab_other.slice', 'cpuset.cpus') === '0-3');
    for (const cpu of [C6, C7]) await lab.done(host.moveCpu(cpu, A));
    expect(lab.cpusOf(await host.read(), A)).toEqual([6, 7]);
    expect(lab.allowed(lab.pidsOf(A, X)[0]!)).toBe('6');
  });

  test('what a slice of somebody else names is taken from it for good, and given back', async () => {
    await lab.givePool(host, A, C6, C7);
    startService('lab-other', 'Slice=lab_other.slice');
    systemctl('set-property', '--runtime', 'lab_other.slice', 'AllowedCPUs=5-7');
    const listed = () => lab.text('lab_other.slice', 'cpuset.cpus');
    await lab.until(() => listed() === '5-7');
    expect(await host.mendPool(A, [C6, C7])).toMatchObject({ ok: true });
    systemctl('daemon-reload');
    expect([lab.cpusOf(await host.read(), A), listed()]).toEqual([[6, 7], '5']);
    await lab.clear(host);
    expect(listed()).toBe('5-7');
    systemctl('daemon-reload');
    expect(listed()).toBe('5-7');
  });

  test('a slice that somebody stops is gone with its domains: seen, and made again when it is asked for', async () => {
    await setUp(host);
    systemctl('stop', lab.homeOf(A));
    const after = await host.read();
    expect(after.pools.map(({ name }) => name)).toEqual([POOL0, B]);
    expect(after.domains.map(({ id }) => id)).toEqual([Y]);
    expect(lab.cpusOf(after, POOL0)).toEqual([0, 1, 2, 3, 5, 6, 7]);
    // Nor does it come back with what it had: that is another's by now.
    await lab.done(host.moveCpu(C6, B));
    await lab.givePool(host, A, C7);
    expect(lab.cpusOf(await host.read(), B)).toEqual([4, 6]);
    await lab.done(lab.run(host, X, A, LONG));
    expect(lab.allowed(lab.pidsOf(A, X)[0]!)).toBe('7');
  });

  test('a scope that somebody stops is a domain that has ended', async () => {
    await setUp(host);
    systemctl('stop', 'xm-dom-901.scope');
    expect((await host.read()).domains.map(({ id }) => id)).toEqual([Y]);
  });

  test('a slice in which a unit of somebody else runs is not taken from under it', async () => {
    await lab.givePool(host, A);
    startService('lab-other', `Slice=${lab.homeOf(A)}`);
    expect(await lab.refusal(host.destroyPool(A))).toMatchObject({ code: 'kernel-refused' });
    expect(isActive('lab-other.service')).toBe(true);
    systemctl('stop', 'lab-other.service');
    await lab.done(host.destroyPool(A));
    expect(isActive(lab.homeOf(A))).toBe(false);
  });

  test('a slice that somebody has written a file for is not taken', async () => {
    mkdirSync(UNITS, { recursive: true });
    writeFileSync(`${UNITS}/${lab.homeOf(A)}`, '[Slice]\nCPUWeight=7\n');
    const refused = await lab.refusal(host.createPool(A, 'credit'));
    expect(refused).toMatchObject({ code: 'systemd-refused', why: `${UNITS}/${lab.homeOf(A)} is there` });
    expect((await host.read()).pools.map(({ name }) => name)).toEqual([POOL0]);
  });

  test('a domain whose unit somebody else has taken is refused, and nothing of it stays', async () => {
    await lab.givePool(host, A, C7);
    const other = spawn('systemd-run', ['--scope', '--quiet', '--unit=xm-dom-901.scope', 'sleep', '1000']);
    await lab.until(() => isActive('xm-dom-901.scope'));
    const refused = await lab.refusal(lab.run(host, X, A, LONG));
    expect(refused).toMatchObject({
      code: 'systemd-refused',
      step: `make xm-dom-901.scope in ${lab.homeOf(A)}`,
    });
    expect((await host.read()).domains).toEqual([]);
    expect(isActive('xm-dom-901.scope')).toBe(true);
    other.kill();
  });

  test('a paused domain stays paused on its way to another pool: it does not run for a moment', async () => {
    await lab.givePool(host, A, C7);
    await lab.givePool(host, B, C6);
    const told = '/tmp/lab-told';
    const lines = () => (existsSync(told) ? statSync(told).size : 0);
    await lab.done(lab.run(host, X, A, ['/bin/sh', '-c', `while :; do echo >>${told}; done`]));
    await lab.until(() => lines() > 0);
    await lab.done(host.setPaused(X, true));
    const before = [lab.pidsOf(A, X)[0], lines()];
    await lab.done(host.moveDomain(X, B, lab.freely()));
    systemctl('daemon-reload');
    expect([lab.pidsOf(B, X)[0], lines()]).toEqual(before);
    expect((await host.read()).domains[0]).toMatchObject({ id: X, pool: B, paused: true });
    await lab.done(host.setPaused(X, false));
    await lab.until(() => lines() > before[1]!);
    rmSync(told);
  });

  test('a domain moves there and back, with all that it has started, and its unit with it', async () => {
    await setUp(host);
    const [pid] = lab.pidsOf(A, X);
    for (const [to, cpus] of [
      [B, '4'],
      [POOL0, '0-3,5'],
      [A, '6-7'],
    ] as const) {
      await lab.done(host.moveDomain(X, to, lab.freely()));
      expect(lab.pidsOf(to, X)).toEqual([pid]);
      expect(lab.allowed(pid!)).toBe(cpus);
      const units = systemctl('list-units', '--plain', '--no-legend', 'xm-dom-901*').split('\n');
      expect(units.length).toBe(1);
    }
  });

  test('a move that a crash cut short is finished by the next look', async () => {
    await setUp(host);
    const [pid] = lab.pidsOf(A, X);
    const helper = spawn('systemd-run', [
      ...['--scope', '--quiet', '--unit=xm-dom-901.2.scope', `--slice=${lab.homeOf(B)}`],
      ...['--property=Delegate=cpu cpuset', 'sleep', '1000'],
    ]);
    await lab.until(() => existsSync(lab.cgroup(lab.homeOf(B), 'xm-dom-901.2.scope')));
    await host.close();
    const file = '/run/cpu-pools/linux.json';
    const records = JSON.parse(readFileSync(file, 'utf8'));
    records.domains[0].home = lab.homeOf(B);
    writeFileSync(file, JSON.stringify(records));
    host = await lab.opened();
    expect((await host.read()).domains[0]).toMatchObject({ id: X, pool: B });
    await lab.until(() => !existsSync(lab.cgroup(lab.homeOf(A), 'xm-dom-901.scope')));
    expect(lab.pidsOf(B, X)).toContain(pid);
    helper.kill();
  });

  test('it leaves nothing behind: no unit, no property, no controller', async () => {
    const found = () => [
      lab.text('cgroup.subtree_control'),
      ...readdirSync(lab.ROOT).sort(),
      ...['system.control', 'transient'].flatMap((name) => readdirSync(`/run/systemd/${name}`)),
      systemctl('list-units', '--all', '--plain', '--no-legend', 'xm*'),
    ];
    mkdirSync('/run/systemd/system.control', { recursive: true });
    mkdirSync('/run/systemd/transient', { recursive: true });
    const before = found();
    await setUp(host);
    await lab.done(host.moveDomain(X, B, lab.freely()));
    await lab.clear(host);
    await lab.done(host.release());
    await lab.until(() => found().join() === before.join());
  });

  test('without an answer from systemd there are no pools', async () => {
    const { PATH } = process.env;
    process.env.PATH = '/nowhere';
    try {
      await expect(lab.opened()).rejects.toThrow('host-unfit');
    } finally {
      process.env.PATH = PATH;
    }
  });
});
