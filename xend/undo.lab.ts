/* Everything that xend did to a host is taken back: it is as it was before xend ever started. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wholeHost, wholeHostWhen } from './testing/host-snapshot.ts';
import { RealXend } from './testing/real-xend.ts';

const ROOT = '/sys/fs/cgroup';
const HOMES = ['undo-home', 'undo-neighbour'] as const;
const LIMIT_MS = 300_000;

const write = (file: string, value: string | number) => writeFileSync(`${ROOT}/${file}`, `${value}\n`);
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

describe('a host that is given back', () => {
  const xend = new RealXend();
  const running: ChildProcess[] = [];

  beforeEach(() => {
    for (const home of HOMES) mkdirSync(`${ROOT}/${home}`);
  });
  afterEach(async () => {
    await xend.end();
    for (const child of running.splice(0)) {
      for (const pid of childrenOf(child.pid!)) process.kill(pid, 'SIGKILL');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    for (const home of HOMES) rmdirSync(`${ROOT}/${home}`);
    write('cgroup.subtree_control', '-cpuset -cpu');
  });

  test(
    'is as it was before xend ever started: pools renamed and changed, domains paused, what was adopted pinned',
    async () => {
      const { family, single, loner } = await bystanders();
      const before = wholeHost();
      await xend.start();
      usePools(family, single, loner);
      const inUse = wholeHost();
      expect(inUse).not.toEqual(before);
      await xend.stop();
      expect(releaseAll()).toMatch(/domains? \d+/);
      expect(wholeHost()).toEqual(inUse.filter((line) => !line.includes('bin/xend') && !isOfDaemon(line)));
      await xend.start();
      for (const name of ['made', 'still', 'here']) xend.xm(`destroy ${name}`);
      await xend.stop();
      expect(releaseAll()).toBe('');
      expect(await wholeHostWhen(before)).toEqual(before);
    },
    LIMIT_MS,
  );

  test(
    'is as others had set it up: their controllers, their lists of cpus, after a xend that was killed',
    async () => {
      write('cgroup.subtree_control', '+cpuset');
      write('undo-home/cpuset.mems', '0');
      write('undo-neighbour/cpuset.cpus', '0');
      const { family, single, loner } = await bystanders();
      const before = wholeHost();
      await xend.start();
      usePools(family, single, loner);
      for (const name of ['made', 'still', 'here']) xend.xm(`destroy ${name}`);
      await xend.kill();
      expect(releaseAll()).toBe('');
      expect(await wholeHostWhen(before)).toEqual(before);
    },
    LIMIT_MS,
  );

  /** Processes of others: a parent with a child, pinned otherwise; one alone; one that nobody ever adopts. */
  async function bystanders() {
    const family = run('undo-home', 'sh', '-c', 'sleep 100000 & wait');
    for (let n = 0; n < 100 && childrenOf(family).length === 0; n++) await pass(20);
    pin(family, '1,3');
    for (const child of childrenOf(family)) pin(child, '2-3');
    const single = run('undo-home', 'sleep', '100001');
    const loner = run('undo-neighbour', 'sleep', '100002');
    pin(run('undo-home', 'sleep', '100003'), '5');
    pin(run('', 'sleep', '100004'), '1,6');
    return { family, single, loner };
  }

  function run(home: string, ...[program, ...words]: [string, ...string[]]): number {
    const child = spawn(program, words, { stdio: 'ignore' });
    running.push(child);
    write(`${home}/cgroup.procs`, child.pid!);
    return child.pid!;
  }

  /** What a host is used for. */
  function usePools(family: number, single: number, loner: number): void {
    for (const words of [
      'pool-create web cpu=6,7',
      'pool-create batch cpu=5 node=1',
      'pool-create alone cpu=1,2 sched=null',
      'pool-create timed cpu=4 sched=rtds',
      'pool-rename batch night',
      'pool-modify web cpu=3,6,7',
    ])
      xend.xm(words);
    for (const [name, pool] of [
      ['made', 'web'],
      ['still', 'night'],
      ['here', 'pool0'],
    ]) {
      writeFileSync('/tmp/undo.cfg', `name = "${name}"\npool = "${pool}"\nexec = ["sleep", "100000"]\n`);
      xend.xm('create /tmp/undo.cfg');
    }
    xend.xm('pause still');
    xend.xm(`adopt family pid=${family} pool=web weight=512 cap=50`);
    xend.xm('vcpu-pin family 0 7');
    xend.xm(`adopt single pid=${single} pool=alone vcpus=1`);
    xend.xm(`adopt loner pid=${loner} pool=timed vcpus=1`);
    xend.xm('pool-migrate made night');
    xend.xm('pause family');
  }
});

const pin = (pid: number, cpus: string) => execFileSync('taskset', ['-pc', cpus, `${pid}`]);

const isOfDaemon = (line: string) => line.startsWith('file /run/xend/');

/** What it says against it. */
const releaseAll = () =>
  spawnSync('xend', ['--connect', 'linux:', '--release-all'], { encoding: 'utf8' }).stderr;
