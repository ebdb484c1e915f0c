// A fleet in one process: 10,000 hosts, each a pool of 8 cpus with 40 domains of one vcpu, all alive; what the process
// takes, and how fast their time goes when each in turn runs a second. A pool where nobody is runnable must cost nothing.
import type { Pool } from '../hypervisor/index.ts';
import { cpuSeconds, filledPool, type Kind, print, runTo } from './peers/job.ts';

const HOSTS = 10_000;
const CPUS = 8;
const VCPUS = 40;
const ROUNDS = 3;
const MEMORY_MIB = 256;
/** V8 gives the room for young objects back once it has seen five seconds without any. */
const REST_MS = 6000;

let hosts = fleet('hog');
printSpeed('hog', 0.25, 0.5);
printMemory('at its highest', process.resourceUsage().maxRSS / 2 ** 10);
await rest();
printMemory('at rest', process.memoryUsage().rss / 2 ** 20);
hosts = [];
hosts = fleet('mixed');
printSpeed('mixed', 0.06, 0.12);
hosts = [];
hosts = fleet('idle');
printIdle();

function fleet(kind: Kind): Pool[] {
  return Array.from({ length: HOSTS }, (_, host) => filledPool(kind, CPUS, VCPUS, host));
}

/** The best of a few simulated seconds, each of them run on all hosts. */
function printSpeed(kind: Kind, must: number, goal: number): void {
  runTo(hosts, 1);
  let least = Infinity;
  let rate = 0;
  for (let second = 1; second <= ROUNDS; second++) {
    const started = cpuSeconds();
    const events = runTo(hosts, 1 + second);
    const spent = cpuSeconds() - started;
    least = Math.min(least, spent);
    rate = Math.max(rate, events / spent);
  }
  print({
    what: `${kind}, one core`,
    measured: `${(1 / least).toFixed(2)} of real time`,
    bound: `>= ${must} (goal ${goal})`,
    value: 1 / least,
    limit: must,
  });
  print({ what: `${kind}, events`, measured: `${(rate / 1e6).toFixed(2)} M events/cpu-s`, value: rate });
}

async function rest(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  globalThis.gc!();
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
}

function printMemory(when: string, mib: number): void {
  print({
    what: `memory of the process, ${when}`,
    measured: `${mib.toFixed(0)} MiB`,
    bound: `<= ${MEMORY_MIB} MiB (goal 160)`,
    value: mib,
    limit: MEMORY_MIB,
  });
}

function printIdle(): void {
  const events = runTo(hosts, 1000);
  print({
    what: 'all idle, 1,000 s',
    measured: `${events} events`,
    bound: '<= 0',
    value: events,
    limit: 0,
  });
}
