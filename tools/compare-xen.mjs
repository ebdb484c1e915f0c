// npm run compare:xen: our schedulers beside a real Xen, domain by domain (test/measured/README.md).
import { build } from 'esbuild';

const FOLDER = 'test/measured';

const { BOUNDS, FILES, compareFile, summarize } = await load('test/measured/compare.ts');
const groups = [];
for (const [scheduler, file] of Object.entries(FILES))
  groups.push([scheduler, await compareFile(FOLDER, file)]);
const comparisons = groups.flatMap(([, ofOne]) => ofOne);

const titles = ['sched', 'case', 'note', 'dom', 'Xen', 'ours', 'error', 'per cpu'];
const lines = comparisons.map(({ row, domain, xenPercent, oursPercent, errorPercent, errorPerCpu }) => [
  row.scheduler,
  row.case,
  row.note,
  domain,
  ...[xenPercent, oursPercent, errorPercent, errorPerCpu].map((value) => value.toFixed(2)),
]);
const widths = titles.map((title, column) =>
  Math.max(title.length, ...lines.map((cells) => cells[column].length)),
);
for (const cells of [titles, ...lines])
  console.log(
    cells.map((cell, at) => (at < 4 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  '),
  );

console.log(`
error, percent of one cpu  shares  median (bound ${BOUNDS.median})  95th percentile a cpu (bound ${BOUNDS.perCpu95})  worst a cpu`);
for (const [name, some] of [...groups, ['all', comparisons]]) {
  const { median, perCpu95, worstPerCpu } = summarize(some);
  const cells = [String(some.length), median.toFixed(2), perCpu95.toFixed(2), worstPerCpu.toFixed(2)];
  const [shares, middle, tail, worst] = cells;
  console.log(
    `${name.padEnd(25)}  ${shares.padStart(6)}  ${middle.padStart(16)}  ${tail.padStart(31)}  ${worst.padStart(11)}`,
  );
  if (median > BOUNDS.median || perCpu95 > BOUNDS.perCpu95) process.exitCode = 1;
}

async function load(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
