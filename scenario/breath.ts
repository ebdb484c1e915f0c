import { setImmediate } from 'node:timers/promises';

/** How long nobody is heard at most. */
const BREATH_MS = 10;

/** Lets the event loop have its turn, if its last was some time ago. */
export function breather(): () => Promise<void> {
  let lastMs = performance.now();
  return async () => {
    if (performance.now() - lastMs < BREATH_MS) return;
    await setImmediate();
    lastMs = performance.now();
  };
}
