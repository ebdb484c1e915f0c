import { expect, test } from 'vitest';
import { openStand, type Stand } from './stand.ts';

/** vm1 … vm7 as files; each asks for whatever a plain domain file asks for. */
function writeGuests(stand: Stand): void {
  for (let n = 1; n <= 7; n++) {
    stand.write(`vm${n}`, `name = "vm${n}"\nmemory = 256\nvcpus = 2\nworkload = "cpu"\n`);
  }
}

const STATE_OF_THE_PROPOSAL = `pool   cpus   sched   domains
pool0  0,2,4  credit  0
pool1  6-9    credit  1,7
pool2  1,3,5  credit  2,3
`;

test("the proposal's session, letter by letter, on its host of ten cpus", () => {
  const stand = openStand();
  writeGuests(stand);

  stand.type('pool-create pool1 ncpu=4');
  stand.type('pool-create pool2 cpu=1,3,5');
  stand.type('create vm1 pool=pool1');
  stand.type('create vm2 pool=pool2');
  stand.type('create vm3 pool=pool2');
  for (const other of ['vm4', 'vm5', 'vm6']) stand.type(`create ${other}`);
  stand.type('create vm7 pool=pool1');
  for (const other of ['vm4', 'vm5', 'vm6']) stand.type(`destroy ${other}`);
  expect(stand.type('pool-list')).toBe(STATE_OF_THE_PROPOSAL);

  stand.type('pool-modify pool1 ncpu=3');
  expect(cpusOf(stand, 'pool1')).toHaveLength(3);
  stand.type('pool-modify pool1 cpu=6,7,9');
  expect(cpusOf(stand, 'pool1')).toEqual([6, 7, 9]);
  expect(cpusOf(stand, 'pool0')).toEqual([0, 2, 4, 8]);

  const refused = stand.xm('pool-destroy pool1');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toBe(
    'xm: cannot destroy pool1: domains 1 and 7 are still in it\n' +
      '    move them (xm pool-migrate 1 pool0) or destroy them first\n',
  );
  stand.type('pool-migrate 1 pool0');
  stand.type('pool-migrate vm7 pool0');
  stand.type('pool-destroy pool1');
  expect(cpusOf(stand, 'pool0')).toEqual([0, 2, 4, 6, 7, 8, 9]);

  stand.type('pool-create pool1 ncpu=4');
  stand.type('create vm5 pool=pool1');
  expect(stand.json<{ domains: { id: number; pool: string }[] }>('list vm5').domains).toMatchObject([
    { id: 8, pool: 'pool1' },
  ]);
});

test('a domain that names no pool is in pool0', () => {
  const stand = openStand();
  writeGuests(stand);
  stand.type('create vm1');
  expect(stand.type('pool-list')).toBe('pool   cpus  sched   domains\npool0  0-9   credit  0,1\n');
});

test('what ran runs again, where it ran, after xend was stopped and after it was killed', () => {
  const stand = openStand();
  writeGuests(stand);
  stand.type('pool-create pool1 ncpu=4');
  stand.type('create vm1 pool=pool1 cpu_weight=512 cap=50');
  stand.type('pause vm1');
  const before = stand.type('pool-list');
  const domainBefore = definition(stand);

  stand.xend('--stop --private');
  expect(stand.type('pool-list')).toBe(before);
  expect(definition(stand)).toEqual(domainBefore);

  stand.kill();
  expect(stand.type('pool-list')).toBe(before);
  expect(definition(stand)).toEqual(domainBefore);
});

interface Pools {
  readonly pools: readonly { readonly name: string; readonly cpus: readonly number[] }[];
}

const cpusOf = (stand: Stand, pool: string) =>
  stand.json<Pools>('pool-list').pools.find(({ name }) => name === pool)?.cpus;

function definition(stand: Stand): unknown {
  const { id, name, pool, state, vcpus, weight, cap, memory } = stand.json<{
    domains: Record<string, unknown>[];
  }>('list vm1').domains[0]!;
  return { id, name, pool, state, vcpus, weight, cap, memory };
}
