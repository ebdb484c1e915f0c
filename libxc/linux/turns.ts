/** One thing at a time, in the order they were asked for: nobody looks at the host in the middle of a step. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** Whether it comes to hold: the kernel takes some of its time to follow a write. */
export async function comesTrue(holds: () => boolean, patienceMs: number): Promise<boolean> {
  for (const deadline = performance.now() + patienceMs; ; ) {
    if (holds()) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const POLL_MS = 5;
