/* A day of a host whose first program is systemd: xend is a service of it, and `xm` is typed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const UNIT = '/run/systemd/system/xend.service';
const SOCKET = '/run/xend/xend.sock';
const DEFINITION = `name = "vm5"
memory = 64
exec = ["/bin/sleep", "1000"]
`;

const systemctl = (...words: string[]) => execFileSync('systemctl', words, { encoding: 'utf8' }).trim();
const text = (path: string) => readFileSync(`/sys/fs/cgroup/${path}`, 'utf8').trim();
const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What `xm` prints, or says where it refuses. */
function xm(...words: string[]): string {
  const { stdout, stderr } = spawnSync('xm', words, { encoding: 'utf8' });
  return stdout + stderr;
}

async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; n < 1000 && !holds(); n++) await pass(20);
  expect(holds()).toBe(true);
}

const mainPid = () => Number(systemctl('show', '--property=MainPID', '--value', 'xend'));
const answers = () => xm('info').includes('linux');

/** What the host is beside xend's own files. */
const host = () =>
  [
    text('cgroup.subtree_control'),
    text('cpuset.cpus.effective'),
    ...readdirSync('/sys/fs/cgroup').sort(),
    ...readdirSync('/run/systemd/transient'),
    systemctl('list-units', '--all', '--plain', '--no-legend', 'xm*'),
  ].join('\n');

describe('xend as a service', () => {
  let before: string;

  beforeAll(async () => {
    for (const folder of ['/run/systemd/transient', '/usr/local/bin']) mkdirSync(folder, { recursive: true });
    before = host();
    writeFileSync(
      UNIT,
      readFileSync('packaging/linux/xend.service', 'utf8').replace(
        '/usr/local/bin/xend',
        '/project/bin/xend',
      ),
    );
    writeFileSync('/tmp/vm5.cfg', DEFINITION);
    systemctl('daemon-reload');
    systemctl('start', 'xend');
    await until(() => existsSync(SOCKET) && answers());
  });

  afterAll(() => {
    systemctl('stop', 'xend');
    for (const path of [UNIT, '/tmp/vm5.cfg']) rmSync(path);
    rmSync('/var/lib/xend', { recursive: true, force: true });
    systemctl('daemon-reload');
  });

  const list = () => xm('pool-list');
  const LIST = [
    'pool   cpus   sched   domains',
    'pool0  0,2    credit  -',
    'pool1  5-7    credit  1',
    'pool2  1,3-4  credit  -',
    '',
  ].join('\n');

  test("the proposal's session", () => {
    expect(xm('pool-create', 'pool1', 'ncpu=4')).toBe('pool1 has cpus 4-7\n');
    expect(xm('pool-create', 'pool2', 'cpu=1,3')).toBe('pool2 has cpus 1,3\n');
    expect(xm('create', '/tmp/vm5.cfg', 'pool=pool1')).toBe('vm5 is domain 1 in pool1\n');
    expect(xm('pool-modify', 'pool1', 'cpu=5-7')).toBe('pool1 has cpus 5-7\n');
    expect(xm('pool-modify', 'pool2', 'cpu=1,3,4')).toBe('pool2 has cpus 1,3-4\n');
    expect(list()).toBe(LIST);
    expect(text('xm_pool1.slice/cpuset.cpus.effective')).toBe('5-7');
    expect(text('xm_pool1.slice/xm-dom-1.scope/cgroup.procs')).toMatch(/^\d+$/);
    expect(xm('pool-destroy', 'pool1')).toContain('cannot destroy pool1: domain 1 is still in it');
  });

  test('pools and domains go on when xend is killed, and it finds them again', async () => {
    const domain = text('xm_pool1.slice/xm-dom-1.scope/cgroup.procs');
    const pid = mainPid();
    systemctl('kill', '--signal=KILL', 'xend');
    await until(() => mainPid() !== pid && mainPid() > 0 && answers());
    expect(list()).toBe(LIST);
    expect(text('xm_pool1.slice/xm-dom-1.scope/cgroup.procs')).toBe(domain);
  });

  test('they go on when xend is stopped, while systemd reads its units again, and when it is started', async () => {
    const domain = text('xm_pool1.slice/xm-dom-1.scope/cgroup.procs');
    systemctl('stop', 'xend');
    systemctl('daemon-reload');
    expect(text('xm_pool1.slice/cpuset.cpus.partition')).toBe('root');
    expect(text('xm_pool1.slice/xm-dom-1.scope/cgroup.procs')).toBe(domain);
    systemctl('start', 'xend');
    await until(() => existsSync(SOCKET) && answers());
    expect(list()).toBe(LIST);
  });

  test('a domain moves while it runs, and keeps its process', () => {
    const domain = text('xm_pool1.slice/xm-dom-1.scope/cgroup.procs');
    expect(xm('pool-migrate', 'vm5', 'pool2')).toContain('pool2');
    expect(text('xm_pool2.slice/xm-dom-1.2.scope/cgroup.procs')).toBe(domain);
    expect(readFileSync(`/proc/${domain}/status`, 'utf8')).toMatch(/Cpus_allowed_list:\s1,3-4\n/);
  });

  test('a service is adopted and released, and runs on', () => {
    execFileSync('systemd-run', ['--quiet', '--collect', '--unit=lab-web', '/bin/sleep', '1000']);
    const place = () => {
      const pid = systemctl('show', '--property=MainPID', '--value', 'lab-web');
      return readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim();
    };
    expect(xm('adopt', 'web', 'unit=lab-web.service', 'pool=pool1')).toContain('web is domain 2 in pool1');
    expect(place()).toBe('0::/xm_pool1.slice/xm-dom-2.scope');
    expect(xm('release', 'web')).toContain('web runs on outside of pools');
    expect(place()).toBe('0::/system.slice/lab-web.service');
    systemctl('stop', 'lab-web');
  });

  test('pools come back after everything was given back, and nothing is left when they go', async () => {
    xm('destroy', 'vm5');
    systemctl('stop', 'xend');
    execFileSync('xend', ['--release-all', '--connect', 'linux:']);
    await until(() => host() === before);
    systemctl('start', 'xend');
    await until(() => existsSync(SOCKET) && answers());
    expect(list()).toBe(LIST.replace(/1$/m, '-'));
    for (const pool of ['pool1', 'pool2']) xm('pool-destroy', pool);
    systemctl('stop', 'xend');
    execFileSync('xend', ['--release-all', '--connect', 'linux:']);
    await until(() => host() === before);
  });
});
