import { expect, onTestFinished, test } from 'vitest';
import { openStand } from './stand.ts';

test('who follows the events goes on following when xend was stopped and started again', async () => {
  const stand = openStand();
  stand.type('pool-create pool1 ncpu=2');
  const watcher = stand.watch('events --follow');
  onTestFinished(() => void watcher.kill());
  let seen = '';
  watcher.stdout!.on('data', (bytes) => {
    seen += bytes;
  });
  const until = async (text: string) => {
    while (!seen.includes(text)) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  await until('pool-create pool1 ncpu=2');
  stand.type('pool-modify pool1 ncpu=3');
  await until('pool-modify pool1 ncpu=3');
  stand.xend('--stop --private');
  stand.type('pool-modify pool1 ncpu=1');
  await until('pool-modify pool1 ncpu=1');
  expect(seen.match(/: xend .* started/g)).toHaveLength(2);
  expect(watcher.exitCode).toBeNull();
});
