// The reference job of bench/README.md on our own engine, in one pool: our_job KIND SECONDS SCHEDULER
//
// Runs it twice and measures the second time: the first is what Node needs to have compiled everything, as g++ has
// the peers'. Prints {"events": ..., "cpuSeconds": ...}.
import { SCHEDULERS } from '../../interface/words.ts';
import { cpuSeconds, type Kind, referenceJob, runTo } from './job.ts';

const [, , kind, seconds, name] = process.argv;
const scheduler = SCHEDULERS.find((one) => one === name)!;
run();
console.log(JSON.stringify(run()));

function run(): { readonly events: number; readonly cpuSeconds: number } {
  const job = referenceJob(kind as Kind, 1, scheduler);
  runTo(job, 1);
  const started = cpuSeconds();
  const events = runTo(job, 1 + Number(seconds));
  return { events, cpuSeconds: cpuSeconds() - started };
}
