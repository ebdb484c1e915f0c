import { expect, test } from 'vitest';
import type { Cpu } from '../../interface/index.ts';
import { type Claimant, isAtRest, lostCpus, ownedBy, type Shown } from './ownership.ts';

const cpus = (...numbers: number[]) => numbers as Cpu[];
const partition = (listed: Cpu[], effective = listed): Claimant => ({ isPartition: true, listed, effective });
const member = (listed: Cpu[], effective: Cpu[]): Claimant => ({ isPartition: false, listed, effective });
const ONLINE = cpus(0, 1, 2, 3, 4, 5, 6, 7);
const shown = (claimants: Claimant[], rootEffective: Cpu[], online = ONLINE, passedOn = cpus()): Shown => ({
  claimants,
  rootEffective,
  online,
  passedOn,
});

test('a valid partition owns what it was granted', () => {
  const pools = [partition(cpus(4, 5)), partition(cpus(6, 7), cpus(6))];
  expect(ownedBy(pools, cpus(0, 1, 2, 3))).toEqual([[4, 5], [6]]);
});

test('what is no partition, or no longer a valid one, owns nothing', () => {
  expect(ownedBy([member(cpus(4, 5), cpus(4, 5)), member([], ONLINE)], ONLINE)).toEqual([[], []]);
});

test('a partition whose cpus the root has too owns nothing, whatever its state file says', () => {
  expect(ownedBy([partition(cpus(2, 3))], cpus(0, 1, 3, 4, 5, 6, 7))).toEqual([[]]);
});

test('one that runs on the cpus of another owns nothing, the other keeps its own', () => {
  const [a, b] = [partition(cpus(1, 2, 3)), partition(cpus(4, 5, 6, 7), cpus(1, 2, 3))];
  expect(ownedBy([a, b], cpus(0))).toEqual([[1, 2, 3], []]);
});

test('two that were both granted what they asked for, and share a cpu, both own nothing', () => {
  expect(ownedBy([partition(cpus(4, 5)), partition(cpus(5, 6))], cpus(0, 1, 2, 3, 7))).toEqual([[], []]);
});

test('a tree is at rest when every online cpu is owned once', () => {
  const rest = cpus(0, 1, 2, 3, 6, 7);
  expect(isAtRest(shown([partition(cpus(4, 5)), member([], rest)], rest))).toBe(true);
  expect(isAtRest(shown([], ONLINE))).toBe(true);
});

test('it is not while a cpu is nobody’s, offline but owned, or twice', () => {
  expect(isAtRest(shown([partition(cpus(4))], cpus(0, 1, 2, 3, 6, 7)))).toBe(false);
  expect(isAtRest(shown([partition(cpus(4, 5))], cpus(0, 1, 2, 3, 6, 7), cpus(0, 1, 2, 3, 4, 6, 7)))).toBe(
    false,
  );
  expect(isAtRest(shown([partition(cpus(4, 5))], cpus(0, 1, 2, 3, 5, 6, 7)))).toBe(false);
});

test('a cpu that nobody has is lost, unless somebody may have passed it on', () => {
  const pools = [partition(cpus(4, 5)), partition(cpus(6, 7), cpus(6))];
  expect(lostCpus(shown(pools, cpus(0, 1, 2)))).toEqual([3, 7]);
  expect(lostCpus(shown(pools, cpus(0, 1, 2), ONLINE, cpus(7)))).toEqual([3]);
  expect(isAtRest(shown(pools, cpus(0, 1, 2, 3), ONLINE, cpus(7)))).toBe(true);
});
