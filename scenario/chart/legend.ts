import { type DomainState, NS_PER_S } from '../../interface/index.ts';
import { entitled } from '../entitled.ts';
import type { Looks } from './bars.ts';
import type { Gantt } from './gantt.ts';
import { fillOf } from './palette.ts';
import { clipped, round, text, textWidth } from './text.ts';

const LINE = 19;
const SWATCH = 12;
const GAP = 22;
/** Nobody reads more, and a picture ends somewhere. */
const MOST_ROWS = 60;
const LONGEST_NAME = 220;

interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  readonly cell: (domain: DomainState) => string;
}

/** Whose colour is whose, and what each got of what it was promised. */
export function legend(
  gantt: Gantt,
  looks: Looks,
  x: number,
  y: number,
): { readonly svg: string; readonly height: number } {
  const shown = gantt.domains.slice(0, MOST_ROWS);
  const left = gantt.domains.length - shown.length;
  const parts = shown.map(({ id }, n) => {
    const fill = fillOf(looks.get(id)!.colour);
    const top = y + (n + 1) * LINE - SWATCH + 1;
    return `<rect x="${round(x)}" y="${round(top)}" width="${SWATCH}" height="${SWATCH}" fill="${fill}"/>\n`;
  });
  let at = x + SWATCH + 8;
  for (const column of columnsOf(gantt)) {
    const cells = shown.map((domain) => clipped(column.cell(domain), LONGEST_NAME));
    const width = Math.max(...[column.title, ...cells].map((cell) => textWidth(cell)));
    const edge = column.isNumber ? at + width : at;
    const anchor = column.isNumber ? 'text-anchor="end"' : '';
    parts.push(text(edge, y, column.title, `fill="#666" ${anchor}`.trim()));
    for (const [n, cell] of cells.entries()) parts.push(text(edge, y + (n + 1) * LINE, cell, anchor));
    at += width + GAP;
  }
  if (left > 0)
    parts.push(text(x + SWATCH + 8, y + (shown.length + 1) * LINE, `and ${left} more`, 'fill="#666"'));
  return { svg: parts.join(''), height: (shown.length + (left > 0 ? 2 : 1)) * LINE };
}

function columnsOf({ state, usedNs, fromNs, toNs }: Gantt): Column[] {
  const promised = state === null ? new Map<number, number>() : entitled(state);
  const share = (id: number) => (100 * (usedNs.get(id) ?? 0)) / (toNs - fromNs);
  return [
    { title: 'domain', cell: ({ name }) => name },
    { title: 'pool', cell: ({ pool }) => pool },
    { title: 'vcpus', isNumber: true, cell: ({ vcpus }) => `${vcpus}` },
    { title: 'weight', isNumber: true, cell: ({ scheduling: { weight } }) => `${weight}` },
    { title: 'cap', isNumber: true, cell: ({ scheduling: { cap } }) => (cap === 0 ? '–' : `${cap} %`) },
    { title: 'cpu time', isNumber: true, cell: ({ id }) => inMs(usedNs.get(id) ?? 0) },
    { title: 'share here', isNumber: true, cell: ({ id }) => `${share(id).toFixed(1)} %` },
    {
      title: 'promised',
      isNumber: true,
      cell: ({ id }) => (promised.has(id) ? `${promised.get(id)!.toFixed(1)} %` : '–'),
    },
  ];
}

const inMs = (ns: number) =>
  ns < NS_PER_S ? `${(ns / 1e6).toFixed(1)} ms` : `${(ns / NS_PER_S).toFixed(3)} s`;
