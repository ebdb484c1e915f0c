import { expect, test } from 'vitest';
import { type DomainUsage, domainId, ns } from '../interface/index.ts';
import { Shares } from './shares.ts';

const SECOND = 1e9;
const used = (...vcpuNs: number[]): DomainUsage => ({
  id: domainId(1),
  vcpuNs: vcpuNs.map(ns),
  vcpuStates: [],
  demandPercent: 100,
});

test('a share is cpu time over the time since the window began, of the domain and of each vcpu', () => {
  const shares = new Shares();
  shares.begin({ nowNs: ns(5 * SECOND), domains: [used(SECOND, 0)] });
  expect(shares.measure(used(2 * SECOND, SECOND / 2), ns(7 * SECOND))).toEqual({
    sharePercent: 75,
    windowS: 2,
    vcpuSharePercent: [50, 25],
    throttledPercent: null,
  });
});

test('what a cap kept a domain from counts from the window on, and from nought where the host counts anew', () => {
  const shares = new Shares();
  const throttled = (ms: number) => ({ ...used(0), throttledNs: ns((ms / 1000) * SECOND) });
  shares.begin({ nowNs: ns(0), domains: [throttled(400)] });
  expect(shares.measure(throttled(900), ns(SECOND))?.throttledPercent).toBe(50);
  expect(shares.measure(throttled(100), ns(SECOND))?.throttledPercent).toBe(0);
});

test('a window shorter than a tenth of a second says nothing', () => {
  const shares = new Shares();
  shares.begin({ nowNs: ns(0), domains: [used(0)] });
  expect(shares.measure(used(99e6), ns(99e6))).toBeNull();
  expect(shares.measure(used(100e6), ns(100e6))?.sharePercent).toBe(100);
});

test('a change begins a new window: what was before it does not count', () => {
  const shares = new Shares();
  shares.begin({ nowNs: ns(0), domains: [used(0)] });
  shares.begin({ nowNs: ns(SECOND), domains: [used(SECOND)] });
  expect(shares.measure(used(SECOND), ns(2 * SECOND))).toMatchObject({ sharePercent: 0, windowS: 1 });
});

test('the window follows the clock: at least ten seconds, and not for ever', () => {
  const shares = new Shares();
  shares.begin({ nowNs: ns(0), domains: [used(0)] });
  // Busy for the first 30 seconds, then idle; looked at every 5.
  const windows = Array.from({ length: 12 }, (_, i) => 5 * (i + 1)).map((s) =>
    shares.measure(used(Math.min(s, 30) * SECOND), ns(s * SECOND)),
  );
  for (const window of windows.slice(2)) expect(window!.windowS).toBeGreaterThanOrEqual(10);
  expect(Math.max(...windows.map((window) => window!.windowS))).toBeLessThanOrEqual(20);
  expect(windows.at(-1)!.sharePercent).toBe(0);
});

test('a domain seen for the first time begins its window there, one that ended leaves nothing', () => {
  const shares = new Shares();
  expect(shares.measure(used(5 * SECOND), ns(9 * SECOND))).toBeNull();
  expect(shares.measure(used(6 * SECOND), ns(10 * SECOND))?.sharePercent).toBe(100);
  shares.end(domainId(1));
  expect(shares.measure(used(7 * SECOND), ns(11 * SECOND))).toBeNull();
});

test('what an emulator uses beside the vcpus counts for the domain, and for none of them', () => {
  const shares = new Shares();
  const domain = (s: number) => ({ ...used(s * SECOND), otherNs: ns((s * SECOND) / 4) });
  shares.begin({ nowNs: ns(0), domains: [domain(0)] });
  const measured = shares.measure(domain(1), ns(SECOND))!;
  expect([measured.sharePercent, ...measured.vcpuSharePercent]).toEqual([125, 100]);
});
