/*
 * What the contract does not say and a kernel may do: other users of the cgroup tree, partitions that others break, state
 * that is lost. Runs as root of a machine that is nobody's; its cgroups are made and taken away.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Cpu, domainId, formatCpuList, POOL0 } from '../../interface/index.ts';
import type { LinuxHost } from './host.ts';
import * as lab from './testing/lab-stand.ts';

const [A, B] = ['lab-a', 'lab-b'];
const [X, Y] = [domainId(901), domainId(902)];
const [C4, C5, C6, C7] = [4, 5, 6, 7] as unknown as [Cpu, Cpu, Cpu, Cpu];
const STATE_FILE = '/run/cpu-pools/linux.json';

// The same tests run where systemd carries the pools (kernel.systemd.lab.ts).
describe('linux', () => {
  let host: LinuxHost;
  const strangers = ['lab-stranger', 'lab-other'];

  beforeEach(async () => {
    host = await lab.opened();
  });

  afterEach(async () => {
    for (const name of strangers) if (existsSync(lab.cgroup(name))) rmdirSync(lab.cgroup(name));
    await lab.clear(host);
  });

  test('its threads follow the pool, and a pin that is taken away is gone', async () => {
    await lab.givePool(host, A, C5, C6, C7);
    await lab.done(lab.run(host, X, A, ['sleep', '1000']));
    const allowed = () => lab.allowed(lab.pidsOf(A, X)[0]!);
    expect(allowed()).toBe('5-7');
    await lab.done(host.moveCpu(C6, POOL0));
    expect(allowed()).toBe('5,7');
    await lab.done(host.setScheduling(X, lab.freely([C7])));
    expect(allowed()).toBe('7');
    await lab.done(host.setScheduling(X, lab.freely()));
    expect(allowed()).toBe('5,7');
  });

  test('memory is tied to nodes and untied while domains run', async () => {
    await lab.givePool(host, A, C7);
    await lab.done(lab.run(host, X, A, ['sleep', '1000']));
    for (const nodes of [[1], [0, 1], null, [0]] as const) {
      await lab.done(host.setPoolNodes(A, nodes as never));
      expect((await host.read()).pools[1]!.nodes).toEqual(nodes);
    }
    expect(lab.text(lab.homeOf(A), 'cpuset.mems')).toBe('0');
    await lab.done(host.setPoolNodes(POOL0, [1] as never));
    expect((await host.read()).pools[0]!.nodes).toEqual([1]);
    await lab.done(host.setPoolNodes(POOL0, null));
  });

  test('a cpu that a partition of somebody else has is not taken, and both keep what they have', async () => {
    await lab.givePool(host, A, C7);
    mkdirSync(lab.cgroup('lab-stranger'));
    lab.write('5-6', 'lab-stranger', 'cpuset.cpus');
    lab.write('root', 'lab-stranger', 'cpuset.cpus.partition');
    const before = await host.read();
    expect(await lab.refusal(host.moveCpu(C6, A))).toEqual({
      code: 'cpu-held',
      cpu: 6,
      holder: 'lab-stranger',
    });
    expect(lab.text('lab-stranger', 'cpuset.cpus.partition')).toBe('root');
    expect({ ...(await host.read()), nowNs: 0 }).toEqual({ ...before, nowNs: 0 });
    await lab.done(host.moveCpu(C4, A));
  });

  test('a cpu that a plain cgroup of somebody else names is taken or not, but never half', async () => {
    await lab.givePool(host, A, C7);
    await lab.givePool(host, B, C4);
    mkdirSync(lab.cgroup('lab-other'));
    lab.write('5-6', 'lab-other', 'cpuset.cpus');
    const moved = await host.moveCpu(C6, A);
    const state = await host.read();
    expect(lab.cpusOf(state, A)).toEqual(moved.ok ? [6, 7] : [7]);
    expect(lab.cpusOf(state, B)).toEqual([4]);
    expect(lab.text(lab.homeOf(A), 'cpuset.cpus.partition')).toBe('root');
    expect(lab.text('cpuset.cpus.effective')).toBe(formatCpuList(lab.cpusOf(state, POOL0)!));
    console.log(`   (${moved.ok ? 'taken' : `not taken: ${JSON.stringify(moved.refusal)}`})`);
  });

  test('a pool that somebody breaks says so, owns nothing, and is mended by the next move', async () => {
    await lab.givePool(host, A, C6, C7);
    await lab.givePool(host, B, C4);
    await lab.done(lab.run(host, X, A, ['sleep', '1000']));
    mkdirSync(lab.cgroup('lab-other'));
    lab.write('5-6', 'lab-other', 'cpuset.cpus');
    lab.write('root', 'lab-other', 'cpuset.cpus.partition');
    const broken = await host.read();
    const isBroken = lab.text(lab.homeOf(A), 'cpuset.cpus.partition') !== 'root';
    expect(lab.cpusOf(broken, A)).toEqual(isBroken ? [] : [6, 7]);
    expect(lab.cpusOf(broken, B)).toEqual([4]);
    rmdirSync(lab.cgroup('lab-other'));
    await lab.done(host.moveCpus([C6, C7], A));
    expect(lab.cpusOf(await host.read(), A)).toEqual([6, 7]);
    expect(lab.text(lab.homeOf(A), 'cpuset.cpus.partition')).toBe('root');
    expect(lab.text(lab.homeOf(B), 'cpuset.cpus.partition')).toBe('root');
  });

  test('a cpu of a broken pool goes to another one', async () => {
    await lab.givePool(host, A, C6, C7);
    await lab.givePool(host, B, C4);
    await lab.done(lab.run(host, X, A, ['sleep', '1000']));
    lab.write('member', lab.homeOf(A), 'cpuset.cpus.partition');
    expect(lab.cpusOf(await host.read(), A)).toEqual([]);
    await lab.done(host.moveCpu(C7, B));
    expect(lab.cpusOf(await host.read(), B)).toEqual([4, 7]);
    await lab.done(host.moveCpu(C6, A));
    expect(lab.cpusOf(await host.read(), A)).toEqual([6]);
    await lab.done(host.moveCpu(C7, A));
    expect(lab.cpusOf(await host.read(), A)).toEqual([6, 7]);
  });

  test('a cpu that somebody took offline is in no pool, and joins pool0 when it comes back by us', async () => {
    await lab.givePool(host, A, C6, C7);
    await lab.done(lab.run(host, X, A, ['sleep', '1000']));
    writeFileSync('/sys/devices/system/cpu/cpu7/online', '0');
    const state = await host.read();
    expect([state.online.includes(C7), lab.cpusOf(state, A)]).toEqual([false, [6]]);
    await lab.done(host.setCpuOnline(C7, true));
    const after = await host.read();
    expect([lab.cpusOf(after, A), lab.cpusOf(after, POOL0)]).toEqual([[6], [0, 1, 2, 3, 4, 5, 7]]);
  });

  test('a name that a renamed pool had can be given to another', async () => {
    await lab.givePool(host, A, C7);
    await lab.done(host.renamePool(A, B));
    await lab.givePool(host, A, C6);
    const { pools } = await host.read();
    expect(pools.slice(1).map(({ name, cpus }) => [name, ...cpus])).toEqual([
      [B, 7],
      [A, 6],
    ]);
  });

  test('without its state file it still finds pools, cpus and domains', async () => {
    await lab.givePool(host, A, C7);
    await lab.done(lab.run(host, X, A, ['sleep', '1000']));
    await host.close();
    rmSync(STATE_FILE);
    host = await lab.opened();
    const state = await host.read();
    expect(lab.cpusOf(state, A)).toEqual([7]);
    expect(state.domains).toMatchObject([{ id: X, name: `domain-${X}`, pool: A }]);
  });

  test('weights shrink alike where one is larger than Linux knows', async () => {
    await lab.givePool(host, A, C7);
    const weighed = (weight: number) => ({ scheduling: { ...lab.freely(), weight } });
    await lab.done(lab.run(host, X, A, ['sleep', '1000'], weighed(256)));
    const weights = () => [X, Y].map((id) => lab.text(lab.placeOf(A, id), 'cpu.weight'));
    await lab.done(lab.run(host, Y, A, ['sleep', '1000'], weighed(65_535)));
    expect(weights()).toEqual(['39', '10000']);
    expect((await host.read()).pools.at(-1)!.weightErrorPercent).toBeCloseTo(0.161, 3);
    await lab.done(host.destroyDomain(Y));
    expect(lab.text(lab.placeOf(A, X), 'cpu.weight')).toBe('100');
  });

  test('it gives the host back as it found it, once no domain runs', async () => {
    await lab.done(host.release());
    const tree = () => [lab.text('cgroup.subtree_control'), ...readdirSync(lab.ROOT).sort()];
    const before = tree();
    host = await lab.opened();
    await lab.givePool(host, A, C6, C7);
    await lab.done(lab.run(host, X, POOL0, ['sleep', '1000']));
    expect(await lab.refusal(host.release())).toEqual({ code: 'domains-run', domains: [X] });
    await lab.done(host.destroyDomain(X));
    await lab.done(host.release());
    // systemd takes back what no unit needs in its own time.
    for (let n = 0; n < 100 && tree().join() !== before.join(); n++) await lab.pass(20);
    expect(tree()).toEqual(before);
    expect(existsSync(STATE_FILE)).toBe(false);
    expect(lab.text('cpuset.cpus.effective')).toBe('0-7');
  });
});
