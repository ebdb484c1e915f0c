/** One thing at a time, in the order they were asked for: nobody looks at the host in the middle of a step. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** How long nobody else may have to wait for something long to be through. */
const LONGEST_MS = 10;

/** To be awaited in between: lets others have their turn when nobody has had one for so long. */
export function pauses(): () => Promise<void> | void {
  let since = performance.now();
  return () => {
    if (performance.now() - since < LONGEST_MS) return;
    return new Promise((resolve) => {
      setImmediate(() => {
        since = performance.now();
        resolve();
      });
    });
  };
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
