import { expect, test } from 'vitest';
import { openStand, type Stand } from './stand.ts';

/**
 * The four scenarios of the group `cpupool` of Xen's old xm-test (Xen 4.1), through our xm. What they called a managed
 * pool is any pool here; what they called inactive does not exist: a pool is defined and active, or it is not.
 */

interface Listing {
  readonly domains: readonly { readonly name: string; readonly pool: string; readonly id: number }[];
}

const guest = (name: string) => `name = "${name}"\nmemory = 64\nvcpus = 1\nworkload = "cpu"\n`;

function prepare(stand: Stand, names: readonly string[]): void {
  for (const name of names) stand.write(name, guest(name));
}

const poolOf = (stand: Stand, domain: string) =>
  stand.json<Listing>(`list ${domain}`).domains.find(({ name }) => name === domain)?.pool;

const row = (stand: Stand, pool: string) =>
  stand
    .type('pool-list')
    .split('\n')
    .find((line) => line.startsWith(`${pool} `))
    ?.split(/\s+/);

test('01 basic: Domain-0 and every domain created without a pool are in pool0', () => {
  const stand = openStand();
  prepare(stand, ['vm1']);
  const host = stand.json<{ cpus: number; onlineCpus: number[] }>('info');
  expect(host.cpus).toBe(10);
  expect(host.onlineCpus).toHaveLength(10);
  expect(poolOf(stand, 'Domain-0')).toBe('pool0');
  expect(stand.type('list --pool=pool0')).toMatch(/^Domain-0 /m);
  const unknown = stand.xm('list --pool=nowhere');
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain('there is no pool "nowhere"');
  stand.type('create vm1');
  expect(poolOf(stand, 'vm1')).toBe('pool0');
});

test('02 manage: a pool survives a restart of xend, and is gone when it was destroyed', () => {
  const stand = openStand();
  expect(stand.type('pool-list pool0')).toBe('pool   cpus  sched   domains\npool0  0-9   credit  0\n');
  stand.type('pool-create managed ncpu=1');
  expect(row(stand, 'managed')).toEqual(['managed', '9', 'credit', '-']);
  stand.xend('--stop --private');
  expect(row(stand, 'managed')).toEqual(['managed', '9', 'credit', '-']);
  stand.type('pool-destroy managed');
  stand.xend('--stop --private');
  expect(row(stand, 'managed')).toBeUndefined();
});

test('03 domain: cpus come and go under load, one bounces between two pools 25 times', () => {
  const stand = openStand();
  const guests = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'];
  prepare(stand, guests);
  stand.type('pool-create pool1 cpu=1');
  stand.type('create a1 pool=pool1');
  expect(row(stand, 'pool1')).toEqual(['pool1', '1', 'credit', '1']);
  stand.type('pool-modify pool1 cpu=1,2');
  stand.type('pool-modify pool1 cpu=1-3');
  stand.type('pool-modify pool1 cpu=1');

  stand.type('pool-create pool2 cpu=2');
  for (const name of ['a2', 'a3']) stand.type(`create ${name} pool=pool1`);
  for (const name of ['b1', 'b2', 'b3']) stand.type(`create ${name} pool=pool2`);
  for (let round = 0; round < 25; round++) {
    const [from, to, home] = round % 2 === 0 ? ['pool1', 'pool2', 2] : ['pool2', 'pool1', 1];
    stand.type(`pool-modify ${from} cpu=${from === 'pool1' ? 1 : 2}`);
    stand.type(`pool-modify ${to} cpu=${home},3`);
  }
  expect(row(stand, 'pool2')?.[1]).toBe('2-3');
  for (const name of guests) stand.type(`destroy ${name}`);
  for (const pool of ['pool1', 'pool2']) stand.type(`pool-destroy ${pool}`);
  expect(stand.type('pool-list')).toBe('pool   cpus  sched   domains\npool0  0-9   credit  0\n');
});

test('04 migrate: all guests go through all pools ten times, membership right after each move', () => {
  const stand = openStand();
  const guests = ['vm1', 'vm2'];
  prepare(stand, guests);
  stand.type('pool-create pool1 cpu=1');
  stand.type('pool-create pool2 cpu=2');
  for (const name of guests) stand.type(`create ${name}`);
  for (let round = 0; round < 10; round++) {
    for (const pool of ['pool1', 'pool2', 'pool0']) {
      for (const name of guests) stand.type(`pool-migrate ${name} ${pool}`);
      expect(guests.map((name) => poolOf(stand, name))).toEqual([pool, pool]);
    }
  }
  const moved = stand.xm('pool-migrate Domain-0 pool1');
  expect(moved.status).toBe(1);
  expect(moved.stderr).toContain('Domain-0 cannot be moved');
});
