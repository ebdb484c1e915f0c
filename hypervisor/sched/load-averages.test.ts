import { expect, test } from 'vitest';
import { LoadAverages, ONE_LOAD } from './load-averages.ts';

const WINDOW_NS = 2 ** 30;

function averages() {
  const clock = { nowNs: 0 };
  const loads = new LoadAverages(clock);
  loads.grow(4);
  loads.rebuildQueues(new Int32Array([-1, -1]));
  return { clock, loads };
}

test('a load that begins is half counted after half a window, and whole after one', () => {
  const { clock, loads } = averages();
  loads.updateQueue(0, 2);
  clock.nowNs = WINDOW_NS / 2;
  loads.updateQueue(0, 0);
  expect(loads.planned[0]).toBe(ONE_LOAD);
  clock.nowNs += WINDOW_NS / 2;
  loads.updateQueue(0, -2);
  expect(loads.planned[0]).toBe(1.5 * ONE_LOAD);
  // Nothing was looked at for more than a window: only what holds now counts.
  clock.nowNs += WINDOW_NS + 2048;
  loads.updateQueue(0, 0);
  expect(loads.planned[0]).toBe(0);
  expect(loads.planned[1]).toBe(0);
});

test('both terms are rounded down, and time counts in units of 1024 ns', () => {
  const { clock, loads } = averages();
  loads.updateQueue(0, 1);
  // A unit is a quarter of the smallest step of the average.
  for (const [nowNs, average] of [
    [1023, 0],
    [4 * 1024 - 1, 0],
    [8 * 1024, 1],
    [4_000_000 * 1024, ONE_LOAD],
  ] as const) {
    clock.nowNs = nowNs;
    loads.updateQueue(0, 0);
    expect(loads.planned[0]).toBe(average);
  }
});

test('a vcpu begins with half a load, and brings it along where it goes', () => {
  const { clock, loads } = averages();
  loads.begin(1);
  loads.plan(1, 1);
  expect(loads.planned[1]).toBe(ONE_LOAD / 2);
  clock.nowNs = WINDOW_NS / 4;
  loads.updateVcpu(1, true);
  expect(loads.vcpu[1]).toBe(ONE_LOAD * (0.5 + 0.25 - 0.125));
  loads.unplan(1, 1);
  expect(loads.planned[1]).toBe(0);
});

test('updating both at once is updating each', () => {
  const one = averages();
  const both = averages();
  for (const passed of [0, 5_000_000, 77, 900_000_000, 3_000_000_000]) {
    one.clock.nowNs += passed;
    both.clock.nowNs += passed;
    one.loads.updateQueue(0, 1);
    one.loads.updateVcpu(2, true);
    both.loads.update(0, 1, 2, true);
    expect([...both.loads.planned, ...both.loads.vcpu, ...both.loads.runnable]).toEqual([
      ...one.loads.planned,
      ...one.loads.vcpu,
      ...one.loads.runnable,
    ]);
  }
});
