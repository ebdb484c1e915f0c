import { expect, test } from 'vitest';
import { type Cpu, done, type HostState, POOL0, refuse } from '../interface/index.ts';
import { TEN_CPUS, xendOn } from './testing/in-process.ts';
import { ModelHost } from './testing/model-host.ts';

/** A model that others may change: by `state`, and `notice` tells of it. */
class SharedModel extends ModelHost {
  notice: () => void = () => {};
  mends = 0;
  refusesToMend = false;

  watch(notice: () => void): () => void {
    this.notice = notice;
    return () => {};
  }

  async mendPool(name: string, cpus: readonly Cpu[]) {
    this.mends++;
    if (this.refusesToMend) return refuse({ code: 'cpu-held', cpu: cpus[0]!, holder: 'system.slice' });
    this.state = withCpus(this.state, name, cpus);
    return done(['took cpus 9 from the list of system.slice']);
  }
}

function withCpus(state: HostState, name: string, cpus: readonly Cpu[]): HostState {
  const pools = state.pools.map((pool) => (pool.name === name ? { ...pool, cpus } : pool));
  const taken = pools.filter((pool) => pool.name !== POOL0).flatMap((pool) => pool.cpus);
  const rest = state.online.filter((cpu) => !taken.includes(cpu));
  return { ...state, pools: pools.map((pool) => (pool.name === POOL0 ? { ...pool, cpus: rest } : pool)) };
}

async function guarded() {
  const host = new SharedModel(TEN_CPUS);
  const stand = await xendOn(host);
  await stand.send('POST', '/v1/pools', { name: 'pool1', cpus: { list: [8, 9] } });
  await stand.send('POST', '/v1/domains', { name: 'vm', pool: 'pool1' });
  stand.guard.start();
  const settled = () => stand.service.inTurn(async () => {});
  await settled();
  const events: string[] = [];
  stand.events.listen(null, { hear: ({ kind, text }) => events.push(`${kind}: ${text}`), end: () => {} });
  const breakPool = async () => {
    host.state = withCpus(host.state, 'pool1', []);
    host.notice();
    await settled();
  };
  return { ...stand, host, events, settled, breakPool };
}

const cpusOf = (state: HostState, name: string) => state.pools.find((pool) => pool.name === name)!.cpus;

test('a pool that others broke is told with who is hurt, mended, and told again', async () => {
  const { host, events, breakPool, guard } = await guarded();
  await breakPool();
  expect(cpusOf(host.state, 'pool1')).toEqual([8, 9]);
  expect(events).toEqual([
    'problem: pool1 has cpus none, not 8-9; this concerns vm (id 1)',
    'recovery: repaired: pool1 has cpus none, not 8-9; this concerns vm (id 1); took cpus 9 from the list of system.slice',
  ]);
  expect(guard.outcomes.get('repaired')).toBe(1);
});

test('a healthy host is looked at, and nothing is done or said', async () => {
  const { host, events, settled } = await guarded();
  host.notice();
  await settled();
  expect([events, host.mends]).toEqual([[], 0]);
});

test('who breaks it a fourth time within a minute is left alone for one, and not longer', async () => {
  const { host, events, breakPool, settled, send } = await guarded();
  for (let n = 0; n < 4; n++) await breakPool();
  expect(host.mends).toBe(3);
  expect(events.at(-1)).toMatch(/repaired 3 times within a minute and undone again: left alone for 60 s$/);
  expect((await send('GET', '/v1/pools/pool1')).body.state).toBe('broken');
  host.nowNs = 61e9;
  host.notice();
  await settled();
  expect(cpusOf(host.state, 'pool1')).toEqual([8, 9]);
});

test('a repair that is refused is said once, and tried again later and later', async () => {
  const { host, events, breakPool, settled } = await guarded();
  host.refusesToMend = true;
  await breakPool();
  const tries: number[] = [];
  for (let s = 0; s <= 16; s++) {
    host.nowNs = s * 1e9;
    host.notice();
    await settled();
    tries.push(host.mends);
  }
  expect(tries.at(-1)).toBe(5);
  expect(events.filter((event) => event.startsWith('problem: cannot repair'))).toHaveLength(1);
});

test('a cpu that somebody takes offline stays so: its pool is degraded, and has it again when it is back', async () => {
  const { host, events, settled, send } = await guarded();
  const before = host.state;
  host.state = withCpus({ ...before, online: before.online.slice(0, 9) }, 'pool1', [8 as Cpu]);
  host.notice();
  await settled();
  expect(events).toEqual(['problem: pool1 is degraded: cpus 9 are offline; this concerns vm (id 1)']);
  expect((await send('GET', '/v1/pools/pool1')).body).toMatchObject({ state: 'degraded', cpuList: '8' });
  expect(host.state.online).not.toContain(9);
  host.state = withCpus({ ...host.state, online: before.online }, 'pool1', [8 as Cpu]);
  host.notice();
  await settled();
  expect(cpusOf(host.state, 'pool1')).toEqual([8, 9]);
});

test('a domain that has ended is an event and no longer wished for', async () => {
  const { host, events, settled, send } = await guarded();
  host.state = { ...host.state, domains: host.state.domains.filter(({ id }) => id !== 1) };
  host.notice();
  await settled();
  expect(events).toEqual(['change: domain vm (id 1) has ended']);
  expect((await send('GET', '/v1/host')).body.problems).toEqual([]);
});

test('a change under way is not disturbed: the look waits for its turn', async () => {
  const { host, events, send, settled } = await guarded();
  host.notice();
  const changed = await send('PATCH', '/v1/pools/pool1', { cpus: { list: [7, 8, 9] } });
  await settled();
  expect(changed.status).toBe(200);
  expect(events.filter((event) => event.startsWith('problem'))).toEqual([]);
});

test('what is over is told in the words it was met with, whatever it came to look like', async () => {
  const { host, events, breakPool, settled } = await guarded();
  host.refusesToMend = true;
  await breakPool();
  host.state = withCpus(host.state, 'pool1', [8 as Cpu]);
  host.notice();
  await settled();
  host.state = withCpus(host.state, 'pool1', [8, 9] as Cpu[]);
  host.notice();
  await settled();
  const met = 'pool1 has cpus none, not 8-9; this concerns vm (id 1)';
  expect(events.filter((event) => !event.includes('cannot'))).toEqual([
    `problem: ${met}`,
    `recovery: over by itself: ${met}`,
  ]);
});

test('a repair that was done and mended nothing is told, too', async () => {
  const { host, events, breakPool, settled } = await guarded();
  host.mendPool = async () => done([]);
  await breakPool();
  host.nowNs = 10e9;
  host.notice();
  await settled();
  const met = 'pool1 has cpus none, not 8-9; this concerns vm (id 1)';
  expect(events).toEqual([
    `problem: ${met}`,
    `problem: cannot repair that ${met}: it was done, and now ${met}`,
  ]);
});
