/* What xend does about others who change the host under it. Each test says how long it took; none asserts a time. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RealXend } from './testing/real-xend.ts';

const ROOT = '/sys/fs/cgroup';
const write = (value: string, file: string) => writeFileSync(`${ROOT}/${file}`, `${value}\n`);
const text = (file: string) => readFileSync(`${ROOT}/${file}`, 'utf8').trim();
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Pools {
  pools: { name: string; cpuList: string; state: string; domains: number[] }[];
}

describe('drift', () => {
  const xend = new RealXend();
  const stranger = 'drift-stranger';

  beforeAll(async () => {
    await xend.start();
    xend.xm('pool-create build cpu=6,7');
    xend.xm('pool-create web cpu=4,5');
  });
  afterAll(() => xend.end());

  beforeEach(() => {
    writeFileSync('/tmp/drift.cfg', 'name = "job"\npool = "build"\nexec = ["sleep", "10000"]\n');
    xend.xm('create /tmp/drift.cfg');
    xend.forget();
  });
  afterEach(() => {
    if (existsSync(`${ROOT}/${stranger}`)) rmdirSync(`${ROOT}/${stranger}`);
    xend.try('destroy job');
    for (const cpu of [4, 5, 6, 7]) writeFileSync(`/sys/devices/system/cpu/cpu${cpu}/online`, '1');
  });

  const pools = () => xend.json<Pools>('pool-list').pools;
  const pool = (name: string) => pools().find((one) => one.name === name)!;

  async function isHealthy(): Promise<void> {
    for (let n = 0; n < 100 && pools().some(({ state }) => state !== 'healthy'); n++) await pass(50);
    expect(pools().map(({ name, cpuList, state }) => `${name} ${cpuList} ${state}`)).toEqual([
      'pool0 0-3 healthy',
      'build 6-7 healthy',
      'web 4-5 healthy',
    ]);
    for (const one of ['build', 'web']) expect(text(`xm-${one}/cpuset.cpus.partition`)).toBe('root');
    expect(text('cpuset.cpus.effective')).toBe('0-3');
  }

  async function noticed(what: RegExp): Promise<void> {
    const says = (kind: string) => new RegExp(`^${kind}: ${what.source}`);
    const [seenMs, mendedMs] = [
      await xend.hears(says('problem')),
      await xend.hears(says('recovery: repaired')),
    ];
    console.log(`        noticed after ${Math.round(seenMs)} ms, repaired ${Math.round(mendedMs)} ms later`);
  }

  test('a partition that somebody makes a member is one again', async () => {
    write('member', 'xm-build/cpuset.cpus.partition');
    await noticed(/build shares cpus 6-7 with everybody.*job \(id \d+\)/);
    await isHealthy();
  });

  test('cpus that somebody takes from a pool come back', async () => {
    write('7', 'xm-build/cpuset.cpus');
    await noticed(/build (has cpus 7, not 6-7|shares cpus 7)/);
    await isHealthy();
  });

  test('a plain cgroup that names the cpus of a pool loses them from its list, and gets them back in the end', async () => {
    mkdirSync(`${ROOT}/${stranger}`);
    write('2-6', `${stranger}/cpuset.cpus`);
    if (text('xm-build/cpuset.cpus.partition') !== 'root') {
      await noticed(/build shares cpus 6-7 .*drift-stranger names cpus 6 too/);
      await xend.hears(/took cpus 6 from the list of drift-stranger/);
      await isHealthy();
      expect(text(`${stranger}/cpuset.cpus`)).not.toContain('6');
      xend.xm('destroy job');
      xend.xm('pool-destroy build');
      xend.xm('pool-destroy web');
      expect(text(`${stranger}/cpuset.cpus`)).toBe('2-6');
      rmdirSync(`${ROOT}/${stranger}`);
      xend.xm('pool-create build cpu=6,7');
      xend.xm('pool-create web cpu=4,5');
    }
    await isHealthy();
  });

  test('a list that somebody writes for the domains of pool0 binds neither them nor pools', async () => {
    writeFileSync('/tmp/here.cfg', 'name = "here"\nexec = ["sleep", "10000"]\n');
    xend.xm('create /tmp/here.cfg');
    xend.forget();
    write('3,5', 'xm-pool0/cpuset.cpus');
    await noticed(/pool0 has its domains bound: xm-pool0 lists cpus 3,5, not/);
    await isHealthy();
    expect(text('xm-pool0/cpuset.cpus.effective')).toBe('0-3');
    xend.xm('destroy here');
  });

  test('a cpu that goes offline is missed, and is its pool’s again when it comes back', async () => {
    writeFileSync('/sys/devices/system/cpu/cpu7/online', '0');
    await xend.hears(/^problem: build is degraded: cpus 7 are offline; .*job/);
    expect(pool('build')).toMatchObject({ cpuList: '6', state: 'degraded' });
    expect(xend.xm('pool-list')).toMatch(/^build +6 +credit +\d+ +degraded$/m);
    writeFileSync('/sys/devices/system/cpu/cpu7/online', '1');
    await xend.hears(/^recovery: .*build is degraded/);
    await isHealthy();
  });

  test('a pool that loses its last cpu is degraded, and neither dissolved nor its domain lost', async () => {
    try {
      for (const cpu of [6, 7]) writeFileSync(`/sys/devices/system/cpu/cpu${cpu}/online`, '0');
    } catch {
      // 6.12 and later refuse the last one.
    }
    await xend.hears(/^problem: build is degraded: cpus 6/);
    expect(pool('build').domains).toHaveLength(1);
    for (const cpu of [6, 7]) writeFileSync(`/sys/devices/system/cpu/cpu${cpu}/online`, '1');
    await xend.hears(/^recovery: .*build is degraded/);
    await isHealthy();
    const pid = text(`xm-build/dom-${pool('build').domains[0]}/cgroup.procs`);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/Cpus_allowed_list:\s6-7\n/);
  });

  test('a process that somebody moves out of its pool is brought back', async () => {
    const home = `xm-build/dom-${pool('build').domains[0]}`;
    const pid = text(`${home}/cgroup.procs`);
    await pass(2_000);
    write(pid, 'cgroup.procs');
    await noticed(new RegExp(`domain job .*process ${pid} has left it and is in the root cgroup`));
    expect(text(`${home}/cgroup.procs`)).toBe(pid);
  });

  test('a process that comes into the root cgroup from another does not stay on the cpus of pools', async () => {
    mkdirSync(`${ROOT}/${stranger}`);
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    write(`${child.pid}`, `${stranger}/cgroup.procs`);
    await pass(1_000);
    write(`${child.pid}`, 'cgroup.procs');
    const allowed = () =>
      /Cpus_allowed_list:\s(\S+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1];
    // Kernels from 6.2 on see to it themselves.
    const isEverywhere = allowed() !== '0-3';
    if (isEverywhere)
      await noticed(new RegExp(`(build|web) is not alone .*process ${child.pid} in the root cgroup may run`));
    await isHealthy();
    expect(allowed()).toBe('0-3');
    child.kill('SIGKILL');
  });

  test('another weight, cap or pin that somebody writes is put right', async () => {
    const home = `xm-build/dom-${pool('build').domains[0]}`;
    for (const [file, value, right] of [
      ['cpu.weight', '77', '100'],
      ['cpu.max', '1000 100000', '100000 100000'],
    ] as const) {
      xend.forget();
      write(value, `${home}/${file}`);
      await noticed(new RegExp(`domain job .*${file} is ${value}, not ${right}`));
      expect(text(`${home}/${file}`)).toBe(right);
    }
  });

  test('weights and caps come back with a controller that somebody switches off and on again', async () => {
    xend.xm('sched-credit -d job -w 512 -c 50');
    const home = `xm-build/dom-${pool('build').domains[0]}`;
    const values = () => ['cpu.weight', 'cpu.max'].map((file) => text(`${home}/${file}`));
    const before = values();
    xend.forget();
    for (const word of ['-cpu', '+cpu']) write(word, 'xm-build/cgroup.subtree_control');
    expect(values()).not.toEqual(before);
    await xend.hears(/^recovery: repaired: domain job .*cpu\.weight/);
    for (let n = 0; n < 100 && `${values()}` !== `${before}`; n++) await pass(50);
    expect(values()).toEqual(before);
  });

  test('a command that ends is gone, and nothing is wrong', async () => {
    writeFileSync('/tmp/short.cfg', 'name = "short"\npool = "web"\nexec = ["sleep", "2"]\n');
    xend.xm('create /tmp/short.cfg');
    await xend.hears(/^change: domain short \(id \d+\) has ended/);
    expect(xend.xm('list')).not.toContain('short');
    expect(xend.json<{ problems: string[] }>('info').problems).toEqual([]);
  });

  test('who does it again and again is left alone, and it is said', async () => {
    xend.xm('pool-create cell cpu=3');
    for (let n = 0; n < 4; n++) {
      xend.forget();
      write('member', 'xm-cell/cpuset.cpus.partition');
      await xend.hears(n < 3 ? /^recovery: repaired/ : /^problem: .*left alone for 60 s/);
    }
    expect(xend.xm('pool-list')).toMatch(/^cell +- +credit +- +broken$/m);
    expect(xend.xm('pool-modify cell cpu=3')).toContain('cell');
    xend.xm('pool-destroy cell');
    await isHealthy();
  });
});
