import type { ScenarioResult } from './run.ts';
import type { Scenario } from './scenario.ts';
import type { DomainShare, Window } from './window.ts';

/** The result as a person reads it: a table a window, and between them what was done. */
export function printResult({ about, repeats }: Scenario, result: ScenarioResult): string {
  const tables = repeats === 1 ? result.windows.map(oneWindow) : summaries(result.windows, repeats);
  // Each repeat does the same; where a run was cut, the first has come furthest.
  const events = result.events.filter(({ repeat }) => repeat === result.events[0]?.repeat);
  const parts = [
    ...tables,
    ...events.map(({ atS, do: words, notes }) => ({ atS, lines: [`${atS} s: ${words}`, ...notes, ''] })),
  ].sort((a, b) => a.atS - b.atS);
  const lines = [...(about === '' ? [] : [about, '']), ...parts.flatMap((part) => part.lines)];
  const text = lines.join('\n').trimEnd();
  return text === '' ? '' : `${text}\n`;
}

interface Part {
  readonly atS: number;
  readonly lines: readonly string[];
}

interface Column {
  readonly title: string;
  /** Names stand left, numbers right. */
  readonly isName?: boolean;
  readonly cell: (name: string, shares: readonly DomainShare[]) => string;
}

function oneWindow(window: Window): Part {
  return tableOf([window], window.cut ? ' (cut short)' : '', ONE_RUN);
}

/** The repeats of each window side by side. What was cut tells nothing beside those that were not. */
function summaries(windows: readonly Window[], repeats: number): Part[] {
  const starts = new Set(windows.map(({ fromS }) => fromS));
  return [...starts].flatMap((fromS) => {
    const same = windows.filter((window) => window.fromS === fromS);
    const whole = same.filter(({ cut }) => !cut);
    if (whole.length === 0) return same.map(oneWindow);
    const count = whole.length === repeats ? `${repeats}` : `${whole.length} of ${repeats}`;
    return [tableOf(whole, `, mean of ${count} repeats`, REPEATS)];
  });
}

const share = ({ sharePercent }: DomainShare) => sharePercent;
const first = (shares: readonly DomainShare[]) => shares[0]!;
const mean = (shares: readonly DomainShare[]) =>
  shares.map(share).reduce((sum, one) => sum + one, 0) / shares.length;
const entitled = (shares: readonly DomainShare[]) => first(shares).entitledPercent;

const SETUP: readonly Column[] = [
  { title: 'domain', isName: true, cell: (name) => name },
  { title: 'pool', isName: true, cell: (_, shares) => first(shares).pool },
  { title: 'vcpus', cell: (_, shares) => `${first(shares).vcpus}` },
  { title: 'weight', cell: (_, shares) => `${first(shares).weight}` },
  { title: 'cap', cell: (_, shares) => `${first(shares).cap || '-'}` },
  { title: 'share', cell: (_, shares) => mean(shares).toFixed(1) },
];
const SPREAD: readonly Column[] = [
  { title: 'lowest', cell: (_, shares) => Math.min(...shares.map(share)).toFixed(1) },
  { title: 'highest', cell: (_, shares) => Math.max(...shares.map(share)).toFixed(1) },
];
const PROMISE: readonly Column[] = [
  { title: 'entitled', cell: (_, shares) => entitled(shares).toFixed(1) },
  { title: 'difference', cell: (_, shares) => signed(mean(shares) - entitled(shares)) },
];
const ONE_RUN = [...SETUP, ...PROMISE];
const REPEATS = [...SETUP, ...SPREAD, ...PROMISE];

/** One window, as often as it was measured. */
function tableOf(windows: readonly Window[], remark: string, columns: readonly Column[]): Part {
  const { fromS, toS, domains } = windows[0]!;
  const rows = Object.keys(domains).map((name) => {
    const shares = windows.map((window) => window.domains[name]!);
    return columns.map(({ cell }) => cell(name, shares));
  });
  const cells = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, n) => Math.max(...cells.map((row) => row[n]!.length)));
  const table = cells.map((row) =>
    row
      .map((cell, n) => (columns[n]!.isName ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!)))
      .join('  '),
  );
  return { atS: fromS, lines: [`${fromS}-${toS} s${remark}, percent of one cpu`, ...table, ''] };
}

/** With its sign, but no minus before nothing. */
function signed(value: number): string {
  const text = value.toFixed(1);
  if (/^-?0\.0$/.test(text)) return '0.0';
  return text.startsWith('-') ? text : `+${text}`;
}
