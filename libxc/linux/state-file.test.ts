import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cpu, domainId } from '../../interface/index.ts';
import { newPool, nothingKnown, type Records, Store, unknownDomain } from './state-file.ts';

const NOTHING = nothingKnown('xm-pool0');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linux-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const records: Records = {
  pools: [...NOTHING.pools, { ...newPool('größe', 'xm-x'), scheduler: 'credit2' }],
  domains: [
    { ...unknownDomain(domainId(3), 'xm-x'), exec: ['make', '-j4'], workload: { kind: 'idle' } },
    {
      ...unknownDomain(domainId(4), 'xm-pool0'),
      scheduling: {
        weight: 1,
        cap: 2,
        affinity: [{ hard: [], soft: null }],
        reservations: [{ periodUs: 10_000, budgetUs: 4_000, extratime: true }],
      },
    },
  ],
  controllers: ['cpuset'],
  cuts: [{ directory: 'system.slice', before: [cpu(0), cpu(1)], after: [cpu(0)] }],
  pins: [{ thread: 7, began: 100, cpus: [cpu(0), cpu(1)], left: [cpu(0)] }],
};

test('what is saved is read again, by the next driver too', async () => {
  const path = join(folder, 'new', 'state.json');
  const store = new Store(path, NOTHING);
  expect(store.records).toEqual(NOTHING);
  expect(await store.save(records)).toEqual({ ok: true, value: undefined });
  expect(new Store(path, NOTHING).records).toEqual(records);
  expect(readdirSync(join(folder, 'new'))).toEqual(['state.json']);
  store.remove();
  expect(new Store(path, NOTHING).records).toEqual(NOTHING);
});

test.each([
  '',
  '{',
  '[]',
  '{"format":2}',
  '{"format":1,"pools":[{}],"domains":[],"controllers":[]}',
])('a file that says %j says nothing', (text) => {
  const path = join(folder, 'state.json');
  writeFileSync(path, text);
  expect(new Store(path, NOTHING).records).toEqual(NOTHING);
});

test('what cannot be written is refused and not believed; what the tree shows is believed all the same', async () => {
  const path = join(folder, 'file', 'state.json');
  writeFileSync(join(folder, 'file'), '');
  const store = new Store(path, NOTHING);
  expect(await store.save(records)).toMatchObject({ refusal: { code: 'state-unwritable', path } });
  expect(store.records).toEqual(NOTHING);
  await store.follow(records);
  expect(store.records).toEqual(records);
});

test('the file is for its owner only', async () => {
  const path = join(folder, 'state.json');
  await new Store(path, NOTHING).save(records);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
