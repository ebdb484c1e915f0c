import * as v from 'valibot';
import { beforeEach, expect, test } from 'vitest';
import { changeShape, domainShape, hostShape, poolShape, problemShape } from './answer-shapes.ts';
import { createApp } from './server.ts';
import { xendOn } from './testing/in-process.ts';
import { REFUSED } from './testing/refused-requests.ts';

let xend: Awaited<ReturnType<typeof xendOn>>;
beforeEach(async () => {
  xend = await xendOn();
  await xend.send('POST', '/v1/pools', { name: 'pool1', cpus: { count: 4 } });
  await xend.send('POST', '/v1/pools', { name: 'pool2', cpus: { list: [1, 3, 5] } });
  await xend.send('POST', '/v1/domains', { name: 'vm5', pool: 'pool1', otherKeys: { vif: ['bridge=br0'] } });
});

test('the proposal: pools by count and by list, a domain in one of them', async () => {
  const { body } = await xend.send('GET', '/v1/pools');
  expect(body.pools).toMatchObject([
    { name: 'pool0', cpuList: '0,2,4', domains: [0] },
    { name: 'pool1', cpuList: '6-9', domains: [1] },
    { name: 'pool2', cpuList: '1,3,5', domains: [] },
  ]);
});

test('every answer has the shape that openapi.json promises', async () => {
  const { send } = xend;
  const pools = (await send('GET', '/v1/pools')).body.pools;
  const domains = (await send('GET', '/v1/domains')).body.domains;
  v.parse(v.array(poolShape), pools);
  v.parse(v.array(domainShape), domains);
  expect(domains[1].otherKeys).toEqual({ vif: ['bridge=br0'] });
  expect((await send('GET', '/v1/pools/pool1')).body).toEqual(pools[1]);
  expect((await send('GET', '/v1/domains/vm5')).body).toEqual(domains[1]);
  expect((await send('GET', '/v1/domains/1')).body).toEqual(domains[1]);
  v.parse(hostShape, (await send('GET', '/v1/host')).body);
  v.parse(problemShape, (await send('GET', '/v1/pools/pool9')).body);
  v.parse(changeShape, (await send('PATCH', '/v1/domains/vm5', { weight: 512 })).body);
  v.parse(changeShape, (await send('PATCH', '/v1/pools/pool1', { cpus: { count: 3 } })).body);
  expect((await send('GET', '/openapi.json')).body.openapi).toBe('3.1.0');
});

test('each change answers what it did, and the pool or domain as it is now', async () => {
  const { send } = xend;
  const created = await send('POST', '/v1/pools', {
    name: 'pool3',
    cpus: { count: 1 },
    params: { timesliceMs: 5 },
  });
  expect(created).toMatchObject({
    status: 201,
    body: { changed: true, dryRun: false, pool: { cpuList: '4' } },
  });
  expect(created.body.steps).toContain('create pool pool3 with scheduler credit');
  const renamed = await send('PATCH', '/v1/pools/pool3', { name: 'pool4' });
  expect(renamed).toMatchObject({
    status: 200,
    body: { pool: { name: 'pool4', params: { timesliceMs: 5 } } },
  });
  const moved = await send('PATCH', '/v1/domains/1', { pool: 'pool4', weight: 512, paused: true });
  expect(moved.body.domain).toMatchObject({ pool: 'pool4', weight: 512, paused: true });
  expect((await send('PATCH', '/v1/domains/1', { weight: 512 })).body).toMatchObject({
    changed: false,
    steps: [],
  });
  expect((await send('DELETE', '/v1/domains/vm5')).status).toBe(200);
  expect((await send('DELETE', '/v1/pools/pool4')).body).toMatchObject({ changed: true });
  expect((await send('PATCH', '/v1/cpus/2', { online: false })).body).toMatchObject({ changed: true });
  expect((await send('GET', '/v1/host')).body.onlineCpus).toHaveLength(9);
});

test('a dry run answers the plan and changes nothing, neither host nor journal nor events', async () => {
  const [state, bytes] = [xend.host.state, xend.ledger.bytes];
  const heard: unknown[] = [];
  xend.events.listen(null, { hear: (event) => heard.push(event), end: () => {} });
  const answer = await xend.send('POST', '/v1/pools?dryRun=true', { name: 'pool3', cpus: { count: 2 } });
  expect(answer).toMatchObject({ status: 200, body: { dryRun: true, changed: true } });
  expect(answer.body.steps).toHaveLength(3);
  expect(await xend.send('DELETE', '/v1/pools/pool1?dryRun=true')).toMatchObject({
    body: { code: 'pool-has-members' },
  });
  expect(xend.host.state).toBe(state);
  expect(xend.ledger.bytes).toBe(bytes);
  expect(heard).toEqual([]);
});

test.each(
  REFUSED,
)('%s %s %j is refused with %i %s', async (method, path, body, status, code, objects = {}) => {
  const { state } = xend.host;
  const answer = await xend.send(method, path, body);
  expect(answer.body).toMatchObject({ status, code, type: `urn:cpu-pools:refusal:${code}`, with: objects });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(v.parse(problemShape, answer.body).title).not.toMatch(/\n| at .*:\d+/);
  expect(xend.host.state).toBe(state);
});

test('a body that is not UTF-8 is refused', async () => {
  const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]);
  const response = await xend.app.request('/v1/pools', { method: 'POST', body });
  expect(await response.json()).toMatchObject({ with: { field: 'body', why: 'is not UTF-8' } });
});

test('a change for a pool that somebody else has changed since is refused with both generations', async () => {
  const seen = await xend.send('GET', '/v1/pools/pool1');
  const etag = seen.headers.get('etag')!;
  expect(etag).toBe(`"${seen.body.generation}"`);
  const modify = (count: number, match: string) =>
    xend.send('PATCH', '/v1/pools/pool1', { cpus: { count } }, { 'if-match': match });
  expect((await modify(3, etag)).status).toBe(200);
  const late = await modify(2, etag);
  expect(late).toMatchObject({ status: 412, body: { code: 'pool-changed' } });
  expect(late.body.with.expected).toBe(seen.body.generation);
  expect(late.body.with.found).toBeGreaterThan(seen.body.generation);
  expect((await modify(2, '*')).status).toBe(200);
  expect(await modify(2, 'W/3')).toMatchObject({ status: 400, body: { with: { field: 'If-Match' } } });
});

test('a member that comes or goes is a new generation of its pool, a weight is not', async () => {
  const generation = async () => (await xend.send('GET', '/v1/pools/pool1')).body.generation;
  const first = await generation();
  await xend.send('PATCH', '/v1/domains/vm5', { weight: 512 });
  expect(await generation()).toBe(first);
  await xend.send('PATCH', '/v1/domains/vm5', { pool: 'pool2' });
  expect(await generation()).toBeGreaterThan(first);
});

test('of two changes of one pool at once one wins, the other is told which; domains wait for their turn', async () => {
  const answers = await Promise.all([
    xend.send('PATCH', '/v1/pools/pool1', { cpus: { count: 3 } }),
    xend.send('PATCH', '/v1/pools/pool1', { cpus: { count: 2 } }),
    xend.send('DELETE', '/v1/pools/pool1'),
    xend.send('PATCH', '/v1/pools/pool2', { cpus: { list: [1, 3] } }),
    xend.send('PATCH', '/v1/domains/vm5', { weight: 1 }),
    xend.send('PATCH', '/v1/domains/vm5', { weight: 2 }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 409, 409, 200, 200, 200]);
  expect(answers[1]!.body).toMatchObject({
    code: 'change-under-way',
    with: { pool: 'pool1', other: 'pool-modify pool1 ncpu=3' },
  });
  expect((await xend.send('GET', '/v1/pools/pool1')).body.cpus).toHaveLength(3);
});

test('a step that the host refuses takes everything back, and the refusal and an event say so', async () => {
  const before = (await xend.send('GET', '/v1/pools')).body;
  xend.host.fate = (step) =>
    step.do === 'moveCpu' && step.to === 'pool3' && step.cpu === 2 ? 'refuse' : null;
  const heard: string[] = [];
  xend.events.listen(null, { hear: ({ kind }) => heard.push(kind), end: () => {} });
  const answer = await xend.send('POST', '/v1/pools', { name: 'pool3', cpus: { count: 2 } });
  expect(answer).toMatchObject({ status: 500, body: { code: 'host-failed', with: { undone: true } } });
  expect((await xend.send('GET', '/v1/pools')).body).toEqual(before);
  expect(heard).toEqual(['problem']);
});

test('a step that says done and does nothing is noticed and taken back', async () => {
  const { moveCpu } = xend.host;
  xend.host.moveCpu = (cpu, to) =>
    to === 'pool3' ? Promise.resolve({ ok: true, value: undefined }) : moveCpu(cpu, to);
  const answer = await xend.send('POST', '/v1/pools', { name: 'pool3', cpus: { count: 2 } });
  expect(answer.body).toMatchObject({
    code: 'host-failed',
    with: { why: 'it said done, and is not so', undone: true },
  });
  expect(xend.host.state.pools).toHaveLength(3);
});

test('when the state cannot be written, a change is refused before its first step, and works when it can', async () => {
  const taken = xend.host.taken.length;
  for (const [fate, why] of [['full', 'no space left on the disk'] as const]) {
    xend.file.fate = () => ({ kind: fate, bytes: 3 });
    const answer = await xend.send('DELETE', '/v1/pools/pool2');
    expect(answer).toMatchObject({ status: 507, body: { code: 'state-unwritable', with: { why } } });
    xend.file.fate = () => null;
  }
  xend.file.isReadOnly = true;
  expect(await xend.send('DELETE', '/v1/pools/pool2')).toMatchObject({
    body: { with: { why: 'the file system is read-only' } },
  });
  xend.file.isReadOnly = false;
  expect(xend.host.taken).toHaveLength(taken);
  expect((await xend.send('DELETE', '/v1/pools/pool2')).status).toBe(200);
});

test('our own mistakes are a problem of their own, without a stack, and the next request is served', async () => {
  xend.host.read = () => Promise.reject(new Error('secret detail'));
  const answer = await xend.send('GET', '/v1/pools');
  expect(answer).toMatchObject({
    status: 500,
    body: { code: 'internal', with: { request: 'GET /v1/pools' } },
  });
  expect(JSON.stringify(answer.body)).not.toContain('secret');
  Reflect.deleteProperty(xend.host, 'read');
  expect((await xend.send('GET', '/v1/pools')).status).toBe(200);
});

test('the read-only app answers questions and refuses every change', async () => {
  const app = createApp(xend.xend, { isReadOnly: true });
  for (const page of ['/v1/host', '/v1/pools', '/v1/domains/vm5', '/metrics', '/openapi.json'])
    expect((await app.request(page)).status).toBe(200);
  for (const method of ['POST', 'PATCH', 'DELETE', 'PUT'])
    for (const path of ['/v1/pools', '/v1/pools/pool1', '/v1/stop']) {
      const response = await app.request(path, { method, body: '{}' });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'read-only' });
    }
  expect(xend.isStopAsked()).toBe(false);
});

test('while it stops, changes are refused', async () => {
  await xend.service.stop();
  expect(await xend.send('DELETE', '/v1/pools/pool2')).toMatchObject({
    status: 503,
    body: { code: 'stopping' },
  });
});
