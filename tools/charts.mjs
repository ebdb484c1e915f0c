// node tools/charts.mjs: the charts of docs/schedulers.md, drawn anew from the scenarios they show.
import { execFileSync } from 'node:child_process';

/** The window of each chart, seconds since the start. */
const CHARTS = {
  credit: [4, 4.3],
  credit2: [4, 4.3],
  rtds: [4, 4.24],
  arinc653: [4, 4.2],
  null: [0.24, 0.36],
};

for (const [name, [from, to]] of Object.entries(CHARTS))
  execFileSync(process.execPath, [
    'dist/xm.cjs',
    'simulate',
    `scenario/examples/${name}.json`,
    ...['--svg', `docs/charts/${name}.svg`, '--from', `${from}`, '--to', `${to}`, '--seconds', '1'],
  ]);
