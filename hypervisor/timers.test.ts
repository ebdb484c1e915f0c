import { expect, test } from 'vitest';
import { Timers } from './timers.ts';

const clock = { nowNs: 1000 };

/** What is armed, in order: slots as the dispatcher reads them. */
function fired(timers: Timers): [slot: number, dueNs: number][] {
  const found: [number, number][] = [];
  for (let slot = timers.first(); slot >= 0; slot = timers.first()) {
    found.push([slot, timers.dueNs[slot]!]);
    timers.dueNs[slot] = Infinity;
    timers.rebuild(
      Int32Array.from({ length: 3 }, (_, cpu) => cpu),
      2,
    );
  }
  return found;
}

function armed(): Timers {
  const timers = new Timers(clock);
  timers.rebuild(Int32Array.of(-1, -1, -1), 2);
  for (const cpu of [0, 1, 2]) {
    timers.armTick(cpu, 10 + cpu);
    timers.armCpu(cpu, 20 + cpu);
  }
  timers.armScheduler(30);
  for (const vcpu of [0, 1]) timers.armWake(vcpu, 40 + vcpu);
  return timers;
}

test('delays count from now; at one instant ticks come first, then the scheduler, wake-ups, cpus', () => {
  expect(fired(armed()).map(([, dueNs]) => dueNs - 1000)).toEqual([10, 11, 12, 20, 21, 22, 30, 40, 41]);
  const timers = new Timers(clock);
  timers.rebuild(Int32Array.of(-1, -1, -1), 2);
  for (const cpu of [2, 0]) timers.armCpu(cpu, 5);
  for (const vcpu of [1, 0]) timers.armWake(vcpu, 5);
  timers.armScheduler(5);
  timers.armTick(1, 5);
  expect(fired(timers).map(([slot]) => slot)).toEqual([1, 3, 4, 5, 6, 8]);
});

test('other cpus and more vcpus keep every timer of those that stay', () => {
  const timers = armed();
  timers.rebuild(Int32Array.of(2, -1, 0), 5);
  const [ticks, scheduler, wakes, cpus] = [
    [1012, Infinity, 1010],
    [1030],
    [1040, 1041],
    [1022, Infinity, 1020],
  ];
  const none = [Infinity, Infinity, Infinity];
  expect([...timers.dueNs]).toEqual([...ticks, ...scheduler, ...wakes, ...none, ...cpus]);
  expect(timers.wakeInNs(1)).toBe(41);
  expect(timers.wakeInNs(4)).toBe(Infinity);
});

test('a cancelled timer does not fire', () => {
  const timers = armed();
  timers.cancelTick(0);
  timers.cancelCpu(1);
  timers.cancelScheduler();
  timers.cancelWake(1);
  expect(fired(timers).map(([slot]) => slot)).toEqual([1, 2, 6, 8, 4]);
});
