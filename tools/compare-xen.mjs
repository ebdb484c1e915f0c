// npm run compare:xen: our credit scheduler beside a real Xen, domain by domain (test/measured/README.md).
import { build } from 'esbuild';

const FILE = 'test/measured/xen-4.17-credit.jsonl';

const { BOUNDS, compareRow, readRows, summarize } = await load('test/measured/compare.ts');
const comparisons = (await Promise.all(readRows(FILE).map(compareRow))).flat();

const titles = ['case', 'note', 'dom', 'Xen', 'ours', 'error', 'per cpu'];
const lines = comparisons.map(({ row, domain, xenPercent, oursPercent, errorPercent, errorPerCpu }) => [
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
    cells.map((cell, at) => (at < 3 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  '),
  );

const { median, perCpu95, worstPerCpu } = summarize(comparisons);
console.log(`
${comparisons.length} shares, percent of one cpu
median error           ${median.toFixed(2)} (bound ${BOUNDS.median})
95th percentile a cpu  ${perCpu95.toFixed(2)} (bound ${BOUNDS.perCpu95})
worst a cpu            ${worstPerCpu.toFixed(2)}`);
process.exitCode = median <= BOUNDS.median && perCpu95 <= BOUNDS.perCpu95 ? 0 : 1;

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
