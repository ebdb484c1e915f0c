import { expect, test } from 'vitest';
import type { EventView } from '../../interface/views.ts';
import { FakeXend, typed } from '../testing/fake-xend.ts';

const EVENTS: EventView[] = [
  { id: '1-1', at: '2026-11-23T01:00:00.000Z', kind: 'start', text: 'xend started', pools: [], domains: [] },
  {
    id: '1-2',
    at: '2026-11-23T01:00:01.000Z',
    kind: 'change',
    text: 'pool1 has cpus 6-9',
    pools: ['pool1'],
    domains: [],
  },
];
const stream = EVENTS.map((event) => `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`).join('');

async function events(line: string) {
  const xend = new FakeXend(() => [200, stream]);
  await xend.listen();
  const printed = await typed(line.split(' '), { env: { XM_CONNECT: xend.socket } });
  await xend.close();
  return { ...printed, url: xend.asked[0]!.url };
}

test('events are printed a line each; what is no change says what it is', async () => {
  expect(await events('events')).toEqual({
    status: 0,
    out: '2026-11-23T01:00:00.000Z  start: xend started\n2026-11-23T01:00:01.000Z  pool1 has cpus 6-9\n',
    err: '',
    url: '/v1/events?since=0&follow=false',
  });
});

test('with --json each is an object on a line, and --since goes on after one', async () => {
  const { out, url } = await events('events --json --since 1-0');
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(EVENTS);
  expect(url).toBe('/v1/events?since=1-0&follow=false');
});

test('a refusal in place of the stream is printed as one', async () => {
  const xend = new FakeXend(() => [
    503,
    { code: 'stopping', title: 'xend is stopping', detail: 'wait', status: 503 },
  ]);
  await xend.listen();
  const printed = await typed(['events', '-f'], { env: { XM_CONNECT: xend.socket } });
  await xend.close();
  expect(printed).toEqual({ status: 1, out: '', err: 'xm: xend is stopping\n    wait\n' });
});
