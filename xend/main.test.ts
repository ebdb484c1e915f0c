import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PoolView } from '../interface/index.ts';
import { Place } from './testing/programs.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.leave());

test('what ran runs again after a stop: on SIGTERM xend ends with 0 and leaves no socket', async () => {
  const first = await place.start();
  await place.send('POST', '/v1/pools', { name: 'pool1', cpus: { count: 4 } });
  await place.send('POST', '/v1/domains', { name: 'vm5', pool: 'pool1', weight: 512 });
  expect(await first.kill('SIGTERM')).toBe(0);
  expect(readdirSync(place.directory)).toEqual(['state']);
  await place.start();
  expect((await place.send('GET', '/v1/pools/pool1')).body).toMatchObject({ cpuList: '6-9', domains: [1] });
  expect((await place.send('GET', '/v1/domains/vm5')).body).toMatchObject({ weight: 512, state: 'running' });
});

test('sockets and state are for their owner only', async () => {
  await place.start();
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect([place.socket, place.readOnlySocket].map(mode)).toEqual(['600', '600']);
  expect(mode(place.stateDir)).toBe('700');
  expect(readdirSync(place.stateDir).map((file) => mode(join(place.stateDir, file)))).toEqual(['600', '600']);
});

test('killed amid changes, again and again, it starts again with every answered change and the law kept', async () => {
  let answered = 0;
  for (let life = 0; life < 5; life++) {
    const xend = await place.start();
    const { pools } = (await place.send('GET', '/v1/pools')).body as { pools: PoolView[] };
    expect(pools.flatMap(({ cpus }) => cpus).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    if (life > 0) expect(Number(nameOf(pools))).toBeGreaterThanOrEqual(answered);
    else await place.send('POST', '/v1/pools', { name: 'p0', cpus: { count: 2 } });

    const first = life === 0 ? 0 : Number(nameOf(pools));
    const changes = keepChanging(first, (n) => {
      answered = n;
    });
    while (answered < first + 3) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 3 * life));
    await xend.kill('SIGKILL');
    await changes;
  }
  await place.start();
  const { pools } = (await place.send('GET', '/v1/pools')).body as { pools: PoolView[] };
  expect(pools).toHaveLength(2);
});

/** Renames and resizes one pool, whose name counts the changes, until xend is gone. */
async function keepChanging(first: number, tell: (n: number) => void): Promise<void> {
  for (let n = first + 1; ; n++) {
    const change = { name: `p${n}`, cpus: { count: 1 + (n % 7) } };
    const answer = await place.send('PATCH', `/v1/pools/p${n - 1}`, change).catch(() => null);
    if (answer === null) return;
    expect(answer.status).toBe(200);
    tell(n);
  }
}

const nameOf = (pools: readonly PoolView[]) => pools[1]!.name.slice(1);

test('two xends never use one state: of several started at once one runs, the others say who is in the way', async () => {
  const started = await Promise.all([1, 2, 3, 4].map(() => place.start()));
  const ended = () => started.filter(({ hasEnded }) => hasEnded);
  while (ended().length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const { stderr } of ended()) expect(stderr).toContain(`another xend already uses ${place.stateDir}`);
  expect((await place.send('GET', '/v1/host')).status).toBe(200);
});

test('a socket that another xend answers is not taken from it', async () => {
  await place.start();
  const { status, stderr } = place.run('--state', join(place.directory, 'other'));
  expect(status).toBe(1);
  expect(stderr).toContain(`another xend already uses ${place.readOnlySocket}`);
  expect((await place.send('GET', '/v1/host')).status).toBe(200);
});

test('xend --stop stops it and comes back when it is gone', async () => {
  const xend = await place.start();
  expect(place.run('--stop')).toMatchObject({ status: 0, stderr: '' });
  expect(existsSync(place.socket)).toBe(false);
  expect(await xend.ended).toBe(0);
  const nobody = place.run('--stop');
  expect(nobody.status).toBe(1);
  expect(nobody.stderr).toMatch(/^xend: no xend answers at .*\n {4}start it .*\n$/);
});

const REFUSED: readonly [string, () => readonly string[], number, RegExp][] = [
  ['an unknown option', () => ['--colour'], 2, /unknown option '--colour'/],
  ['a host that does not exist', () => ['--connect', 'embeded:'], 2, /embeded/],
  ['a driver that is not there yet', () => ['--connect', 'xen:'], 1, /xen host does not offer/],
  [
    'a path too long for a socket',
    () => ['--socket', join(place.directory, 'x'.repeat(120))],
    1,
    /107 bytes/,
  ],
  ['a state that is no directory', () => ['--state', join(place.file('f', ''), 's')], 1, /cannot write/],
  [
    'a file in the place of the socket',
    () => ['--socket', place.file('s.sock', '')],
    1,
    /no socket lies there/,
  ],
  ['a journal that is none', () => ['--state', place.journalOf('hello\n')], 1, /damaged in line 1/],
  ['a journal with a bad middle', () => ['--state', place.journalOf('a\nb\nc\n')], 1, /damaged in line 1/],
];

test('a directory that others can write to is no place for a socket', () => {
  const open = join(place.directory, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  expect(place.run('--socket', join(open, 'x.sock')).stderr).toContain('others can write there');
});

test.each(REFUSED)('%s is refused in one sentence with a way out', (_, words, status, says) => {
  const refused = place.run(...words());
  expect(refused.stderr).toMatch(/^xend: .+\n {4}.+\n$/);
  expect(refused.stderr).toMatch(says);
  expect(refused.status).toBe(status);
});

test('help and version print and end', () => {
  expect(place.run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('usage: xend') });
  expect(place.run('--version').stdout).toMatch(/^xend \d+\.\d+\.\d+\n$/);
});

test('a socket left by a killed xend is replaced', async () => {
  await (await place.start()).kill('SIGKILL');
  expect(existsSync(place.socket)).toBe(true);
  await place.start();
  expect((await place.send('GET', '/v1/host')).status).toBe(200);
});
