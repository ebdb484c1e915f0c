/*
 * What pools cost on a Linux host, each figure beside its bound. Runs in a guest of the laboratory, where one of node's
 * instructions costs six to twelve times what it costs outside: what is compared is measured in the same run. No test
 * fails for being slow; what is printed is the result.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { POOL0 } from '../interface/index.ts';
import { openLinux } from '../libxc/linux/host.ts';
import { SWEEP_MS } from '../libxc/linux/watch.ts';
import { RealXend } from '../xend/testing/real-xend.ts';

const ROOT = '/sys/fs/cgroup';
const SOCKET = '/run/xend/xend.sock';
/** Changes before one is measured: by then the code is compiled that they run through. */
const WARM = 30;
/** There and back, half of them before one is measured. */
const MOVES = 6;
/** node tidies up once, some time after it had much to do. */
const REST_MS = 45_000;
/** Two thousand processes take their time to start. */
const PATIENCE_MS = 900_000;
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const figure = (what: string, value: string, bound?: string) =>
  console.log(`  ${what.padEnd(58)} ${value.padStart(16)}${bound ? `   (bound ${bound})` : ''}`);

const xend = new RealXend();
afterEach(async () => {
  if (xend.isRunning) await xend.end();
});

/** Milliseconds that xend takes to answer, without the start of an xm. */
async function askedMs(method: string, path: string, body?: object): Promise<number> {
  const begun = performance.now();
  const status = await new Promise<number>((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const asked = request({ socketPath: SOCKET, method, path, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    });
    asked.on('error', reject).end(text);
  });
  expect(status).toBeLessThan(300);
  return performance.now() - begun;
}

/** Seconds of cpu time that a process has used. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The same writes by a shell, timed by itself: hundredths of a second for all rounds, without what takes back. */
function shellHundredths(rounds: number, body: string, undo: string): number {
  const script = `
    total=0
    for n in $(seq ${rounds}); do
      read -r before _ </proc/uptime
      ${body}
      read -r after _ </proc/uptime
      ${undo}
      total=$((total + \${after%.*}\${after#*.} - \${before%.*}\${before#*.}))
    done
    echo $total`;
  return Number(execFileSync('sh', ['-ec', script], { encoding: 'utf8' }));
}

test('a pool of four cpus, until it is effective and verified', async () => {
  await xend.start();
  await askedMs('GET', '/v1/pools');
  const rounds = 15;
  const ours: number[] = [];
  const nothing: number[] = [];
  for (let n = 0; n < WARM + rounds; n++) {
    ours.push(await askedMs('POST', '/v1/pools', { name: 'bench', cpus: { count: 4 } }));
    nothing.push(await askedMs('PATCH', '/v1/pools/bench', { cpus: { count: 4 } }));
    await askedMs('DELETE', '/v1/pools/bench');
  }
  const bench = `${ROOT}/bench`;
  const hundredths = shellHundredths(
    rounds,
    `mkdir ${bench}; echo +cpuset +cpu >${bench}/cgroup.subtree_control
     echo 4-7 >${bench}/cpuset.cpus; echo root >${bench}/cpuset.cpus.partition`,
    `echo member >${bench}/cpuset.cpus.partition; rmdir ${bench}`,
  );
  const bareMs = (10 * hundredths) / rounds;
  const oursMs = median(ours.slice(WARM));
  figure('pool-create of 4 cpus', `${(oursMs / bareMs).toFixed(1)} x bare writes`, '3 x, or 50 ms more');
  figure('', `${oursMs.toFixed(0)} ms, bare ${bareMs.toFixed(0)} ms`, 'at most 50 ms more');
  figure('... a change that finds nothing to do', `${median(nothing.slice(WARM)).toFixed(0)} ms`);
});

/** A shell with this many commands in the background; and a node whose threads all wait for a pipe. */
const PROCESSES = 'n=0; while [ $n -lt 199 ]; do sleep 10000 & n=$((n+1)); done; exec sleep 10000';
const THREADS = "process.env.UV_THREADPOOL_SIZE=200;for(let n=0;n<200;n++)fs.open('/tmp/pipe','r',()=>{})";

test.each([
  ['200 processes', ['sh', '-c', PROCESSES], 'cgroup.procs'],
  ['200 threads', ['node', '-e', THREADS], 'cgroup.threads'],
])('a domain of %s goes to another pool', async (what, exec, list) => {
  execFileSync('sh', ['-c', '[ -p /tmp/pipe ] || mkfifo /tmp/pipe']);
  await xend.start();
  xend.xm('pool-create one cpu=6');
  xend.xm('pool-create two cpu=7');
  writeFileSync('/tmp/many.cfg', `name = "many"\npool = "one"\nexec = ${JSON.stringify(exec)}\n`);
  xend.xm('create /tmp/many.cfg');
  const [home] = readdirSync(`${ROOT}/xm-one`).filter((name) => name.startsWith('dom-'));
  const count = () => readFileSync(`${ROOT}/xm-one/${home}/${list}`, 'utf8').split('\n').length - 1;
  while (count() < 200) await pass(50);
  await pass(500);
  const ours: number[] = [];
  for (let n = 0; n < MOVES; n++) {
    ours.push(await askedMs('PATCH', '/v1/domains/many', { pool: 'two' }));
    ours.push(await askedMs('PATCH', '/v1/domains/many', { pool: 'one' }));
  }
  // By hand behind its back it would bring them back.
  await xend.kill();
  const by = (to: string, from: string) =>
    `while read -r pid; do echo $pid >${to}/cgroup.procs; done <${from}/cgroup.procs`;
  const [here, there] = [`${ROOT}/xm-one/${home}`, `${ROOT}/xm-two/bare`];
  mkdirSync(there);
  const rounds = 10;
  const hundredths = shellHundredths(rounds, by(there, here), by(here, there));
  rmdirSync(there);
  await xend.start();
  const [oursMs, bareMs] = [median(ours.slice(MOVES)), (10 * hundredths) / rounds];
  figure(`moving a domain of ${what}`, `${(oursMs / bareMs).toFixed(1)} x by hand`, '2 x');
  figure('', `${oursMs.toFixed(0)} ms, by hand ${bareMs.toFixed(0)} ms`);
});

test('two domains of weights 1 : 2 on one cpu', async () => {
  await xend.start();
  xend.xm('pool-create bench cpu=7');
  for (const [name, weight] of [
    ['light', 256],
    ['heavy', 512],
  ] as const)
    xend.xm(['create', `name=${name}`, 'pool=bench', `cpu_weight=${weight}`, 'workload=cpu']);
  await pass(3_000);
  const used = () =>
    ['light', 'heavy'].map((name) => {
      const found = xend.json<{ domains: { cpuSeconds: number }[] }>(`list ${name}`).domains[0]!;
      return found.cpuSeconds;
    });
  const before = used();
  await pass(20_000);
  const [light, heavy] = used().map((after, i) => after - before[i]!) as [number, number];
  const off = 100 * Math.abs(heavy / light / 2 - 1);
  figure('weights 1 : 2, 20 s on one cpu', `1 : ${(heavy / light).toFixed(3)}, ${off.toFixed(1)} %`, '2 %');
});

test('a foreign write that ends the exclusivity of a pool', async () => {
  await xend.start();
  xend.xm('pool-create bench ncpu=4');
  const [seen, mended]: number[][] = [[], []];
  for (let n = 0; n < 3; n++) {
    await pass(1_000);
    xend.forget();
    const begun = performance.now();
    writeFileSync(`${ROOT}/xm-bench/cpuset.cpus.partition`, 'member\n');
    await xend.hears(/^problem: bench/);
    seen!.push(performance.now() - begun);
    await xend.hears(/^recovery: repaired: bench/);
    mended!.push(performance.now() - begun);
  }
  figure('a foreign write is noticed after', `${Math.max(...seen!).toFixed(0)} ms`, '1 s');
  figure('... and repaired after', `${Math.max(...mended!).toFixed(0)} ms`, '2 s');
});

/** Pools and domains as if a xend had made them: one that starts takes them over. Seven pools have a cpu each. */
function populate(pools: number, domains: number): void {
  const script = `
    cd ${ROOT}; echo +cpuset +cpu >cgroup.subtree_control
    for p in $(seq ${pools}); do
      mkdir xm-p$p; echo +cpuset +cpu >xm-p$p/cgroup.subtree_control
      if [ $p -lt 8 ]; then echo $p >xm-p$p/cpuset.cpus; echo root >xm-p$p/cpuset.cpus.partition; fi
    done
    for d in $(seq ${domains}); do
      at=xm-p$((d % 7 + 1))/dom-$d; mkdir $at
      sleep 100000 & echo $! >$at/cgroup.procs
    done`;
  execFileSync('sh', ['-ec', script], { stdio: 'ignore' });
}

async function clear(): Promise<void> {
  for (const pool of readdirSync(ROOT).filter((name) => name.startsWith('xm-'))) {
    writeFileSync(`${ROOT}/${pool}/cgroup.kill`, '1');
    while (readFileSync(`${ROOT}/${pool}/cgroup.events`, 'utf8').includes('populated 1')) await pass(20);
    for (const name of readdirSync(`${ROOT}/${pool}`).filter((one) => one.startsWith('dom-')))
      rmdirSync(`${ROOT}/${pool}/${name}`);
    if (existsSync(`${ROOT}/${pool}/cpuset.cpus.partition`))
      writeFileSync(`${ROOT}/${pool}/cpuset.cpus.partition`, 'member\n');
    rmdirSync(`${ROOT}/${pool}`);
  }
  rmSync('/run/cpu-pools', { recursive: true, force: true });
  rmSync('/var/lib/xend', { recursive: true, force: true });
}

test(
  'xend at rest with 20 pools and 200 domains',
  async () => {
    populate(20, 200);
    await xend.start();
    expect(xend.json<{ domains: object[] }>('list').domains).toHaveLength(200);
    // What any program in node pays here for as many wake-ups.
    const bare = spawn('node', ['-e', `setInterval(() => {}, ${SWEEP_MS})`], { stdio: 'ignore' });
    await pass(REST_MS);
    const used = () => [xend.pid, bare.pid!].map(cpuSeconds);
    const before = used();
    await pass(30_000);
    const [percent, barePercent] = used().map((after, i) => (100 * (after - before[i]!)) / 30);
    bare.kill('SIGKILL');
    const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${xend.pid}/status`, 'utf8'))!;
    figure('at rest, 20 pools and 200 domains', `${percent!.toFixed(1)} % of a cpu`, '1 %');
    figure('... a node that does nothing, and that as often', `${barePercent!.toFixed(1)} %`);
    figure('', `${(Number(kib) / 1024).toFixed(0)} MiB`, '100 MiB');
    await xend.kill();
    await clear();
  },
  PATIENCE_MS,
);

test(
  'a verification sweep over 200 pools and 2,000 domains',
  async () => {
    populate(200, 2_000);
    const opened = await openLinux(() => Number(process.hrtime.bigint()));
    if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
    const stop = opened.value.watch(() => {});
    const state = await opened.value.read();
    expect([state.pools.length, state.domains.length]).toEqual([201, 2_000]);
    expect(state.pools.filter(({ name }) => name !== POOL0).flatMap(({ cpus }) => cpus)).toHaveLength(7);
    await pass(5_000);
    const before = process.cpuUsage();
    await pass(20 * SWEEP_MS);
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000 / 20;
    const read = process.cpuUsage();
    await opened.value.read();
    const whole = process.cpuUsage(read);
    figure('a sweep over 200 pools and 2,000 domains', `${ms.toFixed(0)} ms of cpu`, '100 ms');
    figure(
      'a whole look at them, after a change',
      `${((whole.user + whole.system) / 1000).toFixed(0)} ms of cpu`,
    );
    stop();
    await opened.value.close();
    await clear();
  },
  PATIENCE_MS,
);
