import { crc32 } from 'node:zlib';
import {
  done,
  type Outcome,
  type PlannedStep,
  type Refused,
  refuse,
  unwritable,
} from '../interface/index.ts';
import { type DefinitionsSnapshot, NOTHING_DEFINED, type OtherKeys } from './definitions.ts';
import type { JournalFile } from './journal-file.ts';

/**
 * The journal: one record a line, `<crc32 of the rest> <json>`, numbered without gaps. A record is written with one
 * write; a plan is on the disk before its first step is carried out. What a crash can tear is the last line only, for
 * the first one appears whole with the file: a bad end is cut off, anything else that is bad is refused.
 */
export type JournalRecord =
  /** The first line, and no other: what held when the journal was begun or last compacted. */
  | { readonly kind: 'header'; readonly format: number; readonly definitions: DefinitionsSnapshot }
  | { readonly kind: 'start'; readonly start: number }
  | {
      readonly kind: 'plan';
      /** What was asked, in words. */
      readonly request: string;
      readonly steps: readonly PlannedStep[];
      readonly otherKeys?: OtherKeys;
    }
  | { readonly kind: 'done'; readonly plan: number };

export type Numbered = JournalRecord & { readonly n: number };

/** Grows only when an old xend could not read what a new one writes. */
export const JOURNAL_FORMAT = 1;

export interface OpenedJournal {
  readonly journal: Journal;
  readonly records: readonly Numbered[];
  /** Where the last record begins. */
  readonly lastAt: number;
  /** How many torn bytes were cut off its end. */
  readonly cutBytes: number;
}

/** Reads the whole journal, cuts a torn end off, and goes on after it. A new one gets its header. */
export async function openJournal(file: JournalFile): Promise<Outcome<OpenedJournal>> {
  return attempt(file, async () => {
    const bytes = await file.read();
    if (bytes.length === 0) return begin(file);
    const parsed = parseJournal(bytes, file.path);
    if (!parsed.ok) return parsed;
    const { records, length, lastAt } = parsed.value;
    const cutBytes = bytes.length - length;
    if (cutBytes > 0) await file.truncate(length);
    return done({ journal: new Journal(file, length, records.at(-1)!.n), records, lastAt, cutBytes });
  });
}

async function begin(file: JournalFile): Promise<Outcome<OpenedJournal>> {
  const journal = new Journal(file, 0, 0);
  const begun = await journal.compact(NOTHING_DEFINED);
  return begun.ok ? done({ journal, records: [], lastAt: 0, cutBytes: 0 }) : begun;
}

export class Journal {
  readonly #file: JournalFile;
  #length: number;
  #last: number;
  /** Whether a failed write may have left bytes behind the good end. */
  #isTorn = false;

  constructor(file: JournalFile, length: number, last: number) {
    this.#file = file;
    this.#length = length;
    this.#last = last;
  }

  get bytes(): number {
    return this.#length;
  }

  /** The number of the last record: grows over all starts, never repeats. */
  get last(): number {
    return this.#last;
  }

  /** Writes the record whole, or leaves the journal as it was and refuses. Answers its number. */
  append(record: JournalRecord, isDurable: boolean): Promise<Outcome<number>> {
    return attempt(this.#file, async () => {
      if (this.#isTorn) await this.#cut();
      const n = this.#last + 1;
      const bytes = encode({ n, ...record });
      try {
        await this.#file.write(bytes, this.#length, isDurable);
      } catch (error) {
        this.#isTorn = true;
        // The write's failure is the one to tell; a cut that fails too is tried again before the next write.
        await this.#cut().catch(() => {});
        throw error;
      }
      this.#length += bytes.length;
      this.#last = n;
      return done(n);
    });
  }

  /** Takes the last record back, durably. Needs no room, so that a full disk is no obstacle. */
  retract(length: number): Promise<Outcome<void>> {
    return attempt(this.#file, async () => {
      await this.#file.truncate(length);
      this.#length = length;
      this.#last -= 1;
      this.#isTorn = false;
      return done(undefined);
    });
  }

  /** Begins anew with these definitions in the place of everything that led to them. */
  compact(definitions: DefinitionsSnapshot): Promise<Outcome<void>> {
    return attempt(this.#file, async () => {
      const n = this.#last + 1;
      const header = encode({ n, kind: 'header', format: JOURNAL_FORMAT, definitions });
      await this.#file.replace(header);
      this.#length = header.length;
      this.#last = n;
      this.#isTorn = false;
      return done(undefined);
    });
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #cut(): Promise<void> {
    await this.#file.truncate(this.#length);
    this.#isTorn = false;
  }
}

function parseJournal(
  bytes: Uint8Array,
  path: string,
): Outcome<{ records: readonly Numbered[]; length: number; lastAt: number }> {
  const records: Numbered[] = [];
  let length = 0;
  let lastAt = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, length)) {
    const record = decode(bytes.subarray(length, end));
    const isLast = bytes.indexOf(NEWLINE, end + 1) === -1;
    if (record === null && isLast && records.length > 0) break;
    if (record === null || !follows(record, records)) return damaged(path, records.length + 1);
    const newer = newerFormat(record, path);
    if (newer !== null) return newer;
    records.push(record);
    lastAt = length;
    length = end + 1;
  }
  return records.length === 0 ? damaged(path, 1) : done({ records, length, lastAt });
}

function follows(record: Numbered, records: readonly Numbered[]): boolean {
  const before = records.at(-1);
  if (before === undefined) return record.kind === 'header';
  return record.kind !== 'header' && record.n === before.n + 1;
}

const damaged = (path: string, line: number) => refuse({ code: 'state-damaged', path, line });

function newerFormat(record: Numbered, path: string): Refused | null {
  if (record.kind !== 'header' || record.format <= JOURNAL_FORMAT) return null;
  return refuse({ code: 'state-newer', path, found: record.format, known: JOURNAL_FORMAT });
}

const NEWLINE = 0x0a;
const CRC_DIGITS = 8;

function encode(record: Numbered): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  return Buffer.concat([Buffer.from(`${checksum(json)} `), json, Buffer.of(NEWLINE)]);
}

function decode(line: Uint8Array): Numbered | null {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length);
  const json = text.subarray(CRC_DIGITS + 1);
  return text.toString('latin1', 0, CRC_DIGITS + 1) === `${checksum(json)} `
    ? JSON.parse(json.toString())
    : null;
}

const checksum = (bytes: Uint8Array) => crc32(bytes).toString(16).padStart(CRC_DIGITS, '0');

/** What the file system refuses becomes a refusal that names the file. */
async function attempt<T>(file: JournalFile, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await work();
  } catch (error) {
    return unwritable(file.path, error);
  }
}
