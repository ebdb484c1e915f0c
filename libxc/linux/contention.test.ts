import { expect, test } from 'vitest';
import { parsePressure } from './contention.ts';

test('pressure is what some thread had to wait, not what all had to', () => {
  const text =
    'some avg10=12.50 avg60=3.20 avg300=0.71 total=123\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=5\n';
  expect(parsePressure(text)).toBe(12.5);
});

test.each(['', 'full avg10=1.00 avg60=0.00\n', 'some avg10=x avg60=0\n'])('%j tells nothing', (text) => {
  expect(parsePressure(text)).toBeNull();
});
