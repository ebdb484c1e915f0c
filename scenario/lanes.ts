import { Worker } from 'node:worker_threads';
import { done, NS_PER_S, type Outcome } from '../interface/index.ts';
import { breather } from './breath.ts';
import { type Part, type Played, play } from './play.ts';
import type { Scenario } from './scenario.ts';
import type { Sink } from './sink.ts';
import type { FromWorker, ToWorker } from './worker.ts';

/** How a run is spread over threads, and watched. */
export interface Lanes {
  /** Threads, this one included. */
  readonly jobs: number;
  /** The program of the other threads: worker.ts, bundled. */
  readonly worker?: string;
  /** These follow the first repeat. */
  readonly sinks?: readonly Sink[];
  /** Ends the run early. */
  readonly signal?: AbortSignal;
  /** Told in every break how far a part is, in virtual seconds; one of two parts of a repeat counts half. */
  readonly progress?: (part: number, seconds: number) => void;
}

/** Plays all parts; of a run that was ended early, those that had begun. */
export async function playAll(
  scenario: Scenario,
  parts: readonly Part[],
  lanes: Lanes,
): Promise<Outcome<Played[]>> {
  const queue = new Queue(parts, lanes.signal);
  // This thread takes the first part, which is the one that is followed, before any other has started.
  const here = playHere(scenario, queue, lanes);
  const others = Array.from({ length: lanes.jobs - 1 }, () => playElsewhere(scenario, queue, lanes));
  const ends = await Promise.all([here, ...others]);
  return ends.find((end) => !end.ok) ?? done(queue.played());
}

interface Taken {
  readonly index: number;
  readonly part: Part;
}

/** What is still to be played, and what has been. */
class Queue {
  readonly #parts: readonly Part[];
  readonly #signal: AbortSignal | undefined;
  readonly #played: (Played | undefined)[] = [];
  #next = 0;
  #hasFailed = false;

  constructor(parts: readonly Part[], signal: AbortSignal | undefined) {
    this.#parts = parts;
    this.#signal = signal;
  }

  take(): Taken | null {
    if (this.#hasFailed || this.#signal?.aborted || this.#next === this.#parts.length) return null;
    const index = this.#next++;
    return { index, part: this.#parts[index]! };
  }

  /** Whether it could be played. */
  put({ index }: Taken, outcome: Outcome<Played>): Outcome<null> {
    if (outcome.ok) this.#played[index] = outcome.value;
    else this.#hasFailed = true;
    return outcome.ok ? done(null) : outcome;
  }

  /** In the order of the parts, whoever was first. */
  played(): Played[] {
    return this.#played.filter((one) => one !== undefined);
  }
}

async function playHere(scenario: Scenario, queue: Queue, lanes: Lanes): Promise<Outcome<null>> {
  const { sinks = [], signal, progress } = lanes;
  const breathe = breather();
  for (let taken = queue.take(); taken !== null; taken = queue.take()) {
    const { index, part } = taken;
    const goOn = async (nowNs: number) => {
      progress?.(index, nowNs / NS_PER_S / part.of);
      if (signal !== undefined) await breathe();
      return !signal?.aborted;
    };
    const put = queue.put(taken, await play(scenario, part, { goOn, sinks: index === 0 ? sinks : [] }));
    if (!put.ok) return put;
  }
  return done(null);
}

/** Another thread, which is given one part after the other. */
function playElsewhere(scenario: Scenario, queue: Queue, lanes: Lanes): Promise<Outcome<null>> {
  const worker = new Worker(lanes.worker!, { workerData: scenario });
  const tell = (message: ToWorker) => worker.postMessage(message);
  const stop = () => tell('stop');
  return new Promise<Outcome<null>>((resolve, reject) => {
    let taken: Taken | null = null;
    const next = () => {
      taken = queue.take();
      if (taken === null) resolve(done(null));
      else tell(taken.part);
    };
    worker.on('error', reject);
    worker.on('message', (message: FromWorker) => {
      if (typeof message === 'number') return lanes.progress?.(taken!.index, message / taken!.part.of);
      const put = queue.put(taken!, message);
      if (put.ok) next();
      else resolve(put);
    });
    lanes.signal?.addEventListener('abort', stop);
    next();
  }).finally(() => {
    lanes.signal?.removeEventListener('abort', stop);
    return worker.terminate();
  });
}
