/**
 * A whole xend in a process of its own that dies at its n-th write: only in the laboratory. The program is the bundle of
 * the test that uses it, started again with one more word.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { pino } from 'pino';
import type { ChangeRequest, ChangeView, Outcome } from '../../interface/index.ts';
import { startXend } from '../daemon.ts';
import { parseOptions } from '../options.ts';
import { type Seen, seenBy } from './host-snapshot.ts';
import { overseeWrites } from './writes.ts';

const WORD = 'mortal';

type Order =
  | { readonly do: 'start' }
  | { readonly do: 'see' }
  | { readonly do: 'stop' }
  /** `dieAt`: the write of the change that is never made; `null`: live. */
  | { readonly do: 'change'; readonly request: ChangeRequest; readonly dieAt: number | null };

type Answer =
  | { readonly seen: Seen }
  | { readonly changed: Outcome<ChangeView> }
  | { readonly failed: string };

/** What the bundle does when it is started as a xend; for a test it returns at once. */
export async function liveIfMortal(): Promise<void> {
  if (process.argv[2] !== WORD) return;
  process.on('disconnect', () => process.exit(1));
  let dieIn = Number.POSITIVE_INFINITY;
  await overseeWrites(() => {
    if (dieIn-- === 0) process.kill(process.pid, 'SIGKILL');
  });
  const command = parseOptions(['--connect', 'linux:'], process.env, 0);
  if (!command.ok || command.value.do !== 'run') throw new Error('no options to run with');
  const { options } = command.value;
  await nextOrder();
  const xend = await startXend(options, pino({ level: 'silent' }));
  if (!xend.ok) return new Promise(() => answer({ failed: JSON.stringify(xend.refusal) }));
  const { observer, service } = xend.value;
  const see = async (): Promise<Answer> => ({ seen: await seenBy(observer) });
  answer(await see());
  for (;;) {
    const order = await nextOrder();
    if (order.do === 'stop') break;
    if (order.do === 'see') answer(await see());
    if (order.do !== 'change') continue;
    dieIn = order.dieAt ?? Number.POSITIVE_INFINITY;
    const changed = await service.change(order.request);
    dieIn = Number.POSITIVE_INFINITY;
    answer({ changed });
  }
  xend.value.stop();
  await xend.value.ended;
  process.exit(0);
}

const nextOrder = () => new Promise<Order>((resolve) => process.once('message', resolve));
const answer = (what: Answer) => process.send!(what);

/** Such a xend, seen from the test. The program of the next one starts while this one lives: that takes longest. */
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
    return fork(process.argv[1]!, [WORD], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
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
