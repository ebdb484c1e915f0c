// Bytes allocated by the event loop after warm-up: the heap's growth over so many events, less that of an empty loop.
import type { SchedulerName } from '../interface/words.ts';
import { print, referenceJob, runTo } from './peers/job.ts';

const EVENTS = 10_000_000;
/** What at least so many events take at the job's 117,000 a second; credit2's are 136,000. */
const SECONDS = 90;
const WARM_UP_S = 30;
const ROUNDS = 5;

const noise = leastGrowth(emptyLoop);
print({ what: `an empty loop of ${EVENTS / 1e6} M turns`, measured: `${noise} B`, value: noise });
printGrowth('credit', `${EVENTS / 1e6} M events, beyond that`);
printGrowth('credit2', `credit2, ${EVENTS / 1e6} M events, beyond that`);

function printGrowth(scheduler: SchedulerName, what: string): void {
  const job = referenceJob('mixed', 10, scheduler);
  let second = WARM_UP_S;
  runTo(job, second);
  const grown = leastGrowth(() => {
    second += SECONDS;
    runTo(job, second);
  });
  const ours = Math.max(0, grown - noise);
  print({ what, measured: `${ours} B`, bound: '<= 0 B', value: ours, limit: 0 });
}

/** Of a few rounds, for compiled code lies in the heap too; what the loop itself allocates, it allocates in each. */
function leastGrowth(loop: () => void): number {
  return Math.min(...Array.from({ length: ROUNDS }, () => growth(loop)));
}

/** Young objects die only at a collection: without one in between, what was allocated is what the heap grew by. */
function growth(loop: () => void): number {
  globalThis.gc!();
  const before = process.memoryUsage().heapUsed;
  loop();
  return process.memoryUsage().heapUsed - before;
}

function emptyLoop(): void {
  let sum = 0;
  for (let turn = 0; turn < EVENTS; turn++) sum = (sum + turn) | 0;
  if (sum === 1) throw new Error('never');
}
