import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NOTHING_DEFINED } from './definitions.ts';
import { type JournalRecord, type OpenedJournal, openJournal } from './journal.ts';
import { openJournalFile } from './journal-file.ts';
import { MemoryFile } from './testing/memory-file.ts';

const RECORDS: JournalRecord[] = [
  { kind: 'start', start: 1 },
  { kind: 'plan', request: 'pool-create pool1 ncpu=4', steps: [] },
  { kind: 'done', plan: 3 },
];

async function opened(file: MemoryFile): Promise<OpenedJournal> {
  const outcome = await openJournal(file);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
  return outcome.value;
}

async function written(): Promise<MemoryFile> {
  const file = new MemoryFile();
  const { journal } = await opened(file);
  for (const record of RECORDS) await journal.append(record, true);
  return file;
}

const withoutNumbers = ({ records }: OpenedJournal) => records.map(({ n: _, ...record }) => record);

test('what was appended is read back in order, after the header', async () => {
  const journal = await opened(await written());
  expect(withoutNumbers(journal).slice(1)).toEqual(RECORDS);
  expect(journal.records.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
  expect(journal.cutBytes).toBe(0);
});

test('a journal cut at any byte after its first line loses its torn line, and goes on after the good ones', async () => {
  const { content } = await written();
  const lines = Buffer.from(content).toString().split('\n');
  const header = lines[0]!.length + 1;
  for (let length = header; length <= content.length; length++) {
    const file = new MemoryFile(content.slice(0, length));
    const cut = await opened(file);
    const whole = Buffer.from(content.slice(0, length)).toString().split('\n').length - 1;
    expect(cut.records.length).toBe(whole);
    expect((await cut.journal.append({ kind: 'start', start: 9 }, true)).ok).toBe(true);
    expect((await opened(file)).records.at(-1)).toMatchObject({ kind: 'start', start: 9, n: whole + 1 });
  }
});

test('a first line that is not whole is refused: it holds all that was defined, and never appears torn', async () => {
  const { content } = await written();
  for (let length = 1; length < content.indexOf(10); length++)
    expect(await openJournal(new MemoryFile(content.slice(0, length)))).toMatchObject({
      refusal: { code: 'state-damaged', line: 1 },
    });
});

test('garbage after the last newline and a bad last line are cut off, a bad line before the last is refused', async () => {
  const { content } = await written();
  const garbage = new MemoryFile(Buffer.concat([content, Buffer.from('\0\0garbage')]));
  expect((await opened(garbage)).cutBytes).toBe(9);
  expect(garbage.content.length).toBe(content.length);

  const lines = Buffer.from(content).toString().trimEnd().split('\n');
  const flipped = (line: number) => {
    const torn = lines.map((text, i) => (i === line ? text.replace(/.$/, '!') : text));
    return new MemoryFile(Buffer.from(`${torn.join('\n')}\n`));
  };
  expect((await opened(flipped(3))).records.length).toBe(3);
  for (const line of [0, 1, 2])
    expect(await openJournal(flipped(line))).toMatchObject({
      refusal: { code: 'state-damaged', line: line + 1 },
    });
});

test('a missing line in the middle is damage, though every line is good', async () => {
  const lines = Buffer.from((await written()).content)
    .toString()
    .trimEnd()
    .split('\n');
  const file = new MemoryFile(Buffer.from(`${[lines[0], lines[2], lines[3]].join('\n')}\n`));
  expect(await openJournal(file)).toMatchObject({ refusal: { code: 'state-damaged', line: 2 } });
});

test('a journal of a newer format is refused with both numbers', async () => {
  const { crc32 } = await import('node:zlib');
  const json = JSON.stringify({ n: 1, kind: 'header', format: 2, definitions: { unheardOf: true } });
  const line = `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
  expect(await openJournal(new MemoryFile(Buffer.from(line)))).toMatchObject({
    refusal: { code: 'state-newer', found: 2, known: 1 },
  });
});

test('a full disk refuses, leaves nothing behind at any byte, and the next attempt works when there is room', async () => {
  const length = JSON.stringify({ n: 5, ...RECORDS[1] }).length + 10;
  for (let bytes = 0; bytes < length; bytes++) {
    const file = await written();
    const { journal } = await opened(file);
    const before = file.content;
    file.fate = () => ({ kind: 'full', bytes });
    expect(await journal.append(RECORDS[1]!, true)).toMatchObject({
      refusal: { code: 'state-unwritable', why: 'no space left on the disk' },
    });
    expect(file.content).toEqual(before);
    file.fate = () => null;
    expect(await journal.append(RECORDS[1]!, true)).toMatchObject({ ok: true, value: 5 });
    expect((await opened(file)).records.length).toBe(5);
  }
});

test('where even the cut fails, it is made up for before the next write', async () => {
  const file = await written();
  const { journal } = await opened(file);
  const truncate = file.truncate.bind(file);
  file.fate = () => ({ kind: 'full', bytes: 7 });
  file.truncate = () => Promise.reject(new Error('not now'));
  expect((await journal.append(RECORDS[1]!, true)).ok).toBe(false);
  file.fate = () => null;
  expect((await journal.append(RECORDS[1]!, true)).ok).toBe(false);
  file.truncate = truncate;
  expect((await journal.append(RECORDS[1]!, true)).ok).toBe(true);
  expect((await opened(file)).records.length).toBe(5);
});

test('compacted, the journal begins anew with the definitions and goes on counting', async () => {
  const file = await written();
  const { journal } = await opened(file);
  await journal.compact({ ...NOTHING_DEFINED, start: 7 });
  await journal.append({ kind: 'start', start: 8 }, true);
  const { records } = await opened(file);
  expect(records).toMatchObject([
    { n: 5, kind: 'header', definitions: { start: 7 } },
    { n: 6, kind: 'start' },
  ]);
});

test('on a real disk: files for their owner only, appended, replaced, and refused where it cannot be written', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'xend-journal-'));
  try {
    const path = join(directory, 'journal');
    const first = await openJournal(await openJournalFile(path));
    if (!first.ok) throw new Error('not opened');
    await first.value.journal.append(RECORDS[0]!, true);
    await first.value.journal.compact({ ...NOTHING_DEFINED, start: 3 });
    await first.value.journal.append(RECORDS[1]!, true);
    await first.value.journal.close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path, 'utf8')).split('\n').length).toBe(3);

    await writeFile(path, 'not a journal\n');
    expect(await openJournal(await openJournalFile(path))).toMatchObject({
      refusal: { code: 'state-damaged', line: 1, path },
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
