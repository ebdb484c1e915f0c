/**
 * The contract of interface/host.ts, sentence by sentence: every driver runs it. It asks for a host of at least four
 * cpus with three to spare in pool0, calls nothing but `Host`, and takes back what it made.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Cpu,
  DOMAIN0,
  type DomainId,
  type DomainSpec,
  domainId,
  done,
  type Host,
  type HostState,
  type NodeId,
  NS_PER_MS,
  type Outcome,
  POOL0,
  type RefusalCode,
  type SchedulerName,
  type Scheduling,
} from '../interface/index.ts';
import { expectLaw, scheduling, specOf } from './conformance-words.ts';

const [A, B] = ['conformance-a', 'conformance-b'];
const [X, Y] = [domainId(32_001), domainId(32_002)];
const NOBODY = domainId(32_009);
/** Long enough for some accountings of any scheduler. */
const LOOK_MS = 600;

/** `pass` lets host time pass: really, unless the host's clock is the test's own. */
export function describeHost(
  name: string,
  open: () => Promise<Host>,
  pass: (ms: number) => Promise<void> = sleep,
): void {
  describe(`host ${name}`, () => {
    let host: Host;
    let scheduler: SchedulerName;
    /** Three cpus that pool0 can spare, highest first. */
    let cpus: [Cpu, Cpu, Cpu];

    beforeEach(async () => {
      host = await open();
      scheduler = (await host.describe()).schedulers[0]!;
      cpus = poolOf(await host.read(), POOL0)
        .cpus.slice(-3)
        .reverse() as [Cpu, Cpu, Cpu];
    });

    afterEach(async () => {
      const state = await host.read();
      for (const { id } of state.domains) if (id >= X) await host.destroyDomain(id);
      for (const { cpu } of (await host.describe()).topology.cpus) await host.setCpuOnline(cpu, true);
      for (const { name, cpus } of state.pools) {
        if (name === POOL0) continue;
        await moveAll(host, cpus, POOL0);
        await host.destroyPool(name);
      }
      await host.close();
    });

    /** A pool of these cpus. */
    async function poolWith(name: string, ...cpus: Cpu[]): Promise<void> {
      expectDone(await host.createPool(name, scheduler));
      expectDone(await moveAll(host, cpus, name));
    }

    async function create(id: DomainId, change: Partial<DomainSpec> = {}): Promise<DomainSpec> {
      const spec = specOf(await host.read(), id, change);
      expectDone(await host.createDomain(spec));
      return spec;
    }

    /** Percent of one cpu that each domain gets while time passes. */
    async function shares(ms: number, ...ids: DomainId[]): Promise<number[]> {
      const before = await host.usage();
      await pass(ms);
      const after = await host.usage();
      const used = ({ domains }: typeof before, id: DomainId) =>
        domains.find((one) => one.id === id)!.vcpuNs.reduce((sum, ns) => sum + ns, 0);
      return ids.map((id) => (100 * (used(after, id) - used(before, id))) / (after.nowNs - before.nowNs));
    }

    /** Over a longer time where the machine below was too busy to tell. */
    async function expectShares(isRight: (shares: number[]) => boolean, ...ids: DomainId[]): Promise<void> {
      let measured = await shares(3 * LOOK_MS, ...ids);
      for (let n = 6; n <= 24 && !isRight(measured); n *= 2) measured = await shares(n * LOOK_MS, ...ids);
      expect(isRight(measured), `shares ${measured.join(', ')}`).toBe(true);
    }

    async function refused(code: RefusalCode, ask: () => Promise<Outcome<void>>): Promise<void> {
      const before = await host.read();
      expect(await ask()).toMatchObject({ ok: false, refusal: { code } });
      expect({ ...(await host.read()), nowNs: 0 }).toEqual({ ...before, nowNs: 0 });
    }

    test('describes cpus by number, and at least one scheduler', async () => {
      const { topology, schedulers } = await host.describe();
      expect(topology.cpus.map(({ cpu }) => cpu)).toEqual(topology.cpus.map((_, i) => i));
      expect(topology.cpus.length).toBeGreaterThanOrEqual(4);
      expect(schedulers.length).toBeGreaterThan(0);
      const nodes = topology.nodes.map(({ node }) => node);
      for (const { node } of topology.cpus) expect(nodes).toContain(node);
    });

    test('has its online cpus in exactly one pool each, pool0 first, the control domain there', async () => {
      await poolWith(B, cpus[1], cpus[0]);
      await poolWith(A);
      const state = await host.read();
      expectLaw(state);
      expect(state.pools.map(({ name }) => name).filter((name) => name === A || name === B)).toEqual([B, A]);
      expect(state.domains.find(({ id }) => id === DOMAIN0)?.pool ?? POOL0).toBe(POOL0);
    });

    test('its clock never goes back', async () => {
      const times: number[] = [];
      for (let i = 0; i < 3; i++) {
        times.push((await host.read()).nowNs, (await host.usage()).nowNs);
        await pass(2);
      }
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(4 * NS_PER_MS);
    });

    test('a new pool has no cpus, no nodes of its own, the scheduler that was asked for', async () => {
      await poolWith(A);
      expect(poolOf(await host.read(), A)).toMatchObject({ name: A, scheduler, cpus: [], nodes: null });
      await refused('pool-exists', () => host.createPool(A, scheduler));
      await refused('unknown-scheduler', () => host.createPool(B, 'none' as SchedulerName));
    });

    test('only a pool without cpus and members is destroyed', async () => {
      await poolWith(A, cpus[0]);
      await refused('pool-has-cpus', () => host.destroyPool(A));
      await create(X, { pool: A });
      await refused('pool-has-members', () => host.destroyPool(A));
      await refused('pool0-stays', () => host.destroyPool(POOL0));
      expectDone(await host.destroyDomain(X));
      expectDone(await host.moveCpu(cpus[0], POOL0));
      expectDone(await host.destroyPool(A));
      await refused('unknown-pool', () => host.destroyPool(A));
    });

    test('a renamed pool keeps its place, its cpus and its members', async () => {
      await poolWith(A, cpus[0]);
      await create(X, { pool: A });
      const before = await host.read();
      expectDone(await host.renamePool(A, B));
      const after = await host.read();
      expect(after.pools).toEqual(before.pools.map((one) => (one.name === A ? { ...one, name: B } : one)));
      expect(domainOf(after, X).pool).toBe(B);
      await refused('unknown-pool', () => host.renamePool(A, 'c'));
      await refused('pool0-stays', () => host.renamePool(POOL0, 'c'));
      await refused('pool-exists', () => host.renamePool(B, B));
    });

    test('a cpu on its way from pool to pool is never seen in neither or in both', async () => {
      await poolWith(A, cpus[0]);
      await poolWith(B, cpus[1]);
      for (const to of [B, A, POOL0, B]) {
        const moving = host.moveCpu(cpus[2], to);
        for (let look = 0; look < 5; look++) expectLaw(await host.read());
        expectDone(await moving);
        expect(poolOf(await host.read(), to).cpus).toContain(cpus[2]);
      }
    });

    test('refuses cpus that are not there, the boot cpu, and the last one of members', async () => {
      await poolWith(A, cpus[0]);
      await create(X, { pool: A });
      const { topology } = await host.describe();
      await refused('unknown-pool', () => host.moveCpu(cpus[1], B));
      await refused('unknown-cpu', () => host.moveCpu(topology.cpus.length as Cpu, A));
      await refused('boot-cpu-stays', () => host.moveCpu(0 as Cpu, A));
      await refused('boot-cpu-stays', () => host.setCpuOnline(0 as Cpu, false));
      await refused('pool-would-starve', () => host.moveCpu(cpus[0], POOL0));
      await refused('pool-would-starve', () => host.setCpuOnline(cpus[0], false));
    });

    test('an offline cpu is in no pool, one that comes online joins pool0', async () => {
      await poolWith(A, cpus[0], cpus[1]);
      expectDone(await host.setCpuOnline(cpus[0], false));
      expectDone(await host.setCpuOnline(cpus[0], false));
      const state = await host.read();
      expect(state.online).not.toContain(cpus[0]);
      expectLaw(state);
      await refused('cpu-offline', () => host.moveCpu(cpus[0], A));
      expectDone(await host.setCpuOnline(cpus[0], true));
      expect(poolOf(await host.read(), POOL0).cpus).toContain(cpus[0]);
      expectLaw(await host.read());
    });

    test('nodes and parameters of a pool are kept as set, within what there is', async () => {
      await poolWith(A);
      const { nodes } = (await host.describe()).topology;
      const first = [nodes[0]!.node];
      expectDone(await host.setPoolNodes(A, first));
      expect(poolOf(await host.read(), A).nodes).toEqual(first);
      await refused('unknown-node', () => host.setPoolNodes(A, [9999 as NodeId]));
      expectDone(await host.setPoolNodes(A, null));
      expect(poolOf(await host.read(), A).nodes).toBeNull();
      const { params } = poolOf(await host.read(), A);
      const changed = 'timesliceMs' in params ? { ...params, timesliceMs: 7 } : params;
      expectDone(await host.setPoolParams(A, changed));
      expect(poolOf(await host.read(), A).params).toEqual(changed);
      await refused('unknown-pool', () => host.setPoolParams(B, {}));
      await refused('unknown-pool', () => host.setPoolNodes(B, null));
    });

    test('a pool has each scheduler that is offered, and its members what they had, whatever comes after', async () => {
      const { schedulers, changesScheduler } = await host.describe();
      await poolWith(A, cpus[0], cpus[1]);
      const spec = await create(X, { pool: A, scheduling: scheduling(1, 300, 80) });
      const { params } = poolOf(await host.read(), A);
      for (const other of changesScheduler ? [...schedulers, scheduler] : []) {
        expectDone(await host.setPoolScheduler(A, other, other === scheduler ? params : {}));
        expect(poolOf(await host.read(), A)).toMatchObject({ scheduler: other, cpus: [cpus[1], cpus[0]] });
        expect(domainOf(await host.read(), X)).toEqual(spec);
        await pass(20);
      }
      expect(poolOf(await host.read(), A)).toMatchObject({ scheduler, params });
      if (!changesScheduler) return;
      await refused('unknown-pool', () => host.setPoolScheduler(B, scheduler, {}));
      await refused('unknown-scheduler', () => host.setPoolScheduler(A, 'none' as SchedulerName, {}));
    });

    test('a reservation is kept and counts under rtds, a schedule under arinc653', async () => {
      const { schedulers } = await host.describe();
      const reservations = [{ periodUs: 20_000, budgetUs: 10_000, extratime: false }];
      for (const other of schedulers) {
        if (other !== 'rtds' && other !== 'arinc653') continue;
        expectDone(await host.createPool(A, other));
        expectDone(await host.moveCpu(cpus[0], A));
        const spec = await create(X, { pool: A, scheduling: { ...scheduling(1), reservations } });
        expect(domainOf(await host.read(), X)).toEqual(spec);
        const schedule = { frameUs: 10_000, slots: [{ domain: X, vcpu: 0, runUs: 5_000 }] };
        if (other === 'arinc653') expectDone(await host.setPoolParams(A, { schedule }));
        expect(poolOf(await host.read(), A).params).toEqual(other === 'arinc653' ? { schedule } : {});
        await pass(100);
        await expectShares(([half]) => half! > 40 && half! < 60, X);
        expectDone(await host.setScheduling(X, scheduling(1)));
        expect(domainOf(await host.read(), X).scheduling).toEqual(scheduling(1));
        expectDone(await host.destroyDomain(X));
        expectDone(await host.moveCpu(cpus[0], POOL0));
        expectDone(await host.destroyPool(A));
      }
    });

    test('a domain is what its spec says, until it is destroyed; its memory goes and comes back', async () => {
      await poolWith(A, cpus[0], cpus[1]);
      const free = (state: HostState) => state.memory.map(({ freeMib }) => freeMib);
      const before = free(await host.read());
      const spec = await create(X, { pool: A, vcpus: 2, scheduling: scheduling(2, 300, 120) });
      const state = await host.read();
      expect(domainOf(state, X)).toEqual(spec);
      const taken = before.reduce((sum, mib, i) => sum + mib - free(state)[i]!, 0);
      expect(taken).toBe(spec.memory.reduce((sum, { mib }) => sum + mib, 0));
      expectDone(await host.destroyDomain(X));
      expect(free(await host.read())).toEqual(before);
      await refused('unknown-domain', () => host.destroyDomain(X));
    });

    test('refuses a domain nowhere, without a cpu, twice, or larger than its memory', async () => {
      await poolWith(A);
      const spec = await create(X);
      const state = await host.read();
      await refused('unknown-pool', () => host.createDomain(specOf(state, Y, { pool: B })));
      await refused('pool-needs-a-cpu', () => host.createDomain(specOf(state, Y, { pool: A })));
      await refused('domain-exists', () => host.createDomain(spec));
      const { node, totalMib } = state.memory[0]!;
      const memory = [{ node, mib: totalMib + 1 }];
      await refused('too-little-memory', () => host.createDomain(specOf(state, Y, { memory })));
    });

    test('after a move a domain has exactly the scheduling that was asked for; memory and cpu time stay', async () => {
      await poolWith(A, cpus[0]);
      await poolWith(B, cpus[1], cpus[2]);
      const spec = await create(X, { pool: A });
      await pass(50);
      const used = (await host.usage()).domains.find(({ id }) => id === X)!.vcpuNs[0]!;
      const pinned: Scheduling = { weight: 999, cap: 60, affinity: [{ hard: [cpus[2]], soft: null }] };
      expectDone(await host.moveDomain(X, B, pinned));
      expect(domainOf(await host.read(), X)).toEqual({ ...spec, pool: B, scheduling: pinned });
      const after = (await host.usage()).domains.find(({ id }) => id === X)!;
      expect(after.vcpuNs[0]).toBeGreaterThanOrEqual(used);
      expect(after.vcpuStates[0]!.cpu).toBe(cpus[2]);
      expectDone(await host.moveCpu(cpus[0], POOL0));
      await refused('pool-needs-a-cpu', () => host.moveDomain(X, A, pinned));
      await refused('unknown-pool', () => host.moveDomain(X, 'none', pinned));
      await refused('unknown-domain', () => host.moveDomain(NOBODY, B, pinned));
    });

    test('scheduling, name and pause are set and read back', async () => {
      await poolWith(A, cpus[0], cpus[1]);
      const spec = await create(X, { pool: A });
      expect(domainOf(await host.read(), X)).toEqual(spec);
      const other: Scheduling = { weight: 12, cap: 34, affinity: [{ hard: [cpus[1]], soft: [cpus[1]] }] };
      expectDone(await host.setScheduling(X, other));
      expectDone(await host.renameDomain(X, 'conformance-renamed'));
      expectDone(await host.setPaused(X, true));
      expectDone(await host.setPaused(X, true));
      expect(domainOf(await host.read(), X)).toEqual({
        ...spec,
        scheduling: other,
        name: 'conformance-renamed',
        paused: true,
      });
      await refused('unknown-domain', () => host.setScheduling(NOBODY, other));
      await refused('unknown-domain', () => host.renameDomain(NOBODY, 'x'));
      await refused('unknown-domain', () => host.setPaused(NOBODY, true));
    });

    test('tells the usage of the pools that were asked for, a number and a state a vcpu', async () => {
      await poolWith(A, cpus[0]);
      await create(X, { pool: A, vcpus: 2 });
      await create(Y);
      const ids = (await host.usage([A])).domains.map(({ id }) => id);
      expect(ids).toEqual([X]);
      const all = await host.usage();
      expect(all.domains.map(({ id }) => id)).toEqual(expect.arrayContaining([X, Y]));
      const [one] = all.domains.filter(({ id }) => id === X);
      expect(one!.vcpuNs).toHaveLength(2);
      expect(one!.vcpuStates).toHaveLength(2);
      for (const { cpu } of one!.vcpuStates) expect(cpu).toBe(cpus[0]);
    });

    test('a pool is a boundary: its domains use its cpus, no more and no others', async () => {
      await poolWith(A, cpus[0]);
      await create(X, { pool: A, vcpus: 2 });
      await create(Y, { pool: A });
      const [x, y] = await shares(LOOK_MS, X, Y);
      expect(x! + y!).toBeGreaterThan(50);
      // Measured while the machine may have other things to do; two cpus would be 200.
      expect(x! + y!).toBeLessThan(120);
      for (const { vcpuStates } of (await host.usage([A])).domains)
        for (const { cpu } of vcpuStates) expect(cpu).toBe(cpus[0]);
    });

    test('a weight counts inside the pool, a cap holds, and a paused domain uses nothing', async () => {
      await poolWith(A, cpus[0]);
      await create(X, { pool: A, scheduling: scheduling(1, 512) });
      await create(Y, { pool: A, scheduling: scheduling(1, 256) });
      await expectShares(([heavy, light]) => heavy! / light! > 1.6 && heavy! / light! < 2.5, X, Y);
      expectDone(await host.setPaused(Y, true));
      expectDone(await host.setScheduling(X, scheduling(1, 512, 40)));
      await pass(100);
      await expectShares(([capped, paused]) => capped! > 25 && capped! < 55 && paused! < 1, X, Y);
      expectDone(await host.setPaused(Y, false));
      expect((await shares(LOOK_MS, Y))[0]).toBeGreaterThan(30);
    });

    test('a domain that is asked to shut down ends, in its own time', async () => {
      await poolWith(A, cpus[0]);
      await create(X, { pool: A });
      expectDone(await host.shutdownDomain(X));
      const isThere = async () => (await host.read()).domains.some(({ id }) => id === X);
      for (let n = 0; n < 500 && (await isThere()); n++) await pass(20);
      await refused('unknown-domain', () => host.shutdownDomain(X));
    });

    test('domains outlive the connection where the host says so', async () => {
      if (!(await host.describe()).keepsDomains) return;
      const spec = await create(X);
      await host.close();
      host = await open();
      expect(domainOf(await host.read(), X)).toEqual(spec);
    });
  });
}

/** In one step where the host can. */
async function moveAll(host: Host, cpus: readonly Cpu[], to: string): Promise<Outcome<void>> {
  if (host.moveCpus !== undefined) return host.moveCpus(cpus, to);
  for (const cpu of cpus) {
    const moved = await host.moveCpu(cpu, to);
    if (!moved.ok) return moved;
  }
  return done(undefined);
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const poolOf = (state: HostState, name: string) => state.pools.find((pool) => pool.name === name)!;
const domainOf = (state: HostState, id: DomainId) => state.domains.find((domain) => domain.id === id)!;

function expectDone(outcome: Outcome<void>): void {
  expect(outcome).toEqual({ ok: true, value: undefined });
}
