import type { ScenarioResult } from './run.ts';
import type { Scenario } from './scenario.ts';
import type { DomainShare, Window } from './window.ts';

/** The result as a person reads it: a table a window, and between them what was done. */
export function printResult({ about, repeats, seed }: Scenario, { windows, events }: ScenarioResult): string {
  const lines = about === '' ? [] : [about, ''];
  for (let repeat = 1; repeat <= repeats; repeat++) {
    if (repeats > 1) lines.push(`run ${repeat} of ${repeats}, seed ${seed + repeat - 1}`, '');
    const ofRun = <T extends { repeat: number }>(all: readonly T[]) =>
      all.filter((one) => one.repeat === repeat);
    const parts = [
      ...ofRun(windows).map((window) => ({ atS: window.fromS, lines: windowLines(window) })),
      ...ofRun(events).map((event) => ({
        atS: event.atS,
        lines: [`${event.atS} s: ${event.do}`, ...event.notes, ''],
      })),
    ];
    lines.push(...parts.sort((a, b) => a.atS - b.atS).flatMap((part) => part.lines));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

const TITLES = ['domain', 'pool', 'vcpus', 'weight', 'cap', 'share', 'entitled', 'difference'];
/** Names stand left, numbers right. */
const NAMES = 2;

function windowLines({ fromS, toS, domains }: Window): string[] {
  const rows = [TITLES, ...Object.entries(domains).map(([name, share]) => cells(name, share))];
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => (column < NAMES ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
  return [`${fromS}-${toS} s, percent of one cpu`, ...table, ''];
}

function cells(name: string, share: DomainShare): string[] {
  const { pool, vcpus, weight, cap, sharePercent, entitledPercent } = share;
  const difference = (sharePercent - entitledPercent).toFixed(1);
  return [
    name,
    pool,
    `${vcpus}`,
    `${weight}`,
    cap === 0 ? '-' : `${cap}`,
    sharePercent.toFixed(1),
    entitledPercent.toFixed(1),
    difference.startsWith('-') || difference === '0.0' ? difference : `+${difference}`,
  ];
}
