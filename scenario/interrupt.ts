/** The exit statuses of a program that a signal has ended: 128 and its number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof SIGNALS;

/** Ctrl-C ends a run early but in good order; a second one ends it at once. */
export class Interrupt {
  /** What the process shall exit with, once it was interrupted. */
  status: number | null = null;
  readonly #controller = new AbortController();
  readonly #atOnce: () => void;

  /** `atOnce`: what must not be left behind. */
  constructor(atOnce: () => void) {
    this.#atOnce = atOnce;
    for (const signal of Object.keys(SIGNALS)) process.on(signal, this.#hear);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the run for another reason. */
  abort(): void {
    this.#controller.abort();
  }

  /** From now on signals do what they always do. */
  close(): void {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, this.#hear);
  }

  readonly #hear = (signal: NodeJS.Signals) => {
    const status = SIGNALS[signal as Signal];
    if (this.status !== null) {
      this.#atOnce();
      process.exit(status);
    }
    this.status = status;
    this.#controller.abort();
  };
}
