/* What stands for null and rtds on this host: which thread runs where and in which class, and what the kernel refuses. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Cpu,
  type DomainId,
  type DomainSpec,
  domainId,
  type Outcome,
  POOL0,
  type Refusal,
  type Reservation,
  type SchedulerName,
  type Scheduling,
} from '../../interface/index.ts';
import { type LinuxHost, openLinux } from './host.ts';

const [A, B] = ['lab-a', 'lab-b'];
const [X, Y, Z] = [domainId(901), domainId(902), domainId(903)];
const [C4, C5, C6, C7] = [4, 5, 6, 7] as unknown as [Cpu, Cpu, Cpu, Cpu];
const GROUPS = '/sys/fs/cgroup';
/** SCHED_OTHER and SCHED_DEADLINE, as field 41 of proc(5) has them. */
const [FAIR, DEADLINE] = [0, 6];

const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const script = (body: string) => ['/bin/sh', '-c', body];
/** Two loops and a shell that waits for them. */
const TWO_LOOPS = script('(while :; do :; done) & (while :; do :; done) & wait');
const LOOP = script('while :; do :; done');

async function comesTrue(holds: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; await pass(50))
    if (await holds()) return true;
  return false;
}

const scheduling = (vcpus: number, more: Partial<Scheduling> = {}): Scheduling => ({
  weight: 256,
  cap: 0,
  affinity: Array.from({ length: vcpus }, () => ({ hard: null, soft: null })),
  ...more,
});
const half: Reservation = { periodUs: 20_000, budgetUs: 10_000, extratime: false };

describe('schedulers', () => {
  let host: LinuxHost;

  beforeEach(async () => {
    const found = await openLinux(() => Number(process.hrtime.bigint()));
    if (!found.ok) throw new Error(JSON.stringify(found.refusal));
    host = found.value;
  });

  afterEach(async () => {
    const { domains, pools } = await host.read();
    for (const { id } of domains) await done(host.destroyDomain(id));
    for (const { name, cpus } of pools.slice(1)) {
      for (const cpu of cpus) await done(host.moveCpu(cpu, POOL0));
      await done(host.destroyPool(name));
    }
    await done(host.setPoolScheduler(POOL0, 'credit', {}));
    await host.close();
  });

  async function done(outcome: Promise<Outcome<void>>): Promise<void> {
    expect(await outcome).toEqual({ ok: true, value: undefined });
  }

  async function refusal(outcome: Promise<Outcome<void>>): Promise<Refusal> {
    const got = await outcome;
    if (got.ok) throw new Error('it was done');
    return got.refusal;
  }

  async function pool(name: string, scheduler: SchedulerName, ...cpus: Cpu[]): Promise<void> {
    await done(host.createPool(name, scheduler));
    for (const cpu of cpus) await done(host.moveCpu(cpu, name));
  }

  function command(id: DomainId, home: string, exec: readonly string[], more: Partial<DomainSpec> = {}) {
    return host.createDomain({
      id,
      name: `lab-${id}`,
      pool: home,
      vcpus: 1,
      scheduling: scheduling(more.vcpus ?? 1),
      memory: [],
      paused: false,
      workload: { kind: 'cpu' },
      exec,
      ...more,
    });
  }

  const text = (...path: string[]) => readFileSync(join(GROUPS, ...path), 'utf8').trim();
  const word = (name: string) => text(`xm-${name}`, 'cpuset.cpus.partition');

  /** The threads of a domain, by age. */
  function threads(id: DomainId, home: string) {
    const tids = text(`xm-${home}`, `dom-${id}`, 'cgroup.threads').split('\n').filter(Boolean).map(Number);
    return tids
      .sort((a, b) => a - b)
      .map((tid) => {
        const stat = readFileSync(`/proc/${tid}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const status = readFileSync(`/proc/${tid}/status`, 'utf8');
        const allowed = /^Cpus_allowed_list:\s+(.*)$/m.exec(status)![1];
        return { state: fields[0], policy: Number(fields[38]), allowed };
      });
  }
  const policies = (id: DomainId, home: string) => threads(id, home).map(({ policy }) => policy);
  const busyOn = (id: DomainId, home: string) =>
    threads(id, home)
      .filter(({ state }) => state === 'R')
      .map(({ allowed }) => allowed)
      .sort();

  async function share(id: DomainId, ms: number): Promise<number> {
    const used = async () => {
      const { nowNs, domains } = await host.usage();
      return [nowNs, domains.find((one) => one.id === id)!.vcpuNs.reduce((sum, ns) => sum + ns, 0)] as const;
    };
    const [from, before] = await used();
    await pass(ms);
    const [to, after] = await used();
    return (100 * (after - before)) / (to - from);
  }

  describe('null', () => {
    test('its partition is isolated, and each vcpu has a cpu of its own', async () => {
      await pool(A, 'null', C5, C6, C7);
      expect(word(A)).toBe('isolated');
      await done(command(X, A, ['sleep', '1000'], { vcpus: 2 }));
      await done(command(Y, A, ['sleep', '1000']));
      expect(text(`xm-${A}`, `dom-${X}`, 'cpuset.cpus')).toBe('5-6');
      expect(text(`xm-${A}`, `dom-${Y}`, 'cpuset.cpus')).toBe('7');
      expect(threads(X, A).map(({ allowed }) => allowed)).toEqual(['5']);
      await done(host.destroyDomain(X));
      expect(text(`xm-${A}`, `dom-${Y}`, 'cpuset.cpus')).toBe('7');
    });

    test('threads that begin later are spread over the cpus of their domain, and stay there', async () => {
      await pool(A, 'null', C6, C7);
      const stop = host.watch(() => {});
      await done(command(X, A, TWO_LOOPS, { vcpus: 2 }));
      expect(await comesTrue(() => busyOn(X, A).join() === '6,7', 20)).toBe(true);
      expect(await comesTrue(async () => (await share(X, 1000)) > 150, 60)).toBe(true);
      stop();
    });

    test('more vcpus than cpus are refused, whoever brings them', async () => {
      await pool(A, 'null', C6, C7);
      await pool(B, 'credit', C5);
      await done(command(X, A, ['sleep', '1000'], { vcpus: 2 }));
      const tooFew = { code: 'too-few-own-cpus', pool: A, vcpus: 3, cpus: 2 };
      expect(await refusal(command(Y, A, ['sleep', '1000']))).toEqual(tooFew);
      await done(command(Y, B, ['sleep', '1000']));
      expect(await refusal(host.moveDomain(Y, A, scheduling(1)))).toEqual(tooFew);
      expect(await refusal(host.moveCpu(C7, POOL0))).toEqual({ ...tooFew, vcpus: 2, cpus: 1 });
      await done(host.moveDomain(X, B, scheduling(2)));
      expect(await refusal(host.setPoolScheduler(B, 'null', {}))).toEqual({ ...tooFew, pool: B, cpus: 1 });
      expect([word(A), word(B)]).toEqual(['isolated', 'root']);
      expect(readdirSync(join(GROUPS, `xm-${A}`)).filter((name) => name.startsWith('dom-'))).toEqual([]);
    });

    test('a pin says which cpu, and moves who may be elsewhere', async () => {
      await pool(A, 'null', C6, C7);
      await done(command(X, A, ['sleep', '1000']));
      expect(text(`xm-${A}`, `dom-${X}`, 'cpuset.cpus')).toBe('6');
      const pinned = scheduling(1, { affinity: [{ hard: [C6], soft: null }] });
      await done(command(Y, A, ['sleep', '1000'], { scheduling: pinned }));
      expect([X, Y].map((id) => threads(id, A)[0]!.allowed)).toEqual(['7', '6']);
    });

    test('who leaves it is where its new pool wants it, and the pool becomes another', async () => {
      await pool(A, 'null', C6, C7);
      await pool(B, 'credit', C4, C5);
      await done(command(X, A, TWO_LOOPS, { vcpus: 2 }));
      await done(host.moveDomain(X, B, scheduling(2)));
      expect(new Set(threads(X, B).map(({ allowed }) => allowed))).toEqual(new Set(['4-5']));
      await done(host.moveDomain(X, A, scheduling(2)));
      await done(host.setPoolScheduler(A, 'credit', {}));
      expect(word(A)).toBe('root');
      expect(new Set(threads(X, A).map(({ allowed }) => allowed))).toEqual(new Set(['6-7']));
    });

    test('pool0 cannot be isolated', async () => {
      expect(await refusal(host.setPoolScheduler(POOL0, 'null', {}))).toMatchObject({
        code: 'scheduler-unfit',
        pool: POOL0,
      });
    });
  });

  describe('rtds', () => {
    test('a command has its budget in every period, its children are nobody’s', async () => {
      await pool(A, 'rtds', C7);
      const reservations = [half];
      await done(
        command(X, A, script('sleep 1000 & while :; do :; done'), {
          scheduling: scheduling(1, { reservations }),
        }),
      );
      await pass(300);
      expect(policies(X, A)).toEqual([DEADLINE, FAIR]);
      expect(await comesTrue(async () => Math.abs((await share(X, 1000)) - 50) < 8, 60)).toBe(true);
      const less = { ...half, budgetUs: 2_000 };
      await done(host.setScheduling(X, scheduling(1, { reservations: [less] })));
      expect(await comesTrue(async () => Math.abs((await share(X, 1000)) - 10) < 4, 60)).toBe(true);
    });

    test('what sleeps elsewhere is reserved for when it moves in, and freed when it leaves', async () => {
      await pool(A, 'rtds', C6, C7);
      await pool(B, 'credit', C5);
      await done(command(X, B, ['sleep', '1000']));
      await done(host.moveDomain(X, A, scheduling(1)));
      expect(threads(X, A)).toMatchObject([{ policy: DEADLINE, allowed: '6-7' }]);
      await done(host.moveCpu(C4, A));
      expect(threads(X, A)).toMatchObject([{ policy: DEADLINE, allowed: '4,6-7' }]);
      await done(host.moveDomain(X, B, scheduling(1)));
      expect(threads(X, B)).toMatchObject([{ policy: FAIR, allowed: '5' }]);
    });

    test('more than the cpus can promise is refused, and nothing is as it was not', async () => {
      await pool(A, 'rtds', C6, C7);
      const most = { ...half, budgetUs: 11_000 };
      const reserved = scheduling(1, { reservations: [most] });
      await done(command(X, A, LOOP, { scheduling: reserved }));
      for (const id of [Y, Z]) await done(command(id, A, LOOP, { scheduling: reserved }));
      expect(await refusal(host.moveCpu(C7, POOL0))).toMatchObject({
        code: 'over-reserved',
        reservedPercent: 165,
      });
      const tooMuch = scheduling(1, { reservations: [{ ...half, budgetUs: 20_000 }] });
      for (const outcome of [host.setScheduling(X, tooMuch), command(domainId(904), A, LOOP)])
        expect(await refusal(outcome)).toMatchObject({ code: 'over-reserved', pool: A });
      for (const id of [X, Y, Z]) expect(policies(id, A)).toEqual([DEADLINE]);
      expect((await host.read()).domains.map(({ id }) => id)).toEqual([X, Y, Z]);
    });

    test('nobody is pinned inside of it', async () => {
      await pool(A, 'rtds', C6, C7);
      await done(command(X, A, LOOP));
      const pinned = scheduling(1, { affinity: [{ hard: [C7], soft: null }] });
      expect(await refusal(host.setScheduling(X, pinned))).toMatchObject({ code: 'pinned-reservation' });
    });

    test('a paused domain has its reservation when it runs again', async () => {
      await pool(A, 'rtds', C7);
      await done(command(X, A, LOOP, { paused: true }));
      expect(policies(X, A)).toEqual([FAIR]);
      await done(host.setPaused(X, false));
      expect(policies(X, A)).toEqual([DEADLINE]);
      await done(host.setPaused(X, true));
      await done(host.setPaused(X, false));
      expect(policies(X, A)).toEqual([DEADLINE]);
    });

    test('as many threads as there are vcpus, also those that begin later', async () => {
      await pool(A, 'rtds', C6, C7);
      const stop = host.watch(() => {});
      await done(command(X, A, script('(while :; do :; done) & while :; do :; done'), { vcpus: 2 }));
      expect(await comesTrue(() => policies(X, A).join() === '6,6', 20)).toBe(true);
      stop();
    });

    test('pool0 has it too', async () => {
      await done(host.setPoolScheduler(POOL0, 'rtds', {}));
      await done(command(X, POOL0, LOOP));
      expect(policies(X, 'pool0')).toEqual([DEADLINE]);
      await done(host.setPoolScheduler(POOL0, 'credit', {}));
      expect(policies(X, 'pool0')).toEqual([FAIR]);
    });
  });

  test('arinc653 is simulated only', async () => {
    expect(await refusal(host.createPool(A, 'arinc653'))).toMatchObject({ code: 'simulated-only' });
  });
});
