import { expect, test } from 'vitest';
import { cpu, type PlannedStep } from '../interface/index.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { MemoryFile } from './testing/memory-file.ts';

async function opened(file: MemoryFile): Promise<Ledger> {
  const ledger = await openLedger(file);
  if (!ledger.ok) throw new Error(JSON.stringify(ledger.refusal));
  return ledger.value;
}

const move = (n: number, to: string): PlannedStep => ({
  step: { do: 'moveCpu', cpu: cpu(n), to },
  undo: { do: 'moveCpu', cpu: cpu(n), to: 'pool0' },
});

async function change(ledger: Ledger, how: 'done' | 'undone', ...steps: PlannedStep[]) {
  expect((await ledger.begin({ request: 'a change', steps })).ok).toBe(true);
  await ledger.end(how);
}

test('the definitions are all steps that were done, and none that was undone', async () => {
  const file = new MemoryFile();
  const ledger = await opened(file);
  await change(ledger, 'done', move(5, 'p'));
  await change(ledger, 'undone', move(6, 'p'));
  await change(ledger, 'done', move(7, 'p'));
  for (const { definitions } of [ledger, await opened(file.afterCrash(1000))])
    expect([...definitions.owners]).toEqual([
      [5, 'p'],
      [7, 'p'],
    ]);
});

test('a change that was begun and not ended is open, whole', async () => {
  const file = new MemoryFile();
  const ledger = await opened(file);
  const steps = [move(5, 'p'), move(6, 'p')];
  await ledger.begin({ request: 'pool-modify p ncpu=2', steps });
  const again = await opened(file.afterCrash(0));
  expect(again.open).toMatchObject({ request: 'pool-modify p ncpu=2', steps });
  expect(again.definitions.owners.size).toBe(0);
});

test('an end that could not be written is written before the next change', async () => {
  const file = new MemoryFile();
  const ledger = await opened(file);
  await ledger.begin({ request: 'a change', steps: [move(5, 'p')] });
  file.isReadOnly = true;
  await ledger.end('done');
  expect(await ledger.begin({ request: 'the next', steps: [] })).toMatchObject({
    refusal: { code: 'state-unwritable' },
  });
  file.isReadOnly = false;
  await change(ledger, 'done', move(6, 'p'));
  expect((await opened(file.afterCrash(1000))).definitions.owners.size).toBe(2);
});

test('the journal does not grow for ever, and what it defines stays the same', async () => {
  const file = new MemoryFile();
  const ledger = await opened(file);
  const many = Array.from({ length: 1000 }, (_, n) => move(n + 1, 'p'));
  let most = 0;
  for (let i = 0; i < 30; i++) {
    await change(ledger, 'done', ...many);
    most = Math.max(most, ledger.bytes);
  }
  expect(most).toBeLessThan(1.5 * 1024 * 1024);
  expect(ledger.bytes).toBe(file.content.length);
  expect((await opened(file.afterCrash(1000))).definitions.snapshot()).toEqual(ledger.definitions.snapshot());
});

test('starts are counted, over compactions too', async () => {
  const file = new MemoryFile();
  const first = await opened(file);
  await first.start();
  await first.compact();
  const survived = file.afterCrash(0);
  await (await opened(survived)).start();
  expect((await opened(survived.afterCrash(0))).definitions.start).toBe(2);
});
