import { expect, test } from 'vitest';
import { Reply } from './reply.ts';

const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n w\u00f6rl\r\n0\r\n\r\n';
const COUNTED = 'HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\nX: a: b\r\n\r\nhello';

/** The body, with the bytes torn apart after every `size`. */
function body(text: string, size: number): { reply: Reply; text: string } {
  const bytes = Buffer.from(text, 'utf8');
  const reply = new Reply();
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(reply.push(bytes.subarray(at, at + size)));
  return { reply, text: Buffer.concat(parts).toString('utf8') };
}

test.each([1, 2, 3, 7, 1000])('a reply torn after every %i bytes is put together', (size) => {
  const chunked = body(CHUNKED, size);
  expect(chunked.text).toBe('hello w\u00f6rl');
  expect(chunked.reply.complete).toBe(true);

  const counted = body(COUNTED, size);
  expect(counted.text).toBe('hello');
  expect(counted.reply.complete).toBe(true);
  expect(counted.reply.head).toEqual({
    status: 404,
    headers: new Map([
      ['content-length', '5'],
      ['x', 'a: b'],
    ]),
  });
});

test('an empty body is complete with its head', () => {
  expect(body('HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n', 1000).reply.complete).toBe(true);
});

test('without a length the body ends with the connection', () => {
  const { reply, text } = body('HTTP/1.1 200 OK\r\n\r\nhello', 4);
  expect(text).toBe('hello');
  expect(reply.complete).toBe(false);
  expect(reply.end()).toBe(true);
});

test.each([COUNTED.length - 1, 30, 5])('a reply cut after %i bytes is not whole', (length) => {
  expect(body(COUNTED.slice(0, length), 1000).reply.end()).toBe(false);
});
