import { expect, test } from 'vitest';
import type { Look } from './look.ts';
import { RecentLook } from './recent-look.ts';
import { nothingKnown } from './state-file.ts';

test('a look is good until something is written down or forgotten', () => {
  const records = nothingKnown('xm-pool0');
  const seen = { records } as Look;
  const recent = new RecentLook();
  expect(recent.get(records)).toBeNull();
  recent.keep(seen);
  expect(recent.get({ ...records, controllers: ['cpuset'] })).toBe(seen);
  expect(recent.get({ ...records, domains: [] })).toBeNull();
  recent.forget();
  expect(recent.get(records)).toBeNull();
});
