import { expect, test } from 'vitest';
import { inLanes } from './lanes.ts';

test('no more run at once than there are lanes, and what comes of them is in their order', async () => {
  let running = 0;
  let most = 0;
  const results = await inLanes([30, 1, 1, 20, 1], 2, async (ms) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, ms));
    running--;
    return ms + 1;
  });
  expect(results).toEqual([31, 2, 2, 21, 2]);
  expect(most).toBe(2);
});
