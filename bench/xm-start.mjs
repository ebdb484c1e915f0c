// What a command costs beside node itself: the cpu time of whole processes, in rounds, so that what else the machine
// does falls on all of them alike. docs/decisions/0009-xm-http-client.md uses the last two rows.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 15;
const RUNS_A_ROUND = 10;
const BARE = 'node -e 0';

const directory = mkdtempSync(join(tmpdir(), 'xm-start-'));
const socket = join(directory, 'cpu-pools', 'xend.sock');
const env = { ...process.env, XDG_RUNTIME_DIR: directory, XDG_STATE_HOME: directory, XM_CONNECT: undefined };

const HTTP = `require('node:http').get({ socketPath: '${socket}', path: '/v1/pools' }, (reply) => {
  reply.on('data', (bytes) => process.stdout.write(bytes));
  reply.on('end', () => process.exit());
});`;
const NET = `const socket = require('node:net').connect('${socket}', () =>
  socket.end('GET /v1/pools HTTP/1.1\\r\\nhost: xend\\r\\nconnection: close\\r\\n\\r\\n'));
socket.on('data', (bytes) => process.stdout.write(bytes));`;

if (existsSync('dist/xend.cjs')) measureAll();
else row('xm pool-list', 'not built: npm run build');
rmSync(directory, { recursive: true, force: true });

function measureAll() {
  for (const words of ['pool-create pool1 ncpu=4', 'pool-create pool2 cpu=1,3,5'])
    run(['bin/xm', ...words.split(' ')]);
  try {
    report(
      measure({
        [BARE]: ['-e', '0'],
        'xm pool-list': ['bin/xm', 'pool-list'],
        'a GET with node:http': ['-e', HTTP],
        'a GET over a bare socket': ['-e', NET],
      }),
    );
  } finally {
    run(['bin/xend', '--private', '--stop']);
  }
}

/** Milliseconds of cpu a run, a list of rounds for each program. */
function measure(programs) {
  const rounds = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, args] of Object.entries(programs)) {
      const before = childrenCpuMs();
      for (let i = 0; i < RUNS_A_ROUND; i++) run(args);
      rounds[name].push((childrenCpuMs() - before) / RUNS_A_ROUND);
    }
  return rounds;
}

function report(rounds) {
  for (const [name, costs] of Object.entries(rounds)) {
    const ratio = median(costs.map((cost, round) => cost / rounds[BARE][round]));
    const bound = name === 'xm pool-list' ? { bound: '<= 1.5', value: ratio, limit: 1.5 } : { bound: '' };
    row(name, `${ratio.toFixed(2)} x ${BARE} (${median(costs).toFixed(1)} ms cpu)`, bound);
  }
}

function run(args) {
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
}

/** User and system time of all children that have ended, from fields 16 and 17 of proc(5)'s stat, in ticks of 10 ms. */
function childrenCpuMs() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function row(what, measured, bound = { bound: '' }) {
  console.log(JSON.stringify({ what, measured, ...bound }));
}
