import { parentPort, workerData } from 'node:worker_threads';
import { NS_PER_S, type Outcome } from '../interface/index.ts';
import { breather } from './breath.ts';
import { type Part, type Played, play } from './play.ts';
import type { Scenario } from './scenario.ts';

/** A part to play, or the end of it all. */
export type ToWorker = Part | 'stop';
/** How many virtual seconds have been played, or what came of the part. */
export type FromWorker = number | Outcome<Played>;

/** How often it says how far it is. */
const PROGRESS_MS = 100;

main(workerData as Scenario);

/** One of the threads that play a scenario: lanes.ts has the other end. */
function main(scenario: Scenario): void {
  const port = parentPort!;
  const tell = (message: FromWorker) => port.postMessage(message);
  const breathe = breather();
  let isStopped = false;
  let toldMs = 0;
  const goOn = async (nowNs: number) => {
    if (performance.now() - toldMs > PROGRESS_MS) {
      tell(nowNs / NS_PER_S);
      toldMs = performance.now();
    }
    await breathe();
    return !isStopped;
  };
  port.on('message', async (message: ToWorker) => {
    if (message === 'stop') isStopped = true;
    else tell(await play(scenario, message, { goOn }));
  });
}
