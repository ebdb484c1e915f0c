/* A running service becomes a domain, and is a service again. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Cpu, POOL0 } from '../../../interface/index.ts';
import type { LinuxHost } from '../host.ts';
import * as lab from '../testing/lab-stand.ts';
import { A, B, systemctl, X } from '../testing/systemd-stand.ts';

const UNITS = '/run/systemd/system';
const SERVICE = 'lab-web.service';
/** A main process and two workers, which do not end by themselves when it does. */
const FILE = `[Service]
ExecStart=/bin/sh -c 'sleep 10001 & sleep 10002 & exec sleep 10000'
Restart=always
RestartSec=1
CPUWeight=77
`;
const [C5, C6, C7] = [5, 6, 7] as unknown as [Cpu, Cpu, Cpu];

const show = (property: string) => systemctl('show', `--property=${property}`, '--value', SERVICE);
const mainPid = () => Number(show('MainPID'));
const placeOf = (pid: number) => /^0::\/(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))![1];
const sleepers = () =>
  execFileSync('ps', { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /sleep 1000\d/.test(line))
    .map((line) => Number(line.trim().split(/\s+/)[0]));

describe('a service that is adopted', () => {
  let host: LinuxHost;

  beforeAll(() => {
    mkdirSync(UNITS, { recursive: true });
    writeFileSync(`${UNITS}/${SERVICE}`, FILE);
    systemctl('daemon-reload');
  });

  afterAll(() => rmSync(`${UNITS}/${SERVICE}`));

  beforeEach(async () => {
    systemctl('start', SERVICE);
    await lab.until(() => sleepers().length === 3);
    host = await lab.opened();
    await lab.givePool(host, A, C6, C7);
  });

  afterEach(async () => {
    await lab.clear(host);
    await lab.done(host.release());
    spawnSync('systemctl', ['stop', SERVICE]);
    if (!existsSync(`${UNITS}/${SERVICE}.d`)) return;
    rmSync(`${UNITS}/${SERVICE}.d`, { recursive: true });
    systemctl('daemon-reload');
  });

  const adopt = (unit = SERVICE) =>
    lab.run(host, X, A, [], {
      adopted: { unit },
      exec: undefined as never,
      scheduling: { ...lab.freely(), weight: 512 },
    });

  /** The domain and its pool, as the driver sees it, and where its main process may run. */
  const seen = async () => {
    const { domains } = await host.read();
    const [domain] = domains;
    return domain === undefined ? null : [domain.id, domain.pool, domain.adopted, lab.allowed(mainPid())];
  };

  test('comes into the pool with all its processes, and goes on: it is still the service of systemd', async () => {
    const pid = mainPid();
    const all = sleepers();
    await lab.done(adopt('lab-web'));
    expect(await seen()).toEqual([X, A, { unit: SERVICE }, '6-7']);
    expect(lab.pidsOf(A, X).sort()).toEqual(all.sort());
    expect([mainPid(), show('ActiveState')]).toEqual([pid, 'active']);
    systemctl('daemon-reload');
    systemctl('daemon-reexec');
    expect([mainPid(), show('ActiveState'), placeOf(pid)]).toEqual([pid, 'active', lab.placeOf(A, X)]);
  });

  test('starts again in the pool, as the same domain, and what the last one left has ended', async () => {
    await lab.done(adopt());
    const all = sleepers();
    systemctl('restart', SERVICE);
    await lab.until(() => sleepers().length === 3);
    expect(sleepers().filter((pid) => all.includes(pid))).toEqual([]);
    expect(await seen()).toEqual([X, A, { unit: SERVICE }, '6-7']);
    expect((await host.read()).domains[0]).toMatchObject({ name: 'lab-901', scheduling: { weight: 512 } });
    expect(placeOf(mainPid())).toBe(`${lab.homeOf(A)}/${SERVICE}`);
    expect(lab.text(lab.homeOf(A), SERVICE, 'cpu.weight')).toBe('200');
  });

  test('comes back into the pool when it dies, with nobody’s help, and is a domain all the time', async () => {
    await lab.done(adopt());
    const pid = mainPid();
    const all = sleepers();
    process.kill(pid, 'SIGKILL');
    expect((await host.read()).domains.map(({ id }) => id)).toEqual([X]);
    await lab.until(() => mainPid() !== pid && mainPid() > 0 && sleepers().length === 3);
    expect(sleepers().filter((one) => all.includes(one))).toEqual([]);
    expect(await seen()).toEqual([X, A, { unit: SERVICE }, '6-7']);
  });

  test('is stopped by whoever stops it, workers and all, and starts where it belongs', async () => {
    await lab.done(adopt());
    systemctl('stop', SERVICE);
    await lab.until(() => sleepers().length === 0);
    expect((await host.read()).domains).toMatchObject([{ id: X, pool: A }]);
    systemctl('start', SERVICE);
    await lab.until(() => sleepers().length === 3);
    expect(await seen()).toEqual([X, A, { unit: SERVICE }, '6-7']);
  });

  test('moves to another pool while it runs, and starts again there, weighed as it was told', async () => {
    await lab.givePool(host, B, C5);
    await lab.done(adopt());
    const pid = mainPid();
    await lab.done(host.moveDomain(X, B, { ...lab.freely(), weight: 1024, cap: 50 }));
    expect([await seen(), mainPid()]).toEqual([[X, B, { unit: SERVICE }, '5'], pid]);
    systemctl('restart', SERVICE);
    const place = `${lab.homeOf(B)}/${SERVICE}`;
    await lab.until(() => mainPid() !== pid && placeOf(mainPid()) === place);
    const limits = () => ['cpu.weight', 'cpu.max'].map((file) => lab.text(place, file));
    expect(limits()).toEqual(['400', '5000 10000']);
    await lab.done(host.setScheduling(X, lab.freely()));
    expect(limits()).toEqual(['100', '100000 100000']);
  });

  test('that has started in a pool leaves it for another, and nothing of it is left in the first', async () => {
    await lab.givePool(host, B, C5);
    await lab.done(adopt());
    systemctl('restart', SERVICE);
    await lab.until(() => sleepers().length === 3);
    await lab.done(host.moveDomain(X, B, lab.freely()));
    // Where systemd has it is in the pool that goes.
    for (const cpu of [C6, C7]) await lab.done(host.moveCpu(cpu, POOL0));
    await lab.done(host.destroyPool(A));
    expect([await seen(), show('ActiveState')]).toEqual([[X, B, { unit: SERVICE }, '5'], 'active']);
    const all = sleepers();
    systemctl('restart', SERVICE);
    await lab.until(() => sleepers().length === 3);
    expect(sleepers().filter((one) => all.includes(one))).toEqual([]);
    expect(await seen()).toEqual([X, B, { unit: SERVICE }, '5']);
  });

  test('is found again by a driver that knows nothing', async () => {
    await lab.done(adopt());
    await host.close();
    rmSync('/run/cpu-pools/linux.json');
    host = await lab.opened();
    expect(await seen()).toEqual([X, A, { unit: SERVICE }, '6-7']);
  });

  test('starts where its processes are, also when a crash came between the two', async () => {
    await lab.givePool(host, B, C5);
    await lab.done(adopt());
    const file = `${UNITS}/${SERVICE}.d/zz-xend.conf`;
    writeFileSync(file, readFileSync(file, 'utf8').replace(lab.homeOf(A), lab.homeOf(B)));
    systemctl('daemon-reload');
    expect(await seen()).toEqual([X, A, { unit: SERVICE }, '6-7']);
    expect(show('Slice')).toBe(lab.homeOf(A));
  });

  test('is released to where it was, with the weight it had, and no word of us', async () => {
    await lab.done(adopt());
    const pid = mainPid();
    const all = sleepers();
    await lab.done(host.releaseDomain(X));
    expect((await host.read()).domains).toEqual([]);
    for (const one of all) expect(placeOf(one)).toBe(`system.slice/${SERVICE}`);
    expect([mainPid(), lab.allowed(pid)]).toEqual([pid, '0-5']);
    expect([existsSync(`${UNITS}/${SERVICE}.d`), show('CPUWeight'), show('Slice')]).toEqual([
      false,
      '77',
      'system.slice',
    ]);
    systemctl('restart', SERVICE);
    await lab.until(() => sleepers().length === 3);
    expect(placeOf(mainPid())).toBe(`system.slice/${SERVICE}`);
  });

  test('that has started in the pool leaves it at once too, and is itself again when it starts anew', async () => {
    await lab.done(adopt());
    systemctl('restart', SERVICE);
    await lab.until(() => sleepers().length === 3);
    const pid = mainPid();
    const all = sleepers();
    await lab.done(host.releaseDomain(X));
    for (const one of all) expect(placeOf(one)).toBe('system.slice/lab-web-released.scope');
    expect([mainPid(), lab.allowed(pid), show('Slice')]).toEqual([pid, '0-5', 'system.slice']);
    for (const cpu of [C6, C7]) await lab.done(host.moveCpu(cpu, POOL0));
    await lab.done(host.destroyPool(A));
    expect(show('ActiveState')).toBe('active');
    systemctl('restart', SERVICE);
    await lab.until(() => sleepers().length === 3);
    expect(sleepers().filter((one) => all.includes(one))).toEqual([]);
    expect(placeOf(mainPid())).toBe(`system.slice/${SERVICE}`);
    systemctl('stop', SERVICE);
    await lab.until(() => sleepers().length === 0);
  });

  test('is stopped when its domain is destroyed, and does not start again by itself', async () => {
    await lab.done(adopt());
    await lab.done(host.setPaused(X, true));
    await lab.done(host.destroyDomain(X));
    await lab.until(() => sleepers().length === 0);
    expect([show('ActiveState'), existsSync(`${UNITS}/${SERVICE}.d`)]).toEqual(['inactive', false]);
  });

  test('is not one that does not run, that has cgroups of its own, that is in a pool, or that is no service', async () => {
    const why = async (unit: string) => {
      const refused = await lab.refusal(adopt(unit));
      return refused.code === 'cannot-adopt' ? refused.why : refused.code;
    };
    expect(await why('nothing')).toBe('systemd calls it not-found');
    expect(await why('system.slice')).toBe('it is no service');
    expect(await why('--help')).toBe('systemd calls it not-found');
    expect(await why('systemd-poweroff')).toMatch(/^it is inactive/);
    writeFileSync(`${UNITS}/${SERVICE}`, `${FILE}KillMode=process\n`);
    systemctl('daemon-reload');
    expect(await why(SERVICE)).toMatch(/KillMode=process/);
    writeFileSync(`${UNITS}/${SERVICE}`, FILE);
    systemctl('daemon-reload');
    await lab.done(adopt());
    expect(
      await lab.refusal(
        lab.run(host, (X + 1) as never, A, [], { adopted: { unit: SERVICE }, exec: undefined as never }),
      ),
    ).toMatchObject({
      code: 'cannot-adopt',
    });
  });
});
