import * as v from 'valibot';
import { beforeEach, expect, test } from 'vitest';
import { changeShape, domainShape, hostShape, poolShape, problemShape } from './answer-shapes.ts';
import { createApp } from './server.ts';
import { xendOn } from './testing/in-process.ts';

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
  expect(moved.body.domain).toMatchObject({ pool: 'pool4', weight: 512, state: 'paused' });
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

const arinc = (frameUs: number, domain: string) => ({ frameUs, slots: [{ domain, vcpu: 0, runUs: 10 }] });
const pool = { name: 'p', cpus: { count: 1 }, scheduler: 'arinc653' };

/** What is sent, and the refusal it gets: status, code, and fields of `with` that name the object in the way. */
const REFUSED: readonly [string, string, unknown, number, string, object?][] = [
  ['GET', '/v1/pools/pool9', undefined, 404, 'unknown-pool', { pool: 'pool9' }],
  ['GET', '/v1/domains/vm9', undefined, 404, 'unknown-domain', { domain: 'vm9' }],
  ['GET', '/v1/domains/99', undefined, 404, 'unknown-domain', { domain: '99' }],
  ['GET', '/v2/pools', undefined, 404, 'no-such-page', { page: 'GET /v2/pools' }],
  ['PUT', '/v1/pools', {}, 404, 'no-such-page', { page: 'PUT /v1/pools' }],
  ['POST', '/v1/pools', { name: 'pool1', cpus: { count: 1 } }, 409, 'pool-exists', { pool: 'pool1' }],
  ['POST', '/v1/pools', { name: 'pool0', cpus: { count: 1 } }, 409, 'pool-exists', { pool: 'pool0' }],
  ['POST', '/v1/pools', { name: '', cpus: { count: 1 } }, 422, 'bad-name', { why: 'empty' }],
  ['POST', '/v1/pools', { name: 'x'.repeat(64), cpus: { count: 1 } }, 422, 'bad-name', { why: 'too long' }],
  ['POST', '/v1/pools', { name: 'a/b', cpus: { count: 1 } }, 422, 'bad-name', { why: 'a slash' }],
  [
    'POST',
    '/v1/pools',
    { name: 'a\u0007', cpus: { count: 1 } },
    422,
    'bad-name',
    { why: 'a control character' },
  ],
  ['POST', '/v1/pools', { name: 'p', cpus: { count: 0 } }, 422, 'bad-cpu-count', { count: '0' }],
  ['POST', '/v1/pools', { name: 'p', cpus: { count: -1 } }, 422, 'bad-cpu-count', { count: '-1' }],
  ['POST', '/v1/pools', { name: 'p', cpus: { count: 1.5 } }, 422, 'bad-cpu-count', { count: '1.5' }],
  ['POST', '/v1/pools', { name: 'p', cpus: { count: 1e9 } }, 422, 'bad-cpu-count', {}],
  ['POST', '/v1/pools', { name: 'p', cpus: { count: 3 } }, 409, 'too-few-cpus', { wanted: 3, spare: 2 }],
  ['POST', '/v1/pools', { name: 'p', cpus: {} }, 400, 'cpus-unclear', { given: 'neither' }],
  ['POST', '/v1/pools', { name: 'p', cpus: { count: 1, list: [2] } }, 400, 'cpus-unclear', { given: 'both' }],
  ['POST', '/v1/pools', { name: 'p', cpus: { list: [10] } }, 422, 'unknown-cpu', { cpu: 10, cpus: 10 }],
  ['POST', '/v1/pools', { name: 'p', cpus: { list: [2, 2] } }, 422, 'cpu-named-twice', { cpu: 2 }],
  ['POST', '/v1/pools', { name: 'p', cpus: { list: [3] } }, 409, 'cpu-owned', { cpu: 3, owner: 'pool2' }],
  ['POST', '/v1/pools', { name: 'p', cpus: { list: [0] } }, 409, 'boot-cpu-stays', {}],
  ['POST', '/v1/pools', { name: 'p', cpus: { count: 1 }, scheduler: 'cfs' }, 422, 'unknown-scheduler', {}],
  ['POST', '/v1/pools', { name: 'p', cpus: { count: 1 }, nodes: [7] }, 422, 'unknown-node', { node: 7 }],
  ['POST', '/v1/pools', { name: 'p', cpus: { count: 1 }, params: { x: 1 } }, 422, 'unknown-parameter', {}],
  [
    'POST',
    '/v1/pools',
    { name: 'p', cpus: { count: 1 }, params: { timesliceMs: 0 } },
    422,
    'out-of-range',
    {},
  ],
  ['PATCH', '/v1/pools/pool9', { cpus: { count: 1 } }, 404, 'unknown-pool', {}],
  ['PATCH', '/v1/pools/pool0', { name: 'p' }, 409, 'pool0-stays', { what: 'renamed' }],
  ['PATCH', '/v1/pools/pool1', { scheduler: 'cfs' }, 422, 'unknown-scheduler', {}],
  ['PATCH', '/v1/pools/pool1', { scheduler: 'arinc653' }, 409, 'vcpus-without-time', { domains: [1] }],
  ['PATCH', '/v1/pools/pool1', { under: 'rtds', params: {} }, 409, 'other-scheduler', { expected: 'rtds' }],
  ['PATCH', '/v1/pools/pool1', { params: { schedule: arinc(10, 'vm5') } }, 422, 'unknown-parameter', {}],
  [
    'POST',
    '/v1/pools',
    { ...pool, params: { schedule: arinc(10, 'vm9') } },
    404,
    'unknown-domain',
    { domain: 'vm9' },
  ],
  [
    'POST',
    '/v1/pools',
    { ...pool, params: { schedule: arinc(9, 'vm5') } },
    422,
    'out-of-range',
    { what: 'frameUs' },
  ],
  ['POST', '/v1/domains', { name: 'v', reservation: { budgetUs: 10_001 } }, 422, 'out-of-range', {}],
  ['PATCH', '/v1/domains/vm5', { reserve: [{ vcpu: 1, periodUs: 10 }] }, 422, 'unknown-vcpu', { vcpu: 1 }],
  ['PATCH', '/v1/domains/vm5', { under: 'credit2', weight: 1 }, 409, 'other-scheduler', { pool: 'pool1' }],
  ['DELETE', '/v1/pools/pool0', undefined, 409, 'pool0-stays', { what: 'destroyed' }],
  ['DELETE', '/v1/pools/pool1', undefined, 409, 'pool-has-members', { domains: [1] }],
  ['POST', '/v1/domains', { name: 'vm5' }, 409, 'domain-exists', { domain: 'vm5', id: 1 }],
  ['POST', '/v1/domains', { name: 'v', pool: 'pool9' }, 404, 'unknown-pool', { pool: 'pool9' }],
  ['POST', '/v1/domains', { name: 'v', vcpus: 0 }, 422, 'out-of-range', {}],
  ['POST', '/v1/domains', { name: 'v', memoryMib: 1e6 }, 409, 'too-little-memory', { wantedMib: 1e6 }],
  ['PATCH', '/v1/domains/vm5', { weight: 65536 }, 422, 'out-of-range', {}],
  ['PATCH', '/v1/domains/vm5', { cap: 101 }, 422, 'out-of-range', {}],
  ['PATCH', '/v1/domains/vm5', { pin: { vcpu: 3, hard: [6] } }, 422, 'unknown-vcpu', { vcpu: 3 }],
  ['PATCH', '/v1/domains/vm5', { pin: { vcpu: 0, hard: [0] } }, 409, 'pin-outside-pool', { cpus: [0] }],
  ['PATCH', '/v1/domains/Domain-0', { pool: 'pool1' }, 409, 'domain0-stays', { what: 'moved' }],
  ['DELETE', '/v1/domains/0', undefined, 409, 'domain0-stays', { what: 'destroyed' }],
  ['PATCH', '/v1/cpus/0', { online: false }, 409, 'boot-cpu-stays', {}],
  ['PATCH', '/v1/cpus/10', { online: false }, 422, 'unknown-cpu', { cpu: 10 }],
  ['PATCH', '/v1/cpus/x', { online: false }, 400, 'bad-request', { field: 'cpu' }],

  [
    'PATCH',
    '/v1/pools/pool1',
    { params: { schedule: { frameUs: 1 } } },
    400,
    'bad-request',
    { field: 'params.schedule.slots', why: 'is missing' },
  ],
  [
    'PATCH',
    '/v1/pools/pool1',
    { params: { timesliceMs: '5' } },
    400,
    'bad-request',
    { field: 'params.timesliceMs', why: 'must be a number, not "5"' },
  ],
  [
    'PATCH',
    '/v1/domains/vm5',
    { reserve: [{ vcpu: 0, x: 5 }] },
    400,
    'bad-request',
    { field: 'reserve.0.x' },
  ],
  ['POST', '/v1/pools', '', 400, 'bad-request', { field: 'body', why: 'is empty' }],
  ['POST', '/v1/pools', '{"name":', 400, 'bad-request', { field: 'body', why: 'is not JSON' }],
  ['POST', '/v1/pools', '\u0000\u0001', 400, 'bad-request', { field: 'body', why: 'is not JSON' }],
  ['POST', '/v1/pools', '[]', 400, 'bad-request', { field: 'name', why: 'is missing' }],
  ['POST', '/v1/pools', 'null', 400, 'bad-request', { field: 'body', why: 'must be an object, not null' }],
  ['POST', '/v1/pools', {}, 400, 'bad-request', { field: 'name', why: 'is missing' }],
  ['POST', '/v1/pools', { name: 1 }, 400, 'bad-request', { field: 'name', why: 'must be a string, not 1' }],
  ['POST', '/v1/pools', { name: 'p' }, 400, 'bad-request', { field: 'cpus', why: 'is missing' }],
  [
    'POST',
    '/v1/pools',
    { name: 'p', cpus: { count: '4' } },
    400,
    'bad-request',
    { field: 'cpus.count', why: 'must be a number, not "4"' },
  ],
  [
    'POST',
    '/v1/pools',
    { name: 'p', cpus: { list: [1, 1.5] } },
    400,
    'bad-request',
    { field: 'cpus.list.1', why: 'must be a whole number' },
  ],
  [
    'POST',
    '/v1/pools',
    { name: 'p', cpus: { count: 1 }, sched: 'credit' },
    400,
    'bad-request',
    { field: 'sched', why: 'is not known here' },
  ],
  [
    'POST',
    '/v1/domains',
    { name: 'v', workload: { kind: 'duty', burstMs: 1 } },
    400,
    'bad-request',
    { field: 'workload.sleepMs', why: 'is missing' },
  ],
  [
    'POST',
    '/v1/domains',
    { name: 'v', workload: { kind: 'rest' } },
    400,
    'bad-request',
    { field: 'workload.kind' },
  ],
  [
    'POST',
    '/v1/domains',
    { name: 'v', affinity: [{ hard: 'all', soft: null }] },
    400,
    'bad-request',
    { field: 'affinity.0.hard', why: 'must be an array, not "all"' },
  ],
  [
    'POST',
    '/v1/domains',
    { name: 'v', affinity: 3 },
    400,
    'bad-request',
    { field: 'affinity', why: 'must be an object or an array, not 3' },
  ],
  [
    'POST',
    '/v1/domains',
    `{"name":"v","otherKeys":{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    400,
    'bad-request',
    { field: 'otherKeys', why: 'is nested more than 32 deep' },
  ],
  ['PATCH', '/v1/cpus/1', { online: 'no' }, 400, 'bad-request', { field: 'online' }],
  [
    'POST',
    '/v1/pools?dryrun=true',
    { name: 'p', cpus: { count: 1 } },
    400,
    'bad-request',
    { field: '?dryrun' },
  ],
  ['DELETE', '/v1/pools/pool2?dryRun=yes', undefined, 400, 'bad-request', { field: '?dryRun' }],
  ['POST', '/v1/pools', `"${'x'.repeat(1024 * 1024)}"`, 413, 'request-too-large', { limit: 1024 * 1024 }],
];

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
