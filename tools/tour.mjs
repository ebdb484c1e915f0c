// npm start: the reason for the proposal on one screen, then its own session, typed command by command.
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const examples = `${root}examples/proposal`;
const MEASURE_MS = 3000;

const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const bold = (text) => (coloured ? styleText('bold', text) : text);
const dim = (text) => (coloured ? styleText('dim', text) : text);

/** Runs xm as a person would, in the folder of the examples. */
function xm(words, show) {
  if (show) console.log(`${dim('$')} ${bold(`xm ${words}`)}`);
  const run = spawnSync(process.execPath, [`${root}bin/xm`, ...words.split(' ')], {
    cwd: examples,
    encoding: 'utf8',
  });
  if (show) process.stdout.write(`${run.stdout}${run.stderr}`);
  return run;
}

const type = (words) => xm(words, true);
const ask = (words) => JSON.parse(must(xm(`${words} --json`)).stdout);

/** The tour goes on only if what it relies on has worked. */
function must(run) {
  if (run.status === 0) return run;
  process.stderr.write(run.stderr);
  process.exit(run.status ?? 1);
}

function title(text) {
  console.log(`\n${bold(text)}\n`);
}

/** Domain name → its row of `xm list`. */
const domains = () => new Map(ask('list').domains.map((domain) => [domain.name, domain]));

const GUESTS = ['vm1', 'vm2', 'vm3', 'vm4', 'vm5', 'vm6', 'vm7'];
const POOLS = ['pool1', 'pool2'];

/** A second tour begins where the first began; what is not the tour's is never touched. */
function sweep() {
  const host = ask('info');
  if (host.cpus !== 10 || host.driver !== 'embedded') {
    return `your xend (${host.uri}) is not the proposal's host of ten cpus`;
  }
  const guests = [...domains().keys()].filter((name) => name !== 'Domain-0');
  const pools = ask('pool-list')
    .pools.map((pool) => pool.name)
    .filter((name) => name !== 'pool0');
  const own = [
    ...guests.filter((name) => !GUESTS.includes(name)),
    ...pools.filter((name) => !POOLS.includes(name)),
  ];
  if (own.length > 0) return `your xend already has ${own.join(', ')}, which the tour leaves alone`;
  for (const name of guests) must(xm(`destroy ${name}`));
  for (const name of pools) must(xm(`pool-destroy ${name}`));
  return null;
}

async function measured(what) {
  console.log(dim(`... ${MEASURE_MS / 1000} seconds of measuring ${what} ...\n`));
  await sleep(MEASURE_MS);
  type('list');
  return domains();
}

function compare(pinned, pooled) {
  const percent = (value) => `${value.toFixed(0)} %`.padStart(9);
  console.log(bold('domain  weight  vcpus  promised    pinned   in pools'));
  for (const name of ['vm2', 'vm3', 'vm1', 'vm7']) {
    const before = pinned.get(name);
    const after = pooled.get(name);
    const words = [name.padEnd(6), `${after.weight}`.padStart(7), `${after.vcpus}`.padStart(6)];
    const shares = [after.entitledPercent, before.sharePercent, after.sharePercent].map(percent);
    console.log([...words, ...shares].join(' '));
  }
  console.log(dim('(percent of one cpu)'));
}

const trouble = sweep();
if (trouble !== null) {
  console.error(
    `tour: ${trouble}\n    give the tour a place of its own: XDG_RUNTIME_DIR=$(mktemp -d) XDG_STATE_HOME=$(mktemp -d) npm start`,
  );
  process.exit(1);
}

title('1. One pool, domains pinned: what people did before there were pools');
console.log(
  'vm2 and vm3 are pinned to cpus 1, 3 and 5, vm1 and vm7 to cpus 6-9; vm3 and vm7 have twice the weight of the other.\n',
);
for (const name of GUESTS) must(type(`create ${name}`));
const pinned = await measured('one pool');
console.log(
  '\nShare is not what is entitled: credit hands out the time of all ten cpus by weight and looks at no pin.',
);

title('2. Pools: the same domains on the same cpus with the same weights');
for (const name of ['vm4', 'vm5', 'vm6']) must(type(`destroy ${name}`));
for (const words of [
  'pool-create pool1 ncpu=4',
  'pool-create pool2 cpu=1,3,5',
  'pool-migrate vm1 pool1',
  'pool-migrate vm7 pool1',
  'pool-migrate vm2 pool2',
  'pool-migrate vm3 pool2',
  'pool-list',
]) {
  must(type(words));
}
console.log();
const pooled = await measured('two pools');

title('3. The rest of the session, while they run');
must(type('pool-modify pool1 ncpu=3'));
must(type('pool-modify pool1 cpu=6,7,9'));
type('pool-destroy pool1'); // refused: vm1 and vm7 are in it
must(type('create vm5 pool=pool1'));
must(type('pool-list'));

title('What each domain got, beside what its weight promises');
compare(pinned, pooled);

console.log(`
This xend runs on. Try next, in this folder:

  ${bold('./bin/xm pool-list -l')}                 pools with their memory and parameters
  ${bold('./bin/xm pool-modify pool2 ncpu=5 --dry-run')}   what a change would do
  ${bold('./bin/xm simulate scenario/examples/pitfall.json')}   the same question, without waiting
  ${bold('./bin/xm help')}                         everything else
  ${bold('./bin/xend --stop')}                     ends it; what is defined comes back with the next command
`);
