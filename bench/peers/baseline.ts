/**
 * The frozen loop that rates are divided by, so that figures of two machines compare: 1,000 timers in a binary heap of
 * typed arrays; take the earliest, draw a delay, put it back. Never to be made faster.
 */
const TIMERS = 1000;

/** Fires so many timers; answers the last one's time, so that nothing can be left out. */
export function baseline(events: number): number {
  const due = new Float64Array(TIMERS);
  const heap = new Int32Array(TIMERS);
  for (let i = 0; i < TIMERS; i++) {
    due[i] = i * 1000;
    heap[i] = i;
  }
  let random = 77;
  for (let fired = 0; fired < events; fired++) {
    const timer = heap[0]!;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    due[timer]! += 1 + ((random >>> 0) % 10_000_000);
    siftDown(heap, due, timer);
  }
  return due[heap[0]!]!;
}

function siftDown(heap: Int32Array, due: Float64Array, timer: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= TIMERS) break;
    if (child + 1 < TIMERS && due[heap[child + 1]!]! < due[heap[child]!]!) child++;
    if (due[timer]! <= due[heap[child]!]!) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = timer;
}
