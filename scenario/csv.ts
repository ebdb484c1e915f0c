import type { ScenarioResult } from './run.ts';

const COLUMNS = [
  'repeat',
  'fromS',
  'toS',
  'pool',
  'domain',
  'vcpus',
  'weight',
  'cap',
  'cpuSeconds',
  'sharePercent',
  'entitledPercent',
];

/** The result for a spreadsheet: a line a window and domain, as RFC 4180 has it. */
export function csvOf({ windows }: ScenarioResult): string {
  const rows = windows.flatMap(({ repeat, fromS, toS, domains }) =>
    Object.entries(domains).map(([domain, share]) => {
      const { pool, vcpus, weight, cap, cpuSeconds, sharePercent, entitledPercent } = share;
      return [
        repeat,
        fromS,
        toS,
        pool,
        domain,
        vcpus,
        weight,
        cap,
        cpuSeconds,
        sharePercent,
        entitledPercent,
      ];
    }),
  );
  return [COLUMNS, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

function quoted(field: string | number): string {
  const text = `${field}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
