/** A whole xend in a process of its own that dies at its n-th write: only in the laboratory. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChangeRequest, ChangeView, Outcome } from '../../interface/index.ts';
import type { Seen } from './host-snapshot.ts';

/** mortal.ts, where the laboratory has put it. */
const PROGRAM = fileURLToPath(new URL('./xend-testing-mortal.cjs', import.meta.url));

export type Order =
  | { readonly do: 'start' }
  | { readonly do: 'see' }
  | { readonly do: 'stop' }
  /** `dieAt`: the write of the change that is never made; `null`: live. */
  | { readonly do: 'change'; readonly request: ChangeRequest; readonly dieAt: number | null };

export type Answer =
  | { readonly seen: Seen }
  | { readonly changed: Outcome<ChangeView> }
  | { readonly failed: string };

/** Seen from the test. The program of the next one starts while this one lives: that takes longest. */
export class MortalXend {
  static #spare: ChildProcess | null = null;
  readonly #process: ChildProcess;

  /** One that has recovered from whatever the last one left, and what it sees then. */
  static async start(): Promise<{ xend: MortalXend; seen: Seen }> {
    const xend = new MortalXend(MortalXend.#spare ?? MortalXend.#fork());
    MortalXend.#spare = MortalXend.#fork();
    const started = await xend.#ask({ do: 'start' });
    if (started === null || !('seen' in started)) throw new Error(`xend: ${JSON.stringify(started)}`);
    return { xend, seen: started.seen };
  }

  static endSpare(): void {
    MortalXend.#spare?.kill('SIGKILL');
    MortalXend.#spare = null;
  }

  static #fork(): ChildProcess {
    return fork(PROGRAM, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  constructor(child: ChildProcess) {
    this.#process = child;
  }

  async see(): Promise<Seen> {
    const answered = await this.#ask({ do: 'see' });
    if (answered === null || !('seen' in answered)) throw new Error(`xend: ${JSON.stringify(answered)}`);
    return answered.seen;
  }

  /** `null`: it died over it. */
  async change(request: ChangeRequest, dieAt: number | null = null): Promise<Outcome<ChangeView> | null> {
    const answered = await this.#ask({ do: 'change', request, dieAt });
    if (answered !== null && !('changed' in answered)) throw new Error(`xend: ${JSON.stringify(answered)}`);
    return answered === null ? null : answered.changed;
  }

  kill(): Promise<void> {
    const ended = this.#ended();
    this.#process.kill('SIGKILL');
    return ended;
  }

  stop(): Promise<void> {
    const ended = this.#ended();
    this.#process.send({ do: 'stop' } satisfies Order);
    return ended;
  }

  #ended(): Promise<void> {
    return new Promise((resolve) => this.#process.once('exit', () => resolve()));
  }

  /** The answer, or `null` of one that has died. */
  #ask(order: Order): Promise<Answer | null> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const settle = (what: Answer | null) => {
        child.removeAllListeners();
        resolve(what);
      };
      child.once('message', (what) => settle(what as Answer));
      child.once('exit', (status, signal) => {
        if (signal === 'SIGKILL') settle(null);
        else reject(new Error(`xend ended with ${status ?? signal}`));
      });
      child.send(order);
    });
  }
}
