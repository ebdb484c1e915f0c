import { done, type Outcome, type PlannedStep } from '../interface/index.ts';
import { Definitions, type OtherKeys } from './definitions.ts';
import { type Journal, type Numbered, type OpenedJournal, openJournal } from './journal.ts';
import type { JournalFile } from './journal-file.ts';

/** A plan that was begun and, as far as the journal knows, not ended. */
export interface OpenPlan {
  readonly n: number;
  readonly request: string;
  readonly steps: readonly PlannedStep[];
  readonly otherKeys?: OtherKeys;
}

/** Small journals are not worth a compaction; large ones get one when three quarters of them are history. */
const COMPACTION_FLOOR_BYTES = 1024 * 1024;
const COMPACTION_RATIO = 4;

/** What the journal comes to: the definitions, and the one plan that may be open. Every change of either is written. */
export class Ledger {
  readonly definitions: Definitions;
  /** Torn bytes that were cut off the journal's end when it was opened. */
  readonly cutBytes: number;
  readonly #journal: Journal;
  #open: OpenPlan | null;
  #compactedBytes: number;
  /** Where the last plan's record begins, to take it back. */
  #planAt: number;
  /** How the last plan ended, where that could not be written yet. */
  #unwrittenEnd: { readonly kind: 'done' | 'undone'; readonly plan: number } | null = null;

  constructor({ journal, records, lastAt, cutBytes }: OpenedJournal) {
    const folded = fold(records);
    this.definitions = folded.definitions;
    this.cutBytes = cutBytes;
    this.#journal = journal;
    this.#open = folded.open;
    // An open plan is always the last record.
    this.#planAt = lastAt;
    this.#compactedBytes = records.length === 0 ? journal.bytes : JSON.stringify(records[0]).length;
  }

  get open(): OpenPlan | null {
    return this.#open;
  }

  get bytes(): number {
    return this.#journal.bytes;
  }

  /** The last record's number: grows with every change, over all starts. */
  get last(): number {
    return this.#journal.last;
  }

  /** Makes the plan durable; only then may its first step be carried out. */
  async begin(plan: Omit<OpenPlan, 'n'>): Promise<Outcome<OpenPlan>> {
    const ready = await this.#settle();
    if (!ready.ok) return ready;
    this.#planAt = this.#journal.bytes;
    const written = await this.#journal.append({ kind: 'plan', ...plan }, true);
    if (!written.ok) return written;
    this.#open = { n: written.value, ...plan };
    return done(this.#open);
  }

  /**
   * Ends the open plan. That it is done need not reach the disk at once: a plan found open is found out to be done.
   * One that was undone is taken out of the journal at once, or the next start would do what its author was told is
   * not done.
   */
  async end(kind: 'done' | 'undone'): Promise<void> {
    const plan = this.#open!;
    this.#open = null;
    if (kind === 'done') followAll(this.definitions, plan);
    this.#unwrittenEnd = { kind, plan: plan.n };
    await this.#writeEnd();
  }

  /** Keeps the definitions as they are now, whatever led to them. */
  async compact(): Promise<Outcome<void>> {
    const compacted = await this.#journal.compact(this.definitions.snapshot());
    if (compacted.ok) {
      this.#compactedBytes = this.#journal.bytes;
      this.#unwrittenEnd = null;
    }
    return compacted;
  }

  /** Counts this start, once the last one's plan is ended. */
  async start(): Promise<Outcome<void>> {
    const ready = await this.#settle();
    if (!ready.ok) return ready;
    const start = this.definitions.start + 1;
    const written = await this.#journal.append({ kind: 'start', start }, true);
    if (!written.ok) return written;
    this.definitions.start = start;
    return done(undefined);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  async #settle(): Promise<Outcome<unknown>> {
    const due = Math.max(COMPACTION_FLOOR_BYTES, COMPACTION_RATIO * this.#compactedBytes);
    return this.#journal.bytes > due ? this.compact() : this.#writeEnd();
  }

  async #writeEnd(): Promise<Outcome<unknown>> {
    const end = this.#unwrittenEnd;
    if (end === null) return done(undefined);
    const written =
      end.kind === 'done'
        ? await this.#journal.append({ kind: 'done', plan: end.plan }, false)
        : await this.#journal.retract(this.#planAt);
    if (written.ok) this.#unwrittenEnd = null;
    return written;
  }
}

export async function openLedger(file: JournalFile): Promise<Outcome<Ledger>> {
  const opened = await openJournal(file);
  return opened.ok ? done(new Ledger(opened.value)) : opened;
}

function fold(records: readonly Numbered[]) {
  let definitions = new Definitions();
  let open: OpenPlan | null = null;
  for (const record of records) {
    switch (record.kind) {
      case 'header':
        definitions = new Definitions(record.definitions);
        break;
      case 'start':
        definitions.start = record.start;
        break;
      case 'plan':
        open = record;
        break;
      case 'done':
        if (open !== null) followAll(definitions, open);
        open = null;
        break;
    }
  }
  return { definitions, open };
}

function followAll(definitions: Definitions, plan: OpenPlan): void {
  for (const { step } of plan.steps) definitions.follow(step, plan.otherKeys);
}
