import { bold } from './style.ts';
import { width } from './width.ts';

export interface Column<Row> {
  readonly title: string;
  /** Numbers stand right-aligned. */
  readonly right?: boolean;
  readonly cell: (row: Row) => string;
}

/** Rows under their titles, columns two spaces apart, nothing after the last word of a line. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], color: boolean): string {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const widths = columns.map((_, at) => Math.max(...lines.map((cells) => width(cells[at]!))));
  return lines
    .map((cells, index) => {
      const line = cells
        .map((cell, at) => pad(cell, widths[at]!, columns[at]!.right))
        .join('  ')
        .trimEnd();
      return `${index === 0 ? bold(line, color) : line}\n`;
    })
    .join('');
}

/** `title  value` a line, values under each other. */
export function fields(rows: readonly (readonly [title: string, value: string])[], indent = ''): string {
  const widest = Math.max(...rows.map(([title]) => width(title)));
  return rows
    .map(([title, value]) => `${indent}${pad(title, widest)}  ${value}`.trimEnd().concat('\n'))
    .join('');
}

function pad(cell: string, columns: number, right = false): string {
  const blanks = ' '.repeat(Math.max(0, columns - width(cell)));
  return right ? blanks + cell : cell + blanks;
}
