import { type Cpus, NONE } from '../cpus.ts';

/** Xen's sched_credit2_max_cpus_runqueue. */
const MOST_CPUS = 16;
/** What the queue's sets of cpus have room for: siblings share a queue up to here, more threads a core has nobody. */
const SET_SIZE = 32;

/**
 * Which cpus of a pool share a run queue, in Xen's default arrangement: those of a socket, at most 16, siblings always
 * together. By cpu the number of its queue, from 0 without gaps.
 *
 * A queue takes cpus in ascending order while it has room; of several with room the emptiest. What it has room for is
 * the pool's cpus divided by as many queues as they need at 16 each, rounded down, so a last short queue is possible,
 * as in Xen. (Xen divides the cpus of the whole host; here a pool sees only itself.) It is a function of the cpus alone,
 * so a pool that grew one by one is arranged like one that was born with them.
 */
export function layOut(cpus: Cpus): Int32Array<ArrayBuffer> {
  const needed = Math.max(1, Math.ceil(cpus.count / MOST_CPUS));
  const most = Math.floor(cpus.count / needed);
  const threads = counted(cpus.core);
  const queueOf = new Int32Array(cpus.count).fill(NONE);
  const queues: { readonly socket: number; size: number; promised: number }[] = [];
  const queueOfCore = new Map<number, number>();
  for (let cpu = 0; cpu < cpus.count; cpu++) {
    const core = cpus.core[cpu]!;
    let at = queueOfCore.get(core) ?? NONE;
    if (at === NONE || queues[at]!.size === SET_SIZE) {
      const socket = cpus.socket[cpu]!;
      at = emptiest(queues, socket, most, threads[core]!);
      if (at === NONE) at = queues.push({ socket, size: 0, promised: 0 }) - 1;
      queueOfCore.set(core, at);
      queues[at]!.promised += threads[core]!;
    }
    queues[at]!.size++;
    queueOf[cpu] = at;
  }
  return queueOf;
}

/** The queue of this socket with the fewest cpus that has room for a whole core. */
function emptiest(
  queues: readonly { readonly socket: number; readonly size: number; readonly promised: number }[],
  socket: number,
  most: number,
  threads: number,
): number {
  let best = NONE;
  for (const [at, queue] of queues.entries()) {
    if (queue.socket !== socket || queue.size >= most || queue.promised + threads > most) continue;
    if (best === NONE || queue.size < queues[best]!.size) best = at;
  }
  return best;
}

/** `[0, 1, 1]` → `[1, 2]`: how often each number occurs. */
function counted(numbers: Int16Array): number[] {
  const counts: number[] = [];
  for (const number of numbers) counts[number] = (counts[number] ?? 0) + 1;
  return counts;
}
