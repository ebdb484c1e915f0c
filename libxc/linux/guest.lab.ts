/*
 * Guests in QEMU inside the lab's guest, so emulated twice: what the driver does with them, on each kernel. Most are a
 * boot sector that says a line, keeps its first vcpu busy, and powers off when its power button is pressed.
 *
 * needs: qemu
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Cpu,
  type DomainId,
  type DomainSpec,
  domainId,
  type GuestSpec,
  type Outcome,
  POOL0,
  type Refusal,
  type Scheduling,
} from '../../interface/index.ts';
import { ask } from './guest/monitor.ts';
import { type LinuxHost, openLinux } from './host.ts';
import { bootDisk } from './testing/boot-disk.ts';

const [A, B] = ['lab-a', 'lab-b'];
const [X, Y] = [domainId(901), domainId(902)];
const [C4, C5, C6, C7] = [4, 5, 6, 7] as unknown as [Cpu, Cpu, Cpu, Cpu];
const SOCKETS = '/run/cpu-pools';
const GROUPS = '/sys/fs/cgroup';

const logOf = (id: DomainId) => `/var/log/xend/guest,${id}.log`;
const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function comesTrue(holds: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; await pass(50))
    if (await holds()) return true;
  return false;
}

const free = { hard: null, soft: null };
const pinned = (...cpus: (Cpu | null)[]): Scheduling => ({
  weight: 256,
  cap: 0,
  affinity: cpus.map((cpu) => (cpu === null ? free : { hard: [cpu], soft: null })),
});

describe('guests', () => {
  let host: LinuxHost;
  let scratch: string;
  let disk: string;

  beforeEach(async () => {
    host = await opened();
    scratch = mkdtempSync('/tmp/lab-');
    for (const id of [X, Y]) rmSync(logOf(id), { force: true });
    disk = join(scratch, 'disk,1.img');
    writeFileSync(disk, bootDisk());
  });

  afterEach(async () => {
    const { domains, pools } = await host.read();
    for (const { id } of domains) await done(host.destroyDomain(id));
    for (const { name, cpus } of pools.slice(1)) {
      for (const cpu of cpus) await done(host.moveCpu(cpu, POOL0));
      await done(host.destroyPool(name));
    }
    expect(readdirSync(SOCKETS)).toEqual(['linux.json']);
    rmSync(scratch, { recursive: true });
    await host.close();
  });

  async function opened(): Promise<LinuxHost> {
    const found = await openLinux(() => Number(process.hrtime.bigint()));
    if (!found.ok) throw new Error(JSON.stringify(found.refusal));
    return found.value;
  }

  async function done(outcome: Promise<Outcome<void>>): Promise<void> {
    expect(await outcome).toEqual({ ok: true, value: undefined });
  }

  async function refusal(outcome: Promise<Outcome<void>>): Promise<Refusal> {
    const got = await outcome;
    if (got.ok) throw new Error('it was done');
    return got.refusal;
  }

  async function pool(name: string, ...cpus: Cpu[]): Promise<void> {
    await done(host.createPool(name, 'credit'));
    for (const cpu of cpus) await done(host.moveCpu(cpu, name));
  }

  const ownDisk = (path: string): GuestSpec['disks'] => [
    { path, format: 'raw', vdev: 'xvda', isCdrom: false, isReadOnly: false },
  ];

  function spec(
    id: DomainId,
    home: string,
    guest: Partial<GuestSpec>,
    more: Partial<DomainSpec>,
  ): DomainSpec {
    return {
      id,
      name: `guest,${id}`,
      pool: home,
      vcpus: 2,
      scheduling: pinned(null, null),
      memory: [{ node: 0 as never, mib: 64 }],
      paused: false,
      workload: { kind: 'cpu' },
      guest: { disks: ownDisk(disk), reboots: true, ...guest },
      ...more,
    };
  }

  const create = (
    id: DomainId,
    home: string,
    guest: Partial<GuestSpec> = {},
    more: Partial<DomainSpec> = {},
  ) => host.createDomain(spec(id, home, guest, more));

  /** Threads of a domain, by number: what they are called and where they may run. */
  function threads(id: DomainId, home: string) {
    const tids = readFileSync(join(GROUPS, `xm-${home}`, `dom-${id}`, 'cgroup.threads'), 'utf8').trim();
    return tids.split('\n').map((tid) => {
      const status = readFileSync(`/proc/${tid}/status`, 'utf8');
      const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)![1];
      const stat = readFileSync(`/proc/${tid}/stat`, 'utf8');
      const policy = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38]);
      return { name: field('Name'), allowed: field('Cpus_allowed_list'), policy };
    });
  }
  const vcpus = (id: DomainId, home: string) =>
    threads(id, home)
      .filter(({ name }) => name?.startsWith('CPU '))
      .map(({ allowed }) => allowed);
  const emulators = (id: DomainId, home: string) => [
    ...new Set(
      threads(id, home)
        .filter(({ name }) => !name?.startsWith('CPU '))
        .map(({ allowed }) => allowed),
    ),
  ];

  const log = (id: DomainId) => readFileSync(logOf(id), 'utf8');
  const usageOf = async (id: DomainId) => (await host.usage()).domains.find((one) => one.id === id)!;
  const isThere = async (id: DomainId) => (await host.read()).domains.some((one) => one.id === id);

  test('a guest runs in its pool with all its threads, says its words to its log, and is gone when destroyed', async () => {
    await pool(A, C6, C7);
    await done(create(X, A));
    expect(vcpus(X, A)).toEqual(['6-7', '6-7']);
    expect(emulators(X, A)).toEqual(['6-7']);
    expect(statSync(join(SOCKETS, `dom-${X}.qmp`)).mode & 0o777).toBe(0o600);
    expect(await comesTrue(() => log(X).includes('it boots'), 60)).toBe(true);
    expect((await host.read()).domains).toEqual([spec(X, A, {}, {})]);
    await done(host.destroyDomain(X));
    expect(existsSync(join(GROUPS, `xm-${A}`, `dom-${X}`))).toBe(false);
    expect(
      readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && commandOf(pid).includes('guest,,901')),
    ).toBe(false);
  });

  test('its vcpus are pinned one by one, before its first instruction and later; the rest of it is not', async () => {
    await pool(A, C5, C6, C7);
    await done(create(X, A, {}, { scheduling: pinned(C7, C6), paused: true }));
    expect(vcpus(X, A)).toEqual(['7', '6']);
    expect(emulators(X, A)).toEqual(['5-7']);
    expect(log(X)).not.toContain('it boots');
    await done(host.setPaused(X, false));
    await done(host.setScheduling(X, pinned(C5, null)));
    expect(vcpus(X, A)).toEqual(['5', '5-7']);
    expect((await host.read()).domains[0]!.scheduling).toEqual(pinned(C5, null));
    await pass(500);
    expect((await usageOf(X)).vcpuStates.map(({ cpu }) => cpu)[0]).toBe(C5);
  });

  test('pins outlive changes of the pool and moves, as does the rest of its scheduling', async () => {
    await pool(A, C5, C6, C7);
    await pool(B, C4);
    await done(create(X, A, {}, { scheduling: pinned(C7, null) }));
    await done(host.moveCpu(C5, B));
    expect([vcpus(X, A), emulators(X, A)]).toEqual([['7', '6-7'], ['6-7']]);
    await done(host.moveCpu(C5, A));
    expect([vcpus(X, A), emulators(X, A)]).toEqual([['7', '5-7'], ['5-7']]);
    await done(host.moveCpu(C5, B));
    const scheduling = { ...pinned(null, C5), weight: 512, cap: 150 };
    const before = await usageOf(X);
    await done(host.moveDomain(X, B, scheduling));
    expect([vcpus(X, B), emulators(X, B)]).toEqual([['4-5', '5'], ['4-5']]);
    expect((await host.read()).domains[0]).toMatchObject({ pool: B, scheduling });
    expect(readFileSync(join(GROUPS, `xm-${B}`, `dom-${X}`, 'cpu.max'), 'utf8')).toBe('15000 10000\n');
    for (const [vcpu, ns] of (await usageOf(X)).vcpuNs.entries())
      expect(ns).toBeGreaterThanOrEqual(before.vcpuNs[vcpu]!);
  });

  test('each vcpu has its own cpu time, and a paused guest none', async () => {
    await pool(A, C6, C7);
    await done(create(X, A, {}, { scheduling: pinned(C6, C7) }));
    expect(await comesTrue(() => log(X).includes('it boots'), 60)).toBe(true);
    const first = await usageOf(X);
    await pass(1000);
    const second = await usageOf(X);
    // The boot sector keeps one vcpu busy; the other waits to be started.
    expect(second.vcpuNs[0]! - first.vcpuNs[0]!).toBeGreaterThan(0.5e9);
    expect(second.vcpuNs[1]! - first.vcpuNs[1]!).toBeLessThan(0.1e9);
    const isBusy = async () => (await usageOf(X)).vcpuStates[0]!.state === 'running';
    expect(await comesTrue(isBusy, 10)).toBe(true);
    expect(second.vcpuStates).toMatchObject([{ cpu: 6 }, { state: 'blocked' }]);
    await done(host.setPaused(X, true));
    await done(host.setPaused(X, true));
    const paused = await usageOf(X);
    await pass(500);
    expect((await usageOf(X)).vcpuNs).toEqual(paused.vcpuNs);
    expect(paused.vcpuStates.map(({ state }) => state)).toEqual(['paused', 'paused']);
    expect(await refusal(host.shutdownDomain(X))).toEqual({ code: 'domain-paused', domain: `guest,${X}` });
    await done(host.setPaused(X, false));
    await pass(500);
    expect((await usageOf(X)).vcpuNs[0]! - paused.vcpuNs[0]!).toBeGreaterThan(0.2e9);
  });

  test('under null each vcpu has a cpu of its own, under rtds a reservation; its emulator has neither', async () => {
    await pool(A, C5, C6, C7);
    await done(host.setPoolScheduler(A, 'null', {}));
    await done(create(X, A));
    expect([vcpus(X, A), emulators(X, A)]).toEqual([['5', '6'], ['5-6']]);
    await done(host.setPoolScheduler(A, 'rtds', {}));
    const policies = threads(X, A).map(({ name, policy }) => [name?.startsWith('CPU '), policy]);
    expect(new Set(policies.map(String))).toEqual(new Set(['true,6', 'false,0']));
    expect([vcpus(X, A), emulators(X, A)]).toEqual([['5-7', '5-7'], ['5-7']]);
    await done(host.destroyDomain(X));
    await done(create(Y, A));
    expect(threads(Y, A).filter(({ policy }) => policy === 6)).toHaveLength(2);
  });

  test('a guest that is asked to shut down ends by itself and leaves nothing', async () => {
    await pool(A, C7);
    await done(create(X, A));
    expect(await comesTrue(() => log(X).includes('it boots'), 60)).toBe(true);
    await done(host.shutdownDomain(X));
    expect(await comesTrue(async () => !(await isThere(X)), 60)).toBe(true);
    expect(existsSync(join(GROUPS, `xm-${A}`, `dom-${X}`))).toBe(false);
    expect(existsSync(join(SOCKETS, `dom-${X}.qmp`))).toBe(false);
  });

  test('a command is asked by SIGTERM', async () => {
    await pool(A, C7);
    const { guest: _, ...plain } = spec(X, A, {}, { exec: ['sleep', '1000'] });
    await done(host.createDomain(plain));
    await done(host.shutdownDomain(X));
    expect(await comesTrue(async () => !(await isThere(X)), 10)).toBe(true);
  });

  test('it is found again by the next xend, with the threads of its vcpus', async () => {
    await pool(A, C6, C7);
    await done(create(X, A, {}, { scheduling: pinned(C6, C7) }));
    const before = (await host.read()).domains;
    await host.close();
    host = await opened();
    expect((await host.read()).domains).toEqual(before);
    await done(host.setScheduling(X, pinned(C7, C7)));
    expect(vcpus(X, A)).toEqual(['7', '7']);
  });

  test('one that a crash left standing goes on when the next xend watches', async () => {
    await pool(A, C6, C7);
    await done(create(X, A));
    const socket = join(SOCKETS, `dom-${X}.qmp`);
    const isRunning = async () => {
      const answer = await ask(socket, 'query-status');
      return answer.ok && (answer.value as { running: boolean }).running;
    };
    expect((await ask(socket, 'stop')).ok).toBe(true);
    expect(await isRunning()).toBe(false);
    await host.close();
    host = await opened();
    const stop = host.watch(() => {});
    expect(await comesTrue(isRunning, 20)).toBe(true);
    stop();
  });

  test('a kernel boots without a disk, and says so on its serial line', async () => {
    await pool(A, C6, C7);
    const kernel = { kernel: '/boot/vmlinuz', cmdline: 'console=ttyS0 earlyprintk=ttyS0 lab=a,b', disks: [] };
    await done(
      create(Y, A, kernel, { vcpus: 1, scheduling: pinned(null), memory: [{ node: 0 as never, mib: 128 }] }),
    );
    expect(await comesTrue(() => log(Y).includes('lab=a,b'), 90)).toBe(true);
    expect(log(Y)).toContain('Linux version');
  });

  test('what a guest needs and is not there is refused, and leaves nothing behind', async () => {
    await pool(A, C7);
    const before = readdirSync(join(GROUPS, `xm-${A}`));
    const none = join(scratch, 'none');
    for (const [guest, what, file, why] of [
      [{ kernel: none }, 'kernel', none, 'there is no such file'],
      [{ kernel: scratch }, 'kernel', scratch, 'it is no file'],
      [{ ramdisk: none }, 'ramdisk', none, 'there is no such file'],
      [{ disks: ownDisk(none) }, 'disk', none, 'there is no such file'],
      [{ disks: ownDisk('/dev/null') }, 'disk', '/dev/null', 'it is neither a file nor a block device'],
    ] as const)
      expect(await refusal(create(X, A, guest))).toEqual({ code: 'bad-guest-file', what, file, why });
    const path = process.env.PATH;
    process.env.PATH = scratch;
    const missing = await refusal(create(X, A)).finally(() => Object.assign(process.env, { PATH: path }));
    expect(missing).toMatchObject({ code: 'program-missing', program: 'qemu-system-x86_64' });
    expect(readdirSync(join(GROUPS, `xm-${A}`))).toEqual(before);
    expect((await host.read()).domains).toEqual([]);
  });

  test('a guest that QEMU cannot begin is refused in the words of QEMU', async () => {
    await pool(A, C7);
    const qcow2 = ownDisk(disk).map((one) => ({ ...one, format: 'qcow2' as const }));
    expect(await refusal(create(X, A, { disks: qcow2 }))).toMatchObject({
      code: 'guest-failed',
      domain: `guest,${X}`,
      why: expect.stringMatching(/^-drive file=.*Image is not in qcow2 format$/),
    });
    expect(existsSync(join(GROUPS, `xm-${A}`, `dom-${X}`))).toBe(false);
    expect((await host.read()).domains).toEqual([]);
  });

  test('a monitor that does not answer is told of, and destroying helps', async () => {
    await pool(A, C7);
    await done(create(X, A));
    rmSync(join(SOCKETS, `dom-${X}.qmp`));
    for (const ask of [() => host.setPaused(X, true), () => host.shutdownDomain(X)])
      expect(await refusal(ask())).toMatchObject({ code: 'guest-silent', domain: `guest,${X}` });
    expect((await host.read()).domains[0]!.paused).toBe(false);
    await done(host.destroyDomain(X));
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
