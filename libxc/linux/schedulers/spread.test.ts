import { expect, test } from 'vitest';
import type { Cpu } from '../../../interface/index.ts';
import { spread } from './spread.ts';

const cpus = [4, 5] as Cpu[];
const thread = (tid: number, isEager: boolean, ...allowed: number[]) => ({
  tid,
  isEager,
  allowed: allowed as Cpu[],
});
const spreadOut = (...threads: ReturnType<typeof thread>[]) => Object.fromEntries(spread(threads, cpus));

test('threads that want a cpu are spread evenly, though a child is born where its parent is', () => {
  expect(spreadOut(thread(1, true, 4), thread(2, true, 4), thread(3, true, 4), thread(4, true, 4))).toEqual({
    1: 4,
    2: 4,
    3: 5,
    4: 5,
  });
});

test('who is well where it is stays, whoever comes', () => {
  expect(spreadOut(thread(1, true, 5), thread(2, true, 4, 5))).toEqual({ 1: 5, 2: 4 });
  expect(spreadOut(thread(1, true, 5), thread(2, true, 4))).toEqual({ 1: 5, 2: 4 });
});

test('those that want none stay, or are put to the first', () => {
  expect(spreadOut(thread(1, false, 5), thread(2, false, 5), thread(3, false, 4, 5))).toEqual({
    1: 5,
    2: 5,
    3: 4,
  });
});

test('a thread on a cpu that is not its own is fetched', () => {
  expect(spreadOut(thread(1, true, 7), thread(2, false, 7))).toEqual({ 1: 4, 2: 4 });
});
