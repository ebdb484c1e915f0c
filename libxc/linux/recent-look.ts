import type { Look } from './look.ts';
import type { Records } from './state-file.ts';

/** The steps of a change and the answer to it follow each other: as long as nothing was changed, they go by one look. */
const FRESH_MS = 100;

/** The last look, for as long as it may be taken for what there is. */
export class RecentLook {
  #seen: Look | null = null;
  #atMs = 0;

  /** `null`: look again. */
  get({ pools, domains }: Records): Look | null {
    const seen = this.#seen;
    if (seen === null || performance.now() - this.#atMs > FRESH_MS) return null;
    return seen.records.pools === pools && seen.records.domains === domains ? seen : null;
  }

  keep(seen: Look): void {
    this.#seen = seen;
    this.#atMs = performance.now();
  }

  /** Something is about to be changed, or somebody else has changed something. */
  forget(): void {
    this.#seen = null;
  }
}
