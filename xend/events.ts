import type { EventView } from '../interface/index.ts';

/** How many events are kept for clients that come back. */
const KEPT = 1000;

export interface EventListener {
  hear(event: EventView): void;
  /** xend stops: nothing comes after. */
  end(): void;
}
export type NewEvent = Pick<EventView, 'kind' | 'text'> & Partial<Pick<EventView, 'pools' | 'domains'>>;

/**
 * What happened, in order, and who listens. An id is `<start>-<n>`: `start` counts the starts of xend, so that a
 * client which was away over a restart is told to look anew and not given another life's events.
 */
export class Events {
  readonly #start: number;
  readonly #clock: () => Date;
  readonly #log: (event: EventView) => void;
  readonly #kept: EventView[] = [];
  readonly #listeners = new Set<EventListener>();
  #last = 0;

  /** `log` is told of every event, and is no listener. */
  constructor(start: number, clock: () => Date, log: (event: EventView) => void = () => {}) {
    this.#start = start;
    this.#clock = clock;
    this.#log = log;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  publish({ kind, text, pools = [], domains = [] }: NewEvent): void {
    this.#last += 1;
    const event = this.#event(this.#last, kind, text, pools, domains);
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#kept.shift();
    this.#log(event);
    for (const listener of this.#listeners) listener.hear(event);
  }

  /** Gives what came after `since` (`0`: all that is kept; null: from now on), then what comes; answers how to stop. */
  listen(since: string | null, listener: EventListener): () => void {
    for (const event of since === null ? [] : this.#after(since)) listener.hear(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(): void {
    for (const listener of this.#listeners) listener.end();
    this.#listeners.clear();
  }

  #after(since: string): readonly EventView[] {
    if (since === '0') return this.#kept;
    const [, start, n] = /^(\d{1,15})-(\d{1,15})$/.exec(since) ?? [];
    const seen = Number(n);
    const oldest = this.#last - this.#kept.length;
    const isKnown = Number(start) === this.#start && seen >= oldest && seen <= this.#last;
    if (isKnown) return this.#kept.slice(seen - oldest);
    // Its id is the last one missed: from there the client goes on, with all that is kept.
    const gap = this.#event(oldest, 'gap', 'events are missing here: read the state anew', [], []);
    return [gap, ...this.#kept];
  }

  #event(
    n: number,
    kind: EventView['kind'],
    text: string,
    pools: readonly string[],
    domains: readonly number[],
  ): EventView {
    return { id: `${this.#start}-${n}`, at: this.#clock().toISOString(), kind, text, pools, domains };
  }
}
