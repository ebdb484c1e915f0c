/*
 * Commands as domains, from before their first instruction to the end of their last process. Runs as root of a machine that is
 * nobody's.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Cpu, domainId, POOL0 } from '../../interface/index.ts';
import type { LinuxHost } from './host.ts';
import * as lab from './testing/lab-stand.ts';

const [A, B] = ['lab-a', 'lab-b'];
const [X, Y] = [domainId(901), domainId(902)];
const [C5, C6, C7] = [5, 6, 7] as unknown as [Cpu, Cpu, Cpu];
const STATE_FILE = '/run/cpu-pools/linux.json';

const script = (body: string) => ['/bin/sh', '-c', body];

describe('commands', () => {
  let host: LinuxHost;
  let scratch: string;

  beforeEach(async () => {
    host = await lab.opened();
    scratch = mkdtempSync('/tmp/lab-');
  });

  afterEach(async () => {
    await lab.clear(host);
    rmSync(scratch, { recursive: true });
  });

  async function said(file: string): Promise<string> {
    const path = join(scratch, file);
    const words = () => (existsSync(path) ? readFileSync(path, 'utf8') : '');
    await lab.until(() => words() !== '');
    await lab.pass(20);
    return words().trim();
  }

  test('a command is in its pool before its first instruction', async () => {
    await lab.givePool(host, A, C6, C7);
    const look = `cat /proc/self/cgroup > ${scratch}/g; grep Cpus_allowed_list /proc/self/status > ${scratch}/c; exec sleep 1000`;
    await lab.done(lab.run(host, X, A, script(look)));
    expect(await said('g')).toBe(`0::/${lab.placeOf(A, X)}`);
    expect(await said('c')).toMatch(/\s6-7$/);
  });

  test('its words are its own: no shell reads them', async () => {
    await lab.givePool(host, A, C7);
    const words = ['$HOME', '`id`', '; reboot', '*', '', ' ', '"', "'", '-n', '\\'];
    const body = `printf '<%s>' "$@" > ${scratch}/w; exec sleep 1000`;
    await lab.done(lab.run(host, X, A, [...script(body), 'self', ...words]));
    expect(await said('w')).toBe(words.map((word) => `<${word}>`).join(''));
  });

  test('a command that is not there is refused, and leaves nothing behind', async () => {
    await lab.givePool(host, A, C7);
    const before = readdirSync(lab.cgroup(lab.homeOf(A)));
    for (const exec of [['/bin/none'], ['no-such-program'], ['bin/sleep'], ['/tmp'], [STATE_FILE]])
      expect(await lab.refusal(lab.run(host, X, A, exec))).toMatchObject({
        code: 'bad-command',
        command: exec[0],
      });
    expect(readdirSync(lab.cgroup(lab.homeOf(A)))).toEqual(before);
    expect((await host.read()).domains).toEqual([]);
  });

  test('a domain whose processes have ended is gone, and so is its cgroup', async () => {
    await lab.givePool(host, A, C7);
    await lab.done(lab.run(host, X, A, ['sleep', '1']));
    await lab.done(lab.run(host, Y, POOL0, ['sleep', '1000']));
    for (let n = 0; n < 200 && (await host.read()).domains.length > 1; n++) await lab.pass(20);
    expect((await host.read()).domains.map(({ id }) => id)).toEqual([Y]);
    expect(existsSync(lab.cgroup(lab.placeOf(A, X)))).toBe(false);
  });

  test('a domain that begins paused has not begun, until it is unpaused', async () => {
    await lab.givePool(host, A, C7);
    await lab.done(lab.run(host, X, A, script(`echo yes > ${scratch}/b; exec sleep 1000`), { paused: true }));
    await lab.pass(300);
    expect(existsSync(join(scratch, 'b'))).toBe(false);
    await lab.done(host.setPaused(X, false));
    expect(await said('b')).toBe('yes');
  });

  test('all processes of a domain move with it, and are destroyed with it', async () => {
    await lab.givePool(host, A, C7);
    await lab.givePool(host, B, C5);
    await lab.done(
      lab.run(
        host,
        X,
        A,
        script('for i in 1 2 3; do sleep 1000 & done; mkdir $0/sub; wait').concat(
          lab.cgroup(lab.placeOf(A, X)),
        ),
      ),
    );
    const all = () => lab.text(lab.placeOf(B, X), 'cgroup.procs').split('\n').map(Number);
    for (let n = 0; n < 100 && lab.text(lab.placeOf(A, X), 'cgroup.procs').split('\n').length < 4; n++)
      await lab.pass(20);
    await lab.done(host.moveDomain(X, B, lab.freely()));
    expect(existsSync(lab.cgroup(lab.placeOf(A, X)))).toBe(false);
    const pids = all();
    expect(pids.length).toBe(4);
    for (const pid of pids)
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/Cpus_allowed_list:\s5\n/);
    await lab.done(host.destroyDomain(X));
    for (const pid of pids)
      expect(existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBeFalsy();
  });

  test('a move that a crash cut short is finished by the next look', async () => {
    await lab.givePool(host, A, C7);
    await lab.givePool(host, B, C5);
    await lab.done(lab.run(host, X, A, script('sleep 1000 & sleep 1000 & wait')));
    await lab.pass(300);
    const [first] = lab.text(lab.placeOf(A, X), 'cgroup.procs').split('\n');
    mkdirSync(lab.cgroup(lab.placeOf(B, X)));
    lab.write(first!, lab.placeOf(B, X), 'cgroup.procs');
    await host.close();
    const records = JSON.parse(readFileSync(STATE_FILE, 'utf8'));
    records.domains[0].home = lab.homeOf(B);
    writeFileSync(STATE_FILE, JSON.stringify(records));
    host = await lab.opened();
    expect((await host.read()).domains).toMatchObject([{ id: X, pool: B }]);
    expect(existsSync(lab.cgroup(lab.placeOf(A, X)))).toBe(false);
    expect(lab.text(lab.placeOf(B, X), 'cgroup.procs').split('\n').length).toBe(3);
  });
});
