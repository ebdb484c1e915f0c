import { expect, test } from 'vitest';
import { EventLines } from './event-lines.ts';

test.each([1, 2, 5, 1000])('events torn after every %i bytes are put together', (size) => {
  const stream = Buffer.from(
    ': hello\n\nid: 1-1\nevent: change\ndata: {"id":"1-1","text":"pööl"}\n\ndata: {"id":"1-2"}\r\n\r\ndata: {"id',
  );
  const lines = new EventLines();
  const events: unknown[] = [];
  for (let at = 0; at < stream.length; at += size) events.push(...lines.push(stream.subarray(at, at + size)));
  expect(events).toEqual([{ id: '1-1', text: 'pööl' }, { id: '1-2' }]);
});
