import { expect, test } from 'vitest';
import { readOnlySocketOf, xendPaths } from './paths.ts';

test('the system has its directories under /run and /var/lib', () => {
  expect(xendPaths('system', { XDG_RUNTIME_DIR: '/run/user/0' }, 0)).toEqual({
    runtimeDir: '/run/xend',
    socket: '/run/xend/xend.sock',
    readOnlySocket: '/run/xend/xend-ro.sock',
    stateDir: '/var/lib/xend',
    log: '/var/lib/xend/xend.log',
  });
});

test('a private xend keeps its socket and state where the session says', () => {
  const env = { XDG_RUNTIME_DIR: '/run/user/7/', XDG_STATE_HOME: '/home/me/state', HOME: '/home/me' };
  const paths = xendPaths('private', env, 7);
  expect(paths.socket).toBe('/run/user/7/cpu-pools/xend.sock');
  expect(paths.stateDir).toBe('/home/me/state/cpu-pools');
});

test('without XDG variables, or with relative ones, the fallbacks hold', () => {
  const paths = xendPaths('private', { XDG_RUNTIME_DIR: 'run', XDG_STATE_HOME: '', HOME: '/home/me' }, 7);
  expect(paths.runtimeDir).toBe('/tmp/cpu-pools-7');
  expect(paths.stateDir).toBe('/home/me/.local/state/cpu-pools');
  expect(xendPaths('private', {}, 7).stateDir).toBe('/tmp/cpu-pools-7/state');
});

test('a socket of any name has a read-only one beside it', () => {
  expect(readOnlySocketOf('/tmp/x.sock')).toBe('/tmp/x-ro.sock');
  expect(readOnlySocketOf('/tmp/x')).toBe('/tmp/x-ro');
});
