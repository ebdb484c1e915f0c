import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';

const ENV = { XDG_RUNTIME_DIR: '/run/user/7', HOME: '/home/me' };

test('root without --private is the system, everybody else a private xend', () => {
  expect(parseOptions([], ENV, 0)).toMatchObject({
    value: { do: 'run', options: { uri: 'embedded:', isPrivate: false, socket: '/run/xend/xend.sock' } },
  });
  for (const [words, uid] of [
    [['--private'], 0],
    [[], 7],
  ] as const)
    expect(parseOptions(words, ENV, uid)).toMatchObject({
      value: {
        options: {
          isPrivate: true,
          socket: '/run/user/7/cpu-pools/xend.sock',
          stateDir: '/home/me/.local/state/cpu-pools',
        },
      },
    });
});

test('options win over the places of --private', () => {
  const words = [
    '--private',
    '--socket',
    '/tmp/a.sock',
    '--state',
    '/tmp/s',
    '--connect',
    'embedded:?cpus=16',
  ];
  expect(parseOptions([...words, '--stop'], ENV, 0)).toEqual({
    ok: true,
    value: {
      do: 'stop',
      places: [
        {
          uri: 'embedded:?cpus=16',
          isPrivate: true,
          socket: '/tmp/a.sock',
          readOnlySocket: '/tmp/a-ro.sock',
          stateDir: '/tmp/s',
        },
      ],
    },
  });
});

test.each([
  [['--colour']],
  [['extra']],
  [['--socket']],
  [['--state', '']],
  [['--private=yes']],
  [['--stop', '--release-all']],
])('%j is wrong usage', (words) => {
  expect(parseOptions(words, ENV, 7)).toMatchObject({ ok: false, refusal: { code: 'usage' } });
});

test("root who only says --stop means the xend that xm finds: the system's, else root's own", () => {
  const places = (words: string[], uid: number) => {
    const parsed = parseOptions(words, ENV, uid);
    return parsed.ok && parsed.value.do === 'stop' && parsed.value.places.map((place) => place.isPrivate);
  };
  expect(places(['--stop'], 0)).toEqual([false, true]);
  expect(places(['--stop'], 7)).toEqual([true]);
  expect(places(['--stop', '--private'], 0)).toEqual([true]);
  expect(places(['--stop', '--state', '/tmp/s'], 0)).toEqual([false]);
});

test('--release-all is for the host that is named', () => {
  expect(parseOptions(['--release-all', '--connect', 'linux:'], ENV, 0)).toMatchObject({
    value: { do: 'release', options: { uri: 'linux:', stateDir: '/var/lib/xend' } },
  });
});

test('help and version ask for nothing else', () => {
  expect(parseOptions(['--help', '--connect', 'x'], ENV, 7)).toEqual({ ok: true, value: { do: 'help' } });
  expect(parseOptions(['--version'], ENV, 7)).toEqual({ ok: true, value: { do: 'version' } });
});
