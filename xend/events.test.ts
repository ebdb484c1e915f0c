import { expect, test } from 'vitest';
import type { EventView } from '../interface/index.ts';
import { Events } from './events.ts';
import { eventStream } from './routes/events.ts';

const events = (start = 3) => new Events(start, () => new Date(0));
const publish = (to: Events, n: number) => {
  for (let i = 0; i < n; i++) to.publish({ kind: 'change', text: `change ${i + 1}` });
};
function heard(from: Events, since: string | null): EventView[] {
  const list: EventView[] = [];
  from.listen(since, { hear: (event) => list.push(event), end: () => {} });
  return list;
}

test('a listener hears what comes, numbered within this start', () => {
  const log = events();
  publish(log, 1);
  const list = heard(log, null);
  log.publish({ kind: 'change', text: 'now', pools: ['pool1'], domains: [7] });
  expect(list).toEqual([
    {
      id: '3-2',
      at: '1970-01-01T00:00:00.000Z',
      kind: 'change',
      text: 'now',
      pools: ['pool1'],
      domains: [7],
    },
  ]);
});

test('one that comes back gets what it missed, and then what comes', () => {
  const log = events();
  publish(log, 5);
  const list = heard(log, '3-3');
  publish(log, 1);
  expect(list.map(({ id }) => id)).toEqual(['3-4', '3-5', '3-6']);
  expect(heard(log, '3-6')).toEqual([]);
  expect(heard(log, '3-0')).toHaveLength(6);
});

test.each([
  ['of another start', '2-3'],
  ['of the future', '3-1500'],
  ['older than what is kept', '3-5'],
  ['that no xend gave', 'last'],
])('an id %s gets a gap that says to read anew, then all that is kept, and goes on from there', (_, since) => {
  const log = events();
  publish(log, 1200);
  const list = heard(log, since);
  expect(list).toHaveLength(1001);
  expect(list.slice(0, 2)).toMatchObject([{ id: '3-200', kind: 'gap' }, { id: '3-201' }]);
  publish(log, 1);
  expect(list.at(-1)).toMatchObject({ id: '3-1201' });
});

test('the oldest id that is kept is no gap', () => {
  const log = events();
  publish(log, 1200);
  expect(heard(log, '3-200')).toHaveLength(1000);
});

test('on the stream an event is an id, a kind and its data; leaving it ends the listening', async () => {
  const log = events();
  publish(log, 1);
  const reader = eventStream(log, '3-0').getReader();
  const text = async () => new TextDecoder().decode((await reader.read()).value);
  expect(await text()).toBe(': xend\n\n');
  expect(await text()).toMatch(/^id: 3-1\nevent: change\ndata: \{"id":"3-1".*\}\n\n$/);
  expect(log.listeners).toBe(1);
  await reader.cancel();
  expect(log.listeners).toBe(0);
});

test('a client that does not read is disconnected before it fills the memory', async () => {
  const log = events();
  const reader = eventStream(log, null).getReader();
  const text = 'x'.repeat(64 * 1024);
  for (let i = 0; i < 100; i++) log.publish({ kind: 'change', text });
  expect(log.listeners).toBe(0);
  await expect(reader.read()).rejects.toThrow('too slowly');
});

test('when xend ends, so does the stream', async () => {
  const log = events();
  const reader = eventStream(log, null).getReader();
  await reader.read();
  log.end();
  expect(await reader.read()).toMatchObject({ done: true });
});

test('who does not follow gets what is kept, and the end', async () => {
  const log = events();
  publish(log, 1);
  const reader = eventStream(log, '0', false).getReader();
  await reader.read();
  expect(new TextDecoder().decode((await reader.read()).value)).toContain('id: 3-1\n');
  expect(await reader.read()).toMatchObject({ done: true });
  expect(log.listeners).toBe(0);
});
