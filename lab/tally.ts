/** What tests came to. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const NONE: Count = { passed: 0, failed: 0, skipped: 0 };

/**
 * The part of a job that runs one program of tests and says how it ended, as a Tally hears it; unless the guest is up for
 * these minutes already.
 */
export function tallied(file: string, place: string, minutes?: number): string {
  // A shell script is one test.
  const one = `if sh -x ${place}; then echo '1 passed, 0 failed'; else echo '0 passed, 1 failed'; false; fi`;
  const run = place.endsWith('.sh') ? one : `node --enable-source-maps ${place}`;
  const job = `echo '== ${file}'\n${run}\necho "== ended ${file} $?"\n`;
  if (minutes === undefined) return job;
  const isLate = `[ "$(cut -d. -f1 /proc/uptime)" -ge ${60 * minutes} ]`;
  return `if ${isLate}; then echo '== no time for ${file}'; else\n${job}fi\n`;
}

/** Follows the words of a job, file after file, and counts. */
export class Tally {
  readonly #counts = new Map<string, Count>();
  /** The last summary that the file which is running has printed. */
  #summary: Count | null = null;
  readonly #waiting: Set<string>;

  constructor(files: readonly string[]) {
    this.#waiting = new Set(files);
  }

  hear(line: string): void {
    const [, late] = /^== no time for (\S+)$/.exec(line) ?? [];
    if (late !== undefined && this.#waiting.delete(late)) this.#counts.set(late, { ...NONE, skipped: 1 });
    this.#summary = parseSummary(line) ?? this.#summary;
    const [, file, status] = /^== ended (\S+) (\d+)$/.exec(line) ?? [];
    if (file === undefined || !this.#waiting.delete(file)) return;
    const said = this.#summary ?? NONE;
    // A file that ends with an error, or without a word, and names no failure fell over: that is one.
    const fellOver = said.failed === 0 && (status !== '0' || this.#summary === null);
    this.#counts.set(file, sum([said, { ...NONE, failed: fellOver ? 1 : 0 }]));
    this.#summary = null;
  }

  /** The count when the job is over. A file that has not ended by now has failed. */
  end(): Count {
    return sum([...this.#counts.values(), { ...NONE, failed: this.#waiting.size }]);
  }

  /** Files with a failure in them, and those that have not ended. */
  get failed(): readonly string[] {
    const failed = [...this.#counts].filter(([, count]) => count.failed > 0).map(([file]) => file);
    return [...failed, ...this.#waiting];
  }

  /** What these files came to when they were run again stands in the place of what they came to here. */
  endWith(again: Tally): Count {
    const kept = [...this.#counts].filter(([file]) => !this.failed.includes(file)).map(([, count]) => count);
    return sum([...kept, again.end()]);
  }

  /** Files that have not ended. */
  get waiting(): readonly string[] {
    return [...this.#waiting];
  }
}

/** `12 passed, 0 failed, 3 skipped` */
export function parseSummary(line: string): Count | null {
  const [, passed, failed, skipped = '0'] =
    /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line) ?? [];
  return passed === undefined
    ? null
    : { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}

export function printSummary({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function sum(counts: readonly Count[]): Count {
  const add = (field: keyof Count) => counts.reduce((total, count) => total + count[field], 0);
  return { passed: add('passed'), failed: add('failed'), skipped: add('skipped') };
}
