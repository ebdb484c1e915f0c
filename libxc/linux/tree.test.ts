import { expect, test } from 'vitest';
import { domainId } from '../../interface/index.ts';
import { PLAIN_NAMES } from './names.ts';
import { newPool, nothingKnown, type Records, unknownDomain } from './state-file.ts';
import { type Member, recordsOf, type Tree } from './tree.ts';

const NOTHING = nothingKnown('xm-pool0');
const pool = (name: string, directory = `xm-${name}`) => newPool(name, directory);
const domain = (id: number, home: string) => unknownDomain(domainId(id), home);
const member = (id: number, home: string, isAlive = true): Member => ({
  id: domainId(id),
  home,
  directory: `${home}/dom-${id}`,
  isAlive,
});

const RECORDS: Records = {
  ...NOTHING,
  pools: [...NOTHING.pools, pool('b'), pool('new', 'xm-a')],
  domains: [domain(1, 'xm-b'), domain(2, 'xm-pool0')],
};
const followed = (records: Records, tree: Tree) => recordsOf(records, tree, PLAIN_NAMES);
const POOLS = ['xm-a', 'xm-b', 'xm-pool0'];

test('where tree and records agree, nothing changes', () => {
  const tree = { pools: POOLS, members: [member(2, 'xm-pool0'), member(1, 'xm-b')] };
  expect(followed(RECORDS, tree)).toBe(RECORDS);
});

test('a pool or a domain that is no longer there is forgotten, and pool0 never', () => {
  expect(followed(RECORDS, { pools: ['xm-a'], members: [] })).toEqual({
    ...RECORDS,
    pools: [...NOTHING.pools, pool('new', 'xm-a')],
    domains: [],
  });
});

test('a domain whose processes have ended is forgotten while its cgroup is still there', () => {
  const tree = { pools: POOLS, members: [member(1, 'xm-b', false), member(2, 'xm-pool0')] };
  expect(followed(RECORDS, tree).domains).toEqual([domain(2, 'xm-pool0')]);
});

test('what nobody wrote down is found, and called after its directory', () => {
  const found = followed(NOTHING, { pools: [...POOLS, 'xm-a~2'], members: [member(7, 'xm-a')] });
  expect(found.pools.map(({ name }) => name)).toEqual(['pool0', 'a', 'b', 'a.2']);
  expect(found.domains).toEqual([domain(7, 'xm-a')]);
});

test('a domain is where its processes are, whatever its record says', () => {
  const tree = { pools: POOLS, members: [member(1, 'xm-a'), member(2, 'xm-pool0')] };
  expect(followed(RECORDS, tree).domains[0]).toEqual(domain(1, 'xm-a'));
});

test('one that was caught between two pools is where it was going', () => {
  const both = [member(1, 'xm-a'), member(1, 'xm-b'), member(2, 'xm-pool0')];
  for (const members of [both, both.toReversed()])
    expect(followed(RECORDS, { pools: POOLS, members })).toBe(RECORDS);
});
