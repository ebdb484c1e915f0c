import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Wheel } from './wheel.ts';

const SLOTS = 20;
/** From ties within a bucket to times far beyond a turn and beyond 2^31 buckets. */
const instant = fc.oneof(
  fc.nat(50),
  fc.nat(2 ** 26),
  fc.nat(2 ** 30).map((n) => n * 4),
  fc.maxSafeNat().map((n) => n % 2 ** 53),
);
const step = fc.oneof(
  fc.record({ do: fc.constant('arm' as const), slot: fc.nat(SLOTS - 1), in: instant }),
  fc.record({ do: fc.constant('cancel' as const), slot: fc.nat(SLOTS - 1) }),
  fc.record({ do: fc.constant('pop' as const) }),
);

function arm(wheel: Wheel, slot: number, timeNs: number): void {
  wheel.dueNs[slot] = timeNs;
  wheel.arm(slot);
}

test('fires what a plain sorted list fires, in time order and by slot where times agree', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const wheel = new Wheel(SLOTS);
      const due = new Map<number, number>();
      let now = 0;
      for (const one of steps) {
        if (one.do === 'arm') {
          const timeNs = Math.min(now + one.in, 2 ** 53);
          arm(wheel, one.slot, timeNs);
          due.set(one.slot, timeNs);
        } else if (one.do === 'cancel') {
          wheel.cancel(one.slot);
          due.delete(one.slot);
        }
        const [slot, timeNs] = [...due].sort(([a, x], [b, y]) => x - y || a - b)[0] ?? [-1, now];
        expect(wheel.first()).toBe(slot);
        if (one.do !== 'pop' || slot < 0) continue;
        expect(wheel.dueNs[slot]).toBe(timeNs);
        wheel.cancel(slot);
        due.delete(slot);
        now = timeNs;
      }
    }),
    { numRuns: 2000 },
  );
});

test('an earlier timer armed after a search is found first', () => {
  const wheel = new Wheel(2);
  arm(wheel, 0, 2 ** 40);
  expect(wheel.first()).toBe(0);
  arm(wheel, 1, 5);
  expect(wheel.first()).toBe(1);
});

test('a wheel without timers has no first one', () => {
  const wheel = new Wheel(3);
  expect(wheel.first()).toBe(-1);
  arm(wheel, 2, 7);
  wheel.cancel(2);
  wheel.cancel(2);
  expect(wheel.first()).toBe(-1);
  expect(wheel.dueNs[2]).toBe(Infinity);
});
