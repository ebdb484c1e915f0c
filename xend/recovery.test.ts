import { expect, test } from 'vitest';
import { cpu, describeStep, domainId, regularTopology, type Step } from '../interface/index.ts';
import { compare } from './compare.ts';
import { Definitions } from './definitions.ts';
import { openLedger } from './ledger.ts';
import { recover } from './recovery.ts';
import { TEN_CPUS, xendOn } from './testing/in-process.ts';
import type { MemoryFile } from './testing/memory-file.ts';
import { hostAfter, ModelHost } from './testing/model-host.ts';

/** A xend that has had two pools and two domains; what is left of it is its journal. */
async function journalOfTwoPools(): Promise<MemoryFile> {
  const { send, file } = await xendOn(new ModelHost(TEN_CPUS, false));
  await send('POST', '/v1/pools', { name: 'pool1', cpus: { count: 4 }, params: { timesliceMs: 5 } });
  await send('POST', '/v1/pools', { name: 'pool2', cpus: { list: [1, 3, 5] }, nodes: [0] });
  await send('POST', '/v1/domains', { name: 'A', pool: 'pool1', weight: 512, cap: 50, memoryMib: 300 });
  await send('POST', '/v1/domains', {
    name: 'B',
    pool: 'pool2',
    vcpus: 2,
    paused: true,
    otherKeys: { vif: [] },
  });
  await send('PATCH', '/v1/domains/B', { pin: { vcpu: 1, hard: [3] } });
  await send('PATCH', '/v1/domains/Domain-0', { weight: 1000 });
  return file.afterCrash(100);
}

test('on a new host what ran runs again, where it ran: pools, cpus, parameters, nodes, domains', async () => {
  const before = await xendOn(new ModelHost(TEN_CPUS, false), await journalOfTwoPools());
  const { host, send, said } = await xendOn(new ModelHost(TEN_CPUS, false), before.file.afterCrash(0));
  expect(host.state).toEqual(before.host.state);
  expect((await send('GET', '/v1/domains/B')).body).toMatchObject({
    id: 2,
    pool: 'pool2',
    state: 'paused',
    otherKeys: { vif: [] },
    vcpuList: [{ hard: null }, { hard: [3] }],
  });
  expect((await send('GET', '/v1/host')).body.problems).toEqual([]);
  expect(said).toEqual([{ kind: 'recovery', text: 'built the host again as defined, in 14 steps' }]);
});

test.each([
  true,
  false,
])('the first start leaves a cpu that is offline as it is, and so do later ones', async (keeps) => {
  const host = new ModelHost(TEN_CPUS, keeps);
  await host.setCpuOnline(cpu(4), false);
  const first = await xendOn(host);
  expect((await first.send('GET', '/v1/host')).body).toMatchObject({
    onlineCpus: [0, 1, 2, 3, 5, 6, 7, 8, 9],
    problems: [],
  });
  const again = new ModelHost(TEN_CPUS, keeps);
  await again.setCpuOnline(cpu(4), false);
  const second = await xendOn(again, first.file.afterCrash(100));
  expect((await second.send('GET', '/v1/host')).body.onlineCpus).not.toContain(4);
});

test('a cpu that somebody took into service and that a pool was given since stays in both', async () => {
  const host = new ModelHost(TEN_CPUS);
  await host.setCpuOnline(cpu(4), false);
  const first = await xendOn(host);
  await host.setCpuOnline(cpu(4), true);
  await first.send('POST', '/v1/pools', { name: 'pool1', cpus: { list: [4] } });
  const { said, send } = await xendOn(host, first.file.afterCrash(100));
  expect(said).toEqual([]);
  expect((await send('GET', '/v1/pools/pool1')).body).toMatchObject({ cpuList: '4', state: 'healthy' });
});

test('an id is not used twice, also after its domain is gone and xend was started again', async () => {
  const first = await xendOn(new ModelHost(TEN_CPUS, false), await journalOfTwoPools());
  await first.send('DELETE', '/v1/domains/B');
  const second = await xendOn(new ModelHost(TEN_CPUS, false), first.file.afterCrash(100));
  expect((await second.send('POST', '/v1/domains', { name: 'C' })).body.domain.id).toBe(3);
});

test('on a smaller host a pool gets those of its cpus that exist, and its members stay', async () => {
  const host = new ModelHost(regularTopology({ cpus: 8 }), false);
  const { send } = await xendOn(host, await journalOfTwoPools());
  expect((await send('GET', '/v1/pools/pool1')).body).toMatchObject({ cpuList: '6-7', domains: [1] });
  expect((await send('GET', '/v1/host')).body.problems).toEqual(['pool1 lacks cpus 8-9: this host has 8']);
});

test('a domain whose pool has no cpu left goes to pool0, and back when the host is whole again', async () => {
  const small = new ModelHost(regularTopology({ cpus: 6 }), false);
  const meanwhile = await xendOn(small, await journalOfTwoPools());
  expect((await meanwhile.send('GET', '/v1/domains/A')).body).toMatchObject({ pool: 'pool0', weight: 512 });
  expect((await meanwhile.send('GET', '/v1/host')).body.problems).toEqual([
    'pool1 lacks cpus 6-9: this host has 6',
    'domain A (id 1) is in pool0, not in pool1',
  ]);
  const whole = await xendOn(new ModelHost(TEN_CPUS, false), meanwhile.file.afterCrash(0));
  expect((await whole.send('GET', '/v1/domains/A')).body).toMatchObject({ pool: 'pool1', weight: 512 });
  expect((await whole.send('GET', '/v1/host')).body.problems).toEqual([]);
});

test('a domain that finds no memory is told as a problem, keeps its definition, and can be forgotten', async () => {
  const poor = regularTopology({ cpus: 10, memoryMib: 250 });
  const { send, ledger, said } = await xendOn(new ModelHost(poor, false), await journalOfTwoPools());
  const problem = 'domain A (id 1) does not run: not enough memory is free';
  expect((await send('GET', '/v1/host')).body.problems).toEqual([problem]);
  expect(said).toContainEqual({ kind: 'problem', text: problem });
  expect((await send('GET', '/v1/domains/A')).status).toBe(404);
  expect(ledger.bytes).toBeGreaterThan(0);
  expect((await send('DELETE', '/v1/domains/A')).status).toBe(200);
  expect((await send('GET', '/v1/host')).body.problems).toEqual([]);
  expect((await send('DELETE', '/v1/domains/A')).status).toBe(404);
});

test('a pin to cpus that the host lacks is loosened and told', async () => {
  const { send, file } = await xendOn(new ModelHost(TEN_CPUS, false));
  await send('POST', '/v1/domains', { name: 'A', affinity: { hard: [8, 9], soft: null } });
  const small = await xendOn(new ModelHost(regularTopology({ cpus: 8 }), false), file.afterCrash(100));
  expect((await small.send('GET', '/v1/domains/A')).body.vcpuList).toMatchObject([{ hard: null }]);
  expect((await small.send('GET', '/v1/host')).body.problems).toEqual([
    'domain A (id 1) is pinned to cpus this host lacks',
  ]);
});

test('on a host that keeps its domains, drift is repaired where the definition is clear', async () => {
  const { host, send, file } = await xendOn();
  await send('POST', '/v1/pools', { name: 'pool1', cpus: { count: 4 } });
  await send('POST', '/v1/domains', { name: 'A', pool: 'pool1', weight: 512 });
  await send('POST', '/v1/domains', { name: 'B', pool: 'pool1' });
  const asDefined = host.state;
  const { scheduling } = asDefined.domains[1]!;
  await hostAfter(host, [
    { do: 'moveCpu', cpu: cpu(9), to: 'pool0' },
    { do: 'setPoolParams', pool: 'pool1', params: { timesliceMs: 7 } },
    { do: 'setScheduling', domain: domainId(1), scheduling: { ...scheduling, weight: 1 } },
    { do: 'renameDomain', domain: domainId(1), to: 'Z' },
    { do: 'setPaused', domain: domainId(2), paused: true },
    { do: 'moveDomain', domain: domainId(2), to: 'pool0', scheduling },
  ]);
  const again = await xendOn(host, file.afterCrash(100));
  const { pools, domains } = again.host.state;
  expect({ pools: pools.map(({ cpus }) => cpus), domains }).toEqual({
    pools: asDefined.pools.map(({ cpus }) => cpus),
    domains: asDefined.domains,
  });
  expect(again.said.map(({ kind }) => kind)).toEqual(['recovery']);
});

test('what a host has and nobody defined is taken as it is; a guest that ended is told and not made up', async () => {
  const { host, file, send } = await xendOn();
  await send('POST', '/v1/domains', { name: 'A' });
  const spec = { ...host.state.domains[1]!, id: domainId(7), name: 'stranger' };
  const behindOurBack: Step[] = [
    { do: 'destroyDomain', domain: domainId(1) },
    { do: 'createPool', pool: 'theirs', scheduler: 'credit' },
    { do: 'moveCpu', cpu: cpu(9), to: 'theirs' },
    { do: 'createDomain', spec },
  ];
  await hostAfter(host, behindOurBack);
  const again = await xendOn(host, file.afterCrash(100));
  expect((await again.send('GET', '/v1/host')).body.problems).toEqual(['domain A (id 1) is gone']);
  expect((await again.send('GET', '/v1/pools/theirs')).body.cpuList).toBe('9');
  const ledger = await openLedger(again.file.afterCrash(100));
  if (!ledger.ok) throw new Error('not opened');
  expect([...ledger.value.definitions.domains.keys()]).toEqual([0, 1, 7]);
  expect(ledger.value.definitions.ownerOf(cpu(9))).toBe('theirs');
});

test('a plan that cannot be finished is taken back, and the start says so', async () => {
  const { host, file, service } = await xendOn();
  host.fate = (step) => (step.do === 'moveCpu' && step.cpu === 8 ? 'crash-before' : null);
  const change = service.change({ kind: 'pool-create', name: 'pool1', cpus: { count: 3 } });
  await Promise.race([change, new Promise((resolve) => setTimeout(resolve, 50))]);
  host.fate = (step) => (step.do === 'moveCpu' && step.to === 'pool1' ? 'refuse' : null);
  const ledger = await openLedger(file.afterCrash(0));
  if (!ledger.ok) throw new Error('not opened');
  expect(await recover(host, ledger.value)).toMatchObject({
    value: [
      {
        kind: 'recovery',
        text: 'took back what was begun: pool-create pool1 ncpu=3 (cannot move cpu 8 to pool1: the host failed to moveCpu: it did not like to)',
      },
    ],
  });
  expect(host.state.pools).toMatchObject([{ name: 'pool0', cpus: { length: 10 } }]);
});

test('a torn end of the journal is said', async () => {
  const { file } = await xendOn();
  file.content = Buffer.concat([file.content, Buffer.from('0badc0de {"n":')]);
  const { said } = await xendOn(new ModelHost(TEN_CPUS), file);
  expect(said).toEqual([{ kind: 'recovery', text: "cut 14 torn bytes off the journal's end" }]);
});

test('differences come in the order in which they can be repaired', async () => {
  const wish = new Definitions();
  const host = new ModelHost(TEN_CPUS, false);
  wish.adopt(host.state);
  wish.follow({ do: 'createPool', pool: 'p', scheduler: 'credit' });
  wish.follow({ do: 'moveCpu', cpu: cpu(4), to: 'p' });
  wish.follow({ do: 'setCpuOnline', cpu: cpu(5), online: false });
  const differences = compare(wish, await host.describe(), host.state);
  expect(differences.map(({ repair }) => repair && describeStep(repair))).toEqual([
    'create pool p with scheduler credit',
    'take cpu 5 offline',
    'move cpu 4 to p',
  ]);
});
