// Median time of single operations through the API of a xend with 4,096 cpus, 1,000 pools and 10,000 domains.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CPUS = 4096;
const POOLS = 1000;
const DOMAINS = 10_000;
const CPUS_A_POOL = 4;
const ROUNDS = 41;
const BOUND_MS = 10;

const directory = mkdtempSync(join(tmpdir(), 'xend-scale-'));
const socketPath = join(directory, 'xend.sock');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const xend = spawn(
  process.execPath,
  [
    'bin/xend',
    '--private',
    '--connect',
    `embedded:?cpus=${CPUS}&nodes=8`,
    '--socket',
    socketPath,
    '--state',
    directory,
  ],
  { stdio: ['ignore', 'ignore', 'ignore'] },
);
try {
  await untilItAnswers();
  await fill();
  await measure();
} finally {
  const gone = new Promise((resolve) => xend.on('exit', resolve));
  xend.kill('SIGTERM');
  await gone;
  agent.destroy();
  rmSync(directory, { recursive: true });
}

/** Ten domains a pool, of which one never sleeps, as on a host that is well used. */
async function fill() {
  for (let pool = 1; pool < POOLS; pool++)
    await send('POST', '/v1/pools', { name: `p${pool}`, cpus: { count: CPUS_A_POOL } });
  const perPool = DOMAINS / POOLS;
  for (let domain = 1; domain < DOMAINS; domain++) {
    const pool = `p${1 + (domain % (POOLS - 1))}`;
    const workload = domain % perPool === 0 ? { kind: 'cpu' } : { kind: 'duty', burstMs: 5, sleepMs: 95 };
    await send('POST', '/v1/domains', { name: `d${domain}`, pool, memoryMib: 64, workload });
  }
}

async function measure() {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => round);
  const each = async (what, limit, operation) => {
    const times = [];
    for (const round of rounds) {
      const started = process.hrtime.bigint();
      await operation(round);
      times.push(Number(process.hrtime.bigint() - started) / 1e6);
    }
    print(what, times.sort((a, b) => a - b)[ROUNDS >> 1], limit);
  };
  await each('pool-create ncpu=1', BOUND_MS, (i) =>
    send('POST', '/v1/pools', { name: `q${i}`, cpus: { count: 1 } }),
  );
  await each('pool-modify ncpu=2', BOUND_MS, (i) => send('PATCH', `/v1/pools/q${i}`, { cpus: { count: 2 } }));
  await each('pool-modify name=', BOUND_MS, (i) => send('PATCH', `/v1/pools/q${i}`, { name: `r${i}` }));
  await each('pool-list of one pool', BOUND_MS, (i) => send('GET', `/v1/pools/r${i}`));
  await each('pool-destroy', BOUND_MS, (i) => send('DELETE', `/v1/pools/r${i}`));
  await each('pool-migrate of a domain', BOUND_MS, (i) =>
    send('PATCH', `/v1/domains/d${i + 1}`, { pool: `p${500 + i}` }),
  );
  await each('create a domain', BOUND_MS, (i) => send('POST', '/v1/domains', { name: `e${i}`, pool: 'p7' }));
  await each('pool-list of all pools', BOUND_MS, () => send('GET', '/v1/pools'));
  await each('list of all domains', undefined, () => send('GET', '/v1/domains'));
}

function print(what, ms, limit) {
  const bound = limit === undefined ? '' : `<= ${limit} ms`;
  console.log(JSON.stringify({ what, measured: `${ms.toFixed(1)} ms`, bound, value: ms, limit }));
}

async function untilItAnswers() {
  for (let trial = 0; trial < 100; trial++) {
    try {
      return await send('GET', '/v1/host');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error('xend does not answer');
}

function send(method, path, body) {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request({ agent, socketPath, method, path }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        answer += chunk;
      });
      response.on('end', () => {
        if (response.statusCode < 300) resolve(answer);
        else reject(new Error(`${method} ${path}: ${answer}`));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
