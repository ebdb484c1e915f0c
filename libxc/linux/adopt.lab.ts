/* Processes that run already: into a pool and back, with their children, and what must not be adopted. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RealXend } from '../../xend/testing/real-xend.ts';

const ROOT = '/sys/fs/cgroup';
const BEFORE = 'adopt-before';
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const text = (file: string) => readFileSync(file, 'utf8').trim();
const placeOf = (pid: number) => /^0::(.*)$/m.exec(text(`/proc/${pid}/cgroup`))![1]!;
const allowed = (pid: number) => /Cpus_allowed_list:\s(\S+)/.exec(text(`/proc/${pid}/status`))![1]!;
const childrenOf = (pid: number) =>
  text(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);

describe('adopt', () => {
  const xend = new RealXend();
  let child: ChildProcess;
  let pid: number;

  beforeAll(async () => {
    await xend.start();
    xend.xm('pool-create web cpu=6,7');
    xend.xm('pool-create other cpu=5');
  });
  afterAll(() => xend.end());

  beforeEach(async () => {
    mkdirSync(`${ROOT}/${BEFORE}`);
    child = spawn('sh', ['-c', 'sleep 1000 & while :; do sleep 0.2; done'], { stdio: 'ignore' });
    pid = child.pid!;
    writeFileSync(`${ROOT}/${BEFORE}/cgroup.procs`, `${pid}`);
    for (let n = 0; n < 100 && childrenOf(pid).length === 0; n++) await pass(20);
    for (const one of childrenOf(pid)) {
      try {
        writeFileSync(`${ROOT}/${BEFORE}/cgroup.procs`, `${one}`);
      } catch {
        // it has ended
      }
    }
  });
  afterEach(async () => {
    xend.try('destroy job');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await ended;
    writeFileSync(`${ROOT}/${BEFORE}/cgroup.kill`, '1');
    for (let n = 0; n < 100 && text(`${ROOT}/${BEFORE}/cgroup.events`).includes('populated 1'); n++)
      await pass(20);
    rmdirSync(`${ROOT}/${BEFORE}`);
  });

  test('a process and its children come into the pool, move with it, and go back where they were', async () => {
    expect(xend.xm(`adopt job pid=${pid} pool=web weight=512 cap=150`)).toMatch(
      /^job is domain \d+ in web$/m,
    );
    const [sleeper] = childrenOf(pid);
    for (const one of [pid, sleeper!]) {
      expect(placeOf(one)).toMatch(/^\/xm-web\/dom-\d+$/);
      expect(allowed(one)).toBe('6-7');
    }
    const [domain] = xend.json<{ domains: object[] }>('list job').domains;
    expect(domain).toMatchObject({ vcpus: 2, weight: 512, cap: 150, adopted: { pid }, memoryMib: 0 });
    xend.xm('pool-migrate job other');
    expect(placeOf(sleeper!)).toMatch(/^\/xm-other\//);
    expect(xend.xm('release job')).toContain('job runs on outside of pools');
    for (const one of [pid, sleeper!]) expect(placeOf(one)).toBe(`/${BEFORE}`);
    expect(xend.xm('list')).not.toContain('job');
    expect(readdirSync(`${ROOT}/xm-other`).filter((name) => name.startsWith('dom-'))).toEqual([]);
    await pass(600);
    for (const one of childrenOf(pid)) expect(placeOf(one)).toBe(`/${BEFORE}`);
  });

  test('a pin that it had is there again when it is released', () => {
    execFileSync('taskset', ['-pc', '1,3', `${pid}`]);
    xend.xm(`adopt job pid=${pid} pool=web`);
    expect(allowed(pid)).toBe('6-7');
    xend.xm('release job');
    expect(allowed(pid)).toBe('1,3');
  });

  test('it is kept off the cpus of pools in the root cgroup, too, where it is released to', () => {
    // The first of its children lasts.
    const both = [pid, childrenOf(pid)[0]!];
    for (const one of both) writeFileSync(`${ROOT}/cgroup.procs`, `${one}`);
    xend.xm(`adopt job pid=${pid} pool=web`);
    xend.xm('release job');
    for (const one of both) {
      expect(placeOf(one)).toBe('/');
      expect(allowed(one)).toBe('0-4');
    }
  });

  test('it stays adopted when xend is killed, and is released by the next one', async () => {
    xend.xm(`adopt job pid=${pid} pool=web`);
    await xend.kill();
    await xend.start();
    expect(xend.xm('pool-list')).toMatch(/^web +6-7 +credit +\d+$/m);
    xend.xm('release job');
    expect(placeOf(pid)).toBe(`/${BEFORE}`);
  });

  test('release-all gives back what was adopted', async () => {
    xend.xm(`adopt job pid=${pid} pool=web`);
    await xend.stop();
    execFileSync('xend', ['--connect', 'linux:', '--release-all']);
    expect(placeOf(pid)).toBe(`/${BEFORE}`);
    expect(readdirSync(ROOT).filter((name) => name.startsWith('xm-'))).toEqual([]);
    await xend.start();
    expect(xend.xm('pool-list')).toMatch(/^web +6-7 /m);
  });

  test.each([
    ['pid=999999', 'process 999999: it does not run'],
    ['pid=1', 'process 1: it is the first process'],
    ['pid=2', 'process 2: it is a thread of the kernel'],
    ['libvirt=none', 'libvirt guest none: libvirt runs no guest of that name'],
  ])('%s is refused', (what, sentence) => {
    const { status, error } = xend.try(`adopt job ${what} pool=web`);
    expect([status, error]).toEqual([1, expect.stringContaining(`xm: cannot adopt ${sentence}`)]);
  });

  test('xend itself is refused, a member of a pool, what is in a container, and no release of what was created', () => {
    expect(xend.try(`adopt job pid=${xend.pid} pool=web`).error).toMatch(/xend is it or descends from it/);
    xend.xm(`adopt job pid=${pid} pool=web`);
    expect(xend.try(`adopt again pid=${pid} pool=web`).error).toMatch(/it is in xm-web\/dom-\d+ already/);
    const inside = spawn('unshare', ['-p', '-f', 'sleep', '100'], { stdio: 'ignore' });
    execFileSync('sleep', ['1']);
    const [contained] = childrenOf(inside.pid!);
    expect(xend.try(`adopt boxed pid=${contained} pool=web`).error).toMatch(/it is in a container/);
    inside.kill();
    process.kill(contained!, 'SIGKILL');
    writeFileSync('/tmp/adopt.cfg', 'name = "made"\nexec = ["sleep", "1000"]\n');
    xend.xm('create /tmp/adopt.cfg');
    expect(xend.try('release made').error).toMatch(/made cannot be released: it was started here/);
    xend.xm('destroy made');
  });
});
