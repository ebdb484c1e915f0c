// npm run bench [NAME...]: every bench in a process of its own, one table, bench/results.json. bench/README.md has the format.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { bundleBench } from './bundles.mjs';
import { printTable } from './table.mjs';

const wanted = process.argv.slice(2);
const benches = readdirSync('bench')
  .filter((file) => /\.(ts|mjs)$/.test(file))
  .filter((file) => wanted.length === 0 || wanted.includes(parse(file).name));

const bundles = mkdtempSync(join(tmpdir(), 'bench-'));
const rows = [];
for (const file of benches) rows.push(...(await run(file)));
rmSync(bundles, { recursive: true });
printTable([
  ['what', 'measured', 'bound', ''],
  ...rows.map((row) => [`${row.bench}: ${row.what}`, row.measured, row.bound, verdict(row)]),
]);
if (wanted.length === 0) writeFileSync('bench/results.json', `${JSON.stringify(record(rows), null, 2)}\n`);
process.exit(rows.some((row) => row.failed) ? 1 : 0);

async function run(file) {
  const bench = parse(file).name;
  console.error(`bench/${file} ...`);
  const program = file.endsWith('.ts') ? await bundleBench(`bench/${file}`, bundles) : `bench/${file}`;
  const { status, stdout } = spawnSync(process.execPath, ['--expose-gc', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const found = stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"what"'))
    .map((line) => ({ bench, ...JSON.parse(line) }));
  if (status !== 0)
    found.push({ bench, what: bench, measured: `failed, status ${status}`, bound: '', failed: true });
  return found;
}

function verdict({ bound, value, limit }) {
  if (value === undefined || limit === undefined) return '';
  return (bound.startsWith('>=') ? value >= limit : value <= limit) ? 'ok' : 'missed';
}

function record(rows) {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0].model.trim(),
    rows,
  };
}
