import { expect, test } from 'vitest';
import { type Cpu, type DomainState, type PoolState, regularTopology } from '../../interface/index.ts';
import { lawViolations } from './law.ts';
import { modelOf } from './model.ts';

const lawful = modelOf(regularTopology({ cpus: 4 }));
const pool0 = lawful.pools[0]!;
const domain0 = lawful.domains[0]!;
const cpus = (...numbers: number[]) => numbers as Cpu[];
const pool = (name: string, ...numbers: number[]): PoolState => ({ ...pool0, name, cpus: cpus(...numbers) });
const guest = (id: number, inPool: string): DomainState =>
  ({ ...domain0, id, name: `B${id}`, pool: inPool }) as unknown as DomainState;

test('a host as it starts keeps the law', () => {
  expect(lawViolations(lawful)).toEqual([]);
});

test.each([
  ['cpu 3 is online and in no pool', { pools: [pool('pool0', 0, 1, 2)] }],
  ['cpu 3 is in pool0 and in p', { pools: [pool0, pool('p', 3)] }],
  ['cpu 3 is in pool0 but not online', { online: cpus(0, 1, 2) }],
  [
    'pool0 has cpus 1-3 and not cpu 0',
    { online: cpus(0, 1, 2, 3), pools: [pool('pool0', 1, 2, 3), pool('p', 0)] },
  ],
  [
    'Domain-0 is in p',
    { pools: [pool('pool0', 0, 1, 2), pool('p', 3)], domains: [{ ...domain0, pool: 'p' }] },
  ],
  ['domain 5 is in q, which does not exist', { domains: [domain0, guest(5, 'q')] }],
  ['domain 5 is in p, which has no cpu', { pools: [pool0, pool('p')], domains: [domain0, guest(5, 'p')] }],
  ['two pools have the same name', { pools: [pool('pool0', 0, 1), pool('p', 2), pool('p', 3)] }],
  [
    'two domains have the same id',
    { domains: [domain0, guest(5, 'pool0'), { ...guest(5, 'pool0'), name: 'C' }] },
  ],
  [
    'two domains have the same name',
    { domains: [domain0, guest(5, 'pool0'), { ...guest(6, 'pool0'), name: 'B5' }] },
  ],
])('it is a breach that %s', (sentence, change) => {
  expect(lawViolations({ ...lawful, ...change })).toEqual([sentence]);
});

test('a host without pool0 is in breach, whatever else it has', () => {
  expect(lawViolations({ ...lawful, pools: [pool('p', 0, 1, 2, 3)] })).toContain('there is no pool0');
});
