import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { xendPaths } from '../../interface/paths.ts';
import { typed } from '../testing/fake-xend.ts';
import { answers } from './http.ts';

/** A xend in a few lines: one at a time, answers who it is and that it has no pools, leaves its process id. */
const FAKE = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
const http = require('node:http');
const runtime = process.env.XDG_RUNTIME_DIR + '/cpu-pools';
const uri = process.argv[process.argv.indexOf('--connect') + 1];
appendFileSync(process.env.STARTS, process.pid + ' ' + process.argv.slice(2).join(' ') + ' in ' + process.cwd() + '\\n');
if (process.env.FAILURE) {
  process.stderr.write(process.env.FAILURE);
  process.exit(1);
}
mkdirSync(runtime, { recursive: true });
try {
  writeFileSync(runtime + '/lock', '', { flag: 'wx' });
} catch {
  process.stderr.write('xend: another xend already uses ' + runtime + '\\n    stop that one first\\n');
  process.exit(1);
}
setTimeout(() => {
  http
    .createServer((request, response) =>
      response.end(JSON.stringify(request.url === '/v1/host' ? { uri } : { pools: [] })),
    )
    .listen(runtime + '/xend.sock');
}, 100);
`;

let home = '';
let env: Record<string, string> = {};

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'xm-find-'));
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin', 'xend'), FAKE);
  env = {
    XDG_RUNTIME_DIR: join(home, 'run'),
    XDG_STATE_HOME: join(home, 'state'),
    STARTS: join(home, 'starts'),
  };
});

afterEach(() => {
  for (const line of starts()) {
    try {
      process.kill(Number.parseInt(line, 10));
    } catch {
      // It has ended by itself.
    }
  }
  rmSync(home, { recursive: true, force: true });
});

const starts = () => (existsSync(env.STARTS!) ? readFileSync(env.STARTS!, 'utf8').trimEnd().split('\n') : []);
const xm = (...words: string[]) => typed(words, { env, home, cwd: home, uid: process.getuid!() });

// On a host whose system xend runs, xm rightly takes that one.
const systemRuns = existsSync(xendPaths('system', {}, 0).socket);

test.skipIf(systemRuns)('the first command starts a private xend, the second finds it', async () => {
  expect(await xm('pool-list')).toEqual({ status: 0, out: 'pool  cpus  sched  domains\n', err: '' });
  expect((await xm('pool-list')).status).toBe(0);
  expect(starts()).toEqual([expect.stringMatching(/^\d+ --private in \/$/)]);
  const log = statSync(join(home, 'state', 'cpu-pools', 'xend.log'));
  expect(log.mode & 0o777).toBe(0o600);
});

test.skipIf(systemRuns)(
  'of several commands at once all are served, though only one xend stays',
  async () => {
    const printed = await Promise.all([xm('pool-list'), xm('pool-list'), xm('pool-list')]);
    expect(printed.map(({ status, err }) => ({ status, err }))).toEqual(
      Array(3).fill({ status: 0, err: '' }),
    );
  },
);

test.skipIf(systemRuns)('a xend that does not start is quoted', async () => {
  const sentence = 'xend: cannot write /x: no space left on device';
  env.FAILURE = `{"level":30,"msg":"starting"}\n${sentence}\n    nothing was changed\n`;
  const log = join(home, 'state', 'cpu-pools', 'xend.log');
  expect(await xm('pool-list')).toEqual({
    status: 1,
    out: '',
    err: `xm: a private xend did not start: ${sentence.slice(6)}\n    nothing was changed; its log is ${log}\n`,
  });
  env.FAILURE = '{"level":60,"msg":"out of luck"}\n';
  expect((await xm('pool-list')).err).toContain('did not start: out of luck\n');
  env.FAILURE = 'node:fs:1\n  throw\n\nError: no such module\n    at x\n{\n  code: 1\n}\n\nNode.js v20\n';
  expect((await xm('pool-list')).err).toContain('did not start: Error: no such module\n');
  env.FAILURE = '\n';
  expect((await xm('pool-list')).err).toContain('did not start: it ended without a word\n');
});

test('a host can be named, and is started with its topology file under its whole name', async () => {
  expect((await xm('--connect', 'embedded:?topology=host.xml', 'pool-list')).status).toBe(0);
  const uri = `embedded:?topology=${home}/host.xml`;
  expect(starts()).toEqual([expect.stringContaining(` --private --connect ${uri} in /`)]);
  expect((await xm('--connect', 'embedded:?topology=host.xml', 'pool-list')).status).toBe(0);
  expect(await xm('--connect', 'embedded:?cpus=16', 'pool-list')).toEqual({
    status: 1,
    out: '',
    err:
      `xm: the xend that is running serves ${uri}, not embedded:?cpus=16\n` +
      '    stop that one first (xend --stop), or leave out --connect\n',
  });
  expect(starts()).toHaveLength(1);
});

test('a socket that is named is used as it is, and nothing is started for it', async () => {
  const socket = join(home, 'none.sock');
  for (const uri of [socket, `unix:${socket}`, './none.sock'])
    expect(await xm('pool-list', '--connect', uri)).toMatchObject({
      status: 1,
      err: expect.stringContaining(`no xend answers at ${socket}: there is no such socket`),
    });
  expect(starts()).toEqual([]);
});

test('what is neither a host nor a socket is wrong usage', async () => {
  expect(await xm('pool-list', '--connect', 'nonsense')).toMatchObject({
    status: 2,
    err: expect.stringContaining('cannot connect to "nonsense"'),
  });
});

test('a socket that another user has put in our place is not ours', async () => {
  expect((await xm('pool-list')).status).toBe(0);
  const socket = join(home, 'run', 'cpu-pools', 'xend.sock');
  expect(await answers(socket, process.getuid!())).toBe(true);
  const stranger = process.getuid!() + 1;
  expect(await answers(socket, stranger)).toBe(false);
  const printed = await typed(['pool-list', '--connect', 'embedded:'], {
    env,
    home,
    cwd: home,
    uid: stranger,
  });
  expect(printed.err).toContain(`${join(home, 'state', 'cpu-pools')} belongs to another user`);
});

test('completion never starts a xend', async () => {
  expect(await xm('__complete', 'xm pool-destroy ')).toEqual({ status: 0, out: '', err: '' });
  expect(starts()).toEqual([]);
});
