/** Before that nobody wonders. */
const QUIET_MS = 2000;
const BETWEEN_MS = 200;
const CLEAR_LINE = '\r\u001b[K';

interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** One line on a terminal that says how far a long run is, and is gone afterwards. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #nowMs: () => number;
  readonly #total: number;
  readonly #startMs: number;
  /** By part, virtual seconds. */
  readonly #seconds: number[] = [];
  #shownMs = -Infinity;

  /** `total`: virtual seconds of all parts together. */
  constructor(terminal: Terminal, total: number, nowMs: () => number) {
    this.#terminal = terminal;
    this.#total = total;
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
  }

  at(part: number, seconds: number): void {
    this.#seconds[part] = seconds;
    const nowMs = this.#nowMs();
    const tookMs = nowMs - this.#startMs;
    if (!this.#terminal.isTTY || tookMs < QUIET_MS || nowMs - this.#shownMs < BETWEEN_MS) return;
    const fraction = this.#seconds.reduce((sum, one) => sum + (one ?? 0), 0) / this.#total;
    if (fraction === 0) return;
    this.#shownMs = nowMs;
    const left = inWords((tookMs * (1 / fraction - 1)) / 1000);
    const percent = (Math.floor(1000 * fraction) / 10).toFixed(1);
    this.#terminal.write(`${CLEAR_LINE}${percent} % simulated, about ${left} to go`);
  }

  clear(): void {
    if (this.#shownMs > 0) this.#terminal.write(CLEAR_LINE);
    this.#shownMs = -Infinity;
  }
}

/** A time as people say it. */
function inWords(seconds: number): string {
  if (seconds <= 120) return `${Math.ceil(seconds)} s`;
  return seconds <= 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}
