/*
 * What the contract does not say and a kernel may do: commands, other users of the cgroup tree, partitions that others
 * break, state that is lost. Runs as root of a machine that is nobody's; its cgroups are made and taken away.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Cpu,
  type DomainId,
  type DomainSpec,
  domainId,
  formatCpuList,
  type HostState,
  type Outcome,
  POOL0,
  type Refusal,
} from '../../interface/index.ts';
import { type LinuxHost, openLinux } from './host.ts';
import { PLAIN_NAMES } from './names.ts';
import { isBooted } from './systemd/commands.ts';
import { SYSTEMD_NAMES } from './systemd/names.ts';

const ROOT = '/sys/fs/cgroup';
const [A, B] = ['lab-a', 'lab-b'];
const [X, Y] = [domainId(901), domainId(902)];
const [C4, C5, C6, C7] = [4, 5, 6, 7] as unknown as [Cpu, Cpu, Cpu, Cpu];
const STATE_FILE = '/run/cpu-pools/linux.json';

// The same tests run where systemd carries the pools (kernel.systemd.lab.ts).
const isSystemd = isBooted();
const names = isSystemd ? SYSTEMD_NAMES : PLAIN_NAMES;
const homeOf = (pool: string) => names.poolDirectory(pool, new Set());

/** A domain's directory: the one that is there, else the one it would get first. */
function placeOf(pool: string, id: DomainId): string {
  const there = existsSync(cgroup(homeOf(pool))) ? readdirSync(cgroup(homeOf(pool))) : [];
  const found = there.find((child) => names.domainIdOf(child) === id);
  return found === undefined ? names.domainDirectory(homeOf(pool), id) : join(homeOf(pool), found);
}

const cgroup = (...path: string[]) => join(ROOT, ...path);
const text = (...path: string[]) => readFileSync(cgroup(...path), 'utf8').trim();
const write = (value: string, ...path: string[]) => writeFileSync(cgroup(...path), `${value}\n`);
const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const cpusOf = ({ pools }: HostState, name: string) => pools.find((pool) => pool.name === name)?.cpus;

describe('linux', () => {
  let host: LinuxHost;
  let scratch: string;
  const strangers = ['lab-stranger', 'lab-other'];

  beforeEach(async () => {
    host = await opened();
    scratch = mkdtempSync('/tmp/lab-');
  });

  afterEach(async () => {
    for (const name of strangers) if (existsSync(cgroup(name))) rmdirSync(cgroup(name));
    await clear();
    rmSync(scratch, { recursive: true });
  });

  async function opened(): Promise<LinuxHost> {
    const found = await openLinux(() => Number(process.hrtime.bigint()));
    if (!found.ok) throw new Error(JSON.stringify(found.refusal));
    return found.value;
  }

  async function clear(): Promise<void> {
    const { domains, pools } = await host.read();
    for (const { id } of domains) await done(host.destroyDomain(id));
    for (const { name, cpus } of pools.slice(1)) {
      for (const cpu of cpus) await done(host.moveCpu(cpu, POOL0));
      await done(host.destroyPool(name));
    }
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

  function command(id: DomainId, home: string, exec: readonly string[], more: Partial<DomainSpec> = {}) {
    return host.createDomain({
      id,
      name: `lab-${id}`,
      pool: home,
      vcpus: 1,
      scheduling: { weight: 256, cap: 0, affinity: [{ hard: null, soft: null }] },
      memory: [],
      paused: false,
      workload: { kind: 'cpu' },
      exec,
      ...more,
    });
  }

  async function said(file: string): Promise<string> {
    const path = join(scratch, file);
    const words = () => (existsSync(path) ? readFileSync(path, 'utf8') : '');
    for (let n = 0; n < 500 && words() === ''; n++) await pass(20);
    await pass(20);
    return words().trim();
  }

  const script = (body: string) => ['/bin/sh', '-c', body];

  test('a command is in its pool before its first instruction', async () => {
    await pool(A, C6, C7);
    const look = `cat /proc/self/cgroup > ${scratch}/g; grep Cpus_allowed_list /proc/self/status > ${scratch}/c; exec sleep 1000`;
    await done(command(X, A, script(look)));
    expect(await said('g')).toBe(`0::/${placeOf(A, X)}`);
    expect(await said('c')).toMatch(/\s6-7$/);
  });

  test('its words are its own: no shell reads them', async () => {
    await pool(A, C7);
    const words = ['$HOME', '`id`', '; reboot', '*', '', ' ', '"', "'", '-n', '\\'];
    const body = `printf '<%s>' "$@" > ${scratch}/w; exec sleep 1000`;
    await done(command(X, A, [...script(body), 'self', ...words]));
    expect(await said('w')).toBe(words.map((word) => `<${word}>`).join(''));
  });

  test('a command that is not there is refused, and leaves nothing behind', async () => {
    await pool(A, C7);
    const before = readdirSync(cgroup(homeOf(A)));
    for (const exec of [['/bin/none'], ['no-such-program'], ['bin/sleep'], ['/tmp'], [STATE_FILE]])
      expect(await refusal(command(X, A, exec))).toMatchObject({ code: 'bad-command', command: exec[0] });
    expect(readdirSync(cgroup(homeOf(A)))).toEqual(before);
    expect((await host.read()).domains).toEqual([]);
  });

  test('a domain whose processes have ended is gone, and so is its cgroup', async () => {
    await pool(A, C7);
    await done(command(X, A, ['sleep', '1']));
    await done(command(Y, POOL0, ['sleep', '1000']));
    for (let n = 0; n < 200 && (await host.read()).domains.length > 1; n++) await pass(20);
    expect((await host.read()).domains.map(({ id }) => id)).toEqual([Y]);
    expect(existsSync(cgroup(placeOf(A, X)))).toBe(false);
  });

  test('a domain that begins paused has not begun, until it is unpaused', async () => {
    await pool(A, C7);
    await done(command(X, A, script(`echo yes > ${scratch}/b; exec sleep 1000`), { paused: true }));
    await pass(300);
    expect(existsSync(join(scratch, 'b'))).toBe(false);
    await done(host.setPaused(X, false));
    expect(await said('b')).toBe('yes');
  });

  test('all processes of a domain move with it, and are destroyed with it', async () => {
    await pool(A, C7);
    await pool(B, C5);
    await done(
      command(
        X,
        A,
        script('for i in 1 2 3; do sleep 1000 & done; mkdir $0/sub; wait').concat(cgroup(placeOf(A, X))),
      ),
    );
    const all = () => text(placeOf(B, X), 'cgroup.procs').split('\n').map(Number);
    for (let n = 0; n < 100 && text(placeOf(A, X), 'cgroup.procs').split('\n').length < 4; n++)
      await pass(20);
    await done(host.moveDomain(X, B, { weight: 256, cap: 0, affinity: [{ hard: null, soft: null }] }));
    expect(existsSync(cgroup(placeOf(A, X)))).toBe(false);
    const pids = all();
    expect(pids.length).toBe(4);
    for (const pid of pids)
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/Cpus_allowed_list:\s5\n/);
    await done(host.destroyDomain(X));
    for (const pid of pids)
      expect(existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBeFalsy();
  });

  test('its threads follow the pool, and a pin that is taken away is gone', async () => {
    await pool(A, C5, C6, C7);
    await done(command(X, A, ['sleep', '1000']));
    const allowed = () => {
      const pid = text(placeOf(A, X), 'cgroup.procs');
      return /Cpus_allowed_list:\s(\S+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
    };
    expect(allowed()).toBe('5-7');
    await done(host.moveCpu(C6, POOL0));
    expect(allowed()).toBe('5,7');
    const pin = (hard: Cpu[] | null) => ({ weight: 256, cap: 0, affinity: [{ hard, soft: null }] });
    await done(host.setScheduling(X, pin([C7])));
    expect(allowed()).toBe('7');
    await done(host.setScheduling(X, pin(null)));
    expect(allowed()).toBe('5,7');
  });

  test('memory is tied to nodes and untied while domains run', async () => {
    await pool(A, C7);
    await done(command(X, A, ['sleep', '1000']));
    for (const nodes of [[1], [0, 1], null, [0]] as const) {
      await done(host.setPoolNodes(A, nodes as never));
      expect((await host.read()).pools[1]!.nodes).toEqual(nodes);
    }
    expect(text(homeOf(A), 'cpuset.mems')).toBe('0');
    await done(host.setPoolNodes(POOL0, [1] as never));
    expect((await host.read()).pools[0]!.nodes).toEqual([1]);
    await done(host.setPoolNodes(POOL0, null));
  });

  test('a cpu that a partition of somebody else has is not taken, and both keep what they have', async () => {
    await pool(A, C7);
    mkdirSync(cgroup('lab-stranger'));
    write('5-6', 'lab-stranger', 'cpuset.cpus');
    write('root', 'lab-stranger', 'cpuset.cpus.partition');
    const before = await host.read();
    expect(await refusal(host.moveCpu(C6, A))).toEqual({ code: 'cpu-held', cpu: 6, holder: 'lab-stranger' });
    expect(text('lab-stranger', 'cpuset.cpus.partition')).toBe('root');
    expect({ ...(await host.read()), nowNs: 0 }).toEqual({ ...before, nowNs: 0 });
    await done(host.moveCpu(C4, A));
  });

  test('a cpu that a plain cgroup of somebody else names is taken or not, but never half', async () => {
    await pool(A, C7);
    await pool(B, C4);
    mkdirSync(cgroup('lab-other'));
    write('5-6', 'lab-other', 'cpuset.cpus');
    const moved = await host.moveCpu(C6, A);
    const state = await host.read();
    expect(cpusOf(state, A)).toEqual(moved.ok ? [6, 7] : [7]);
    expect(cpusOf(state, B)).toEqual([4]);
    expect(text(homeOf(A), 'cpuset.cpus.partition')).toBe('root');
    expect(text('cpuset.cpus.effective')).toBe(formatCpuList(cpusOf(state, POOL0)!));
    console.log(`   (${moved.ok ? 'taken' : `not taken: ${JSON.stringify(moved.refusal)}`})`);
  });

  test('a pool that somebody breaks says so, owns nothing, and is mended by the next move', async () => {
    await pool(A, C6, C7);
    await pool(B, C4);
    await done(command(X, A, ['sleep', '1000']));
    mkdirSync(cgroup('lab-other'));
    write('5-6', 'lab-other', 'cpuset.cpus');
    write('root', 'lab-other', 'cpuset.cpus.partition');
    const broken = await host.read();
    const isBroken = text(homeOf(A), 'cpuset.cpus.partition') !== 'root';
    expect(cpusOf(broken, A)).toEqual(isBroken ? [] : [6, 7]);
    expect(cpusOf(broken, B)).toEqual([4]);
    rmdirSync(cgroup('lab-other'));
    for (const cpu of [C6, C7]) await done(host.moveCpu(cpu, A));
    expect(cpusOf(await host.read(), A)).toEqual([6, 7]);
    expect(text(homeOf(A), 'cpuset.cpus.partition')).toBe('root');
    expect(text(homeOf(B), 'cpuset.cpus.partition')).toBe('root');
  });

  test('a cpu of a broken pool goes to another one', async () => {
    await pool(A, C6, C7);
    await pool(B, C4);
    await done(command(X, A, ['sleep', '1000']));
    write('member', homeOf(A), 'cpuset.cpus.partition');
    expect(cpusOf(await host.read(), A)).toEqual([]);
    await done(host.moveCpu(C7, B));
    expect(cpusOf(await host.read(), B)).toEqual([4, 7]);
    await done(host.moveCpu(C6, A));
    expect(cpusOf(await host.read(), A)).toEqual([6]);
    await done(host.moveCpu(C7, A));
    expect(cpusOf(await host.read(), A)).toEqual([6, 7]);
  });

  test('a cpu that somebody took offline is in no pool, and joins pool0 when it comes back by us', async () => {
    await pool(A, C6, C7);
    await done(command(X, A, ['sleep', '1000']));
    writeFileSync('/sys/devices/system/cpu/cpu7/online', '0');
    const state = await host.read();
    expect([state.online.includes(C7), cpusOf(state, A)]).toEqual([false, [6]]);
    await done(host.setCpuOnline(C7, true));
    const after = await host.read();
    expect([cpusOf(after, A), cpusOf(after, POOL0)]).toEqual([[6], [0, 1, 2, 3, 4, 5, 7]]);
  });

  test('a name that a renamed pool had can be given to another', async () => {
    await pool(A, C7);
    await done(host.renamePool(A, B));
    await pool(A, C6);
    const { pools } = await host.read();
    expect(pools.slice(1).map(({ name, cpus }) => [name, ...cpus])).toEqual([
      [B, 7],
      [A, 6],
    ]);
  });

  test('without its state file it still finds pools, cpus and domains', async () => {
    await pool(A, C7);
    await done(command(X, A, ['sleep', '1000']));
    await host.close();
    rmSync(STATE_FILE);
    host = await opened();
    const state = await host.read();
    expect(cpusOf(state, A)).toEqual([7]);
    expect(state.domains).toMatchObject([{ id: X, name: `domain-${X}`, pool: A }]);
  });

  test.skipIf(isSystemd)('a move that a crash cut short is finished by the next look', async () => {
    await pool(A, C7);
    await pool(B, C5);
    await done(command(X, A, script('sleep 1000 & sleep 1000 & wait')));
    await pass(300);
    const [first] = text(placeOf(A, X), 'cgroup.procs').split('\n');
    mkdirSync(cgroup(placeOf(B, X)));
    write(first!, placeOf(B, X), 'cgroup.procs');
    await host.close();
    const records = JSON.parse(readFileSync(STATE_FILE, 'utf8'));
    records.domains[0].home = homeOf(B);
    writeFileSync(STATE_FILE, JSON.stringify(records));
    host = await opened();
    expect((await host.read()).domains).toMatchObject([{ id: X, pool: B }]);
    expect(existsSync(cgroup(placeOf(A, X)))).toBe(false);
    expect(text(placeOf(B, X), 'cgroup.procs').split('\n').length).toBe(3);
  });

  test('weights shrink alike where one is larger than Linux knows', async () => {
    await pool(A, C7);
    const weighed = (weight: number) => ({
      scheduling: { weight, cap: 0, affinity: [{ hard: null, soft: null }] },
    });
    await done(command(X, A, ['sleep', '1000'], weighed(256)));
    const weights = () => [X, Y].map((id) => text(placeOf(A, id), 'cpu.weight'));
    await done(command(Y, A, ['sleep', '1000'], weighed(65_535)));
    expect(weights()).toEqual(['39', '10000']);
    await done(host.destroyDomain(Y));
    expect(text(placeOf(A, X), 'cpu.weight')).toBe('100');
  });

  test('it gives the host back as it found it, once no domain runs', async () => {
    await done(host.release());
    const tree = () => [text('cgroup.subtree_control'), ...readdirSync(ROOT).sort()];
    const before = tree();
    host = await opened();
    await pool(A, C6, C7);
    await done(command(X, POOL0, ['sleep', '1000']));
    expect(await refusal(host.release())).toEqual({ code: 'domains-run', domains: [X] });
    await done(host.destroyDomain(X));
    await done(host.release());
    // systemd takes back what no unit needs in its own time.
    for (let n = 0; n < 100 && tree().join() !== before.join(); n++) await pass(20);
    expect(tree()).toEqual(before);
    expect(existsSync(STATE_FILE)).toBe(false);
    expect(text('cpuset.cpus.effective')).toBe('0-7');
  });
});
