import { basename } from 'node:path';
import { type Cpu, formatCpuList, NS_PER_S, type PoolState } from '../../interface/index.ts';
import type { Scenario } from '../scenario.ts';
import { ticks } from './axis.ts';
import { Bars, type Looks, type Scale } from './bars.ts';
import type { Gantt } from './gantt.ts';
import { legend } from './legend.ts';
import { patterns } from './palette.ts';
import { clipped, escaped, round, text, textWidth, wrapped } from './text.ts';

const WIDTH = 1000;
const MARGIN = 24;
const LEFT = 72;
const PLOT_WIDTH = WIDTH - LEFT - MARGIN;
const TITLE_SIZE = 15;

/** How high the row of a cpu is, and the gap below it, by how many rows there are. */
const ROWS = [
  { most: 16, height: 22, gap: 3 },
  { most: 48, height: 14, gap: 2 },
  { most: 128, height: 8, gap: 1 },
  { most: Infinity, height: 4, gap: 0 },
] as const;
/** What the name of a cpu needs. */
const LABEL_HEIGHT = 11;
const MOST_MARKS = 12;
const MOST_IDLE = 12;
const GREY = 'fill="#666"';
const RED = 'fill="#a00" font-size="11"';

/** The chart as a picture for a report: on white, whatever is around it. */
export function drawChart(gantt: Gantt, scenario: Scenario): string {
  return new Chart(gantt, scenario).draw();
}

/** Draws from top to bottom; `#y` is how far it has come. */
class Chart {
  readonly #gantt: Gantt;
  readonly #scenario: Scenario;
  readonly #parts: string[] = [];
  readonly #bars: Bars;
  readonly #looks: Looks;
  readonly #scale: Scale;
  readonly #ticks: readonly { readonly x: number; readonly label: string }[];
  #y = MARGIN;

  constructor(gantt: Gantt, scenario: Scenario) {
    const { fromNs, toNs, domains } = gantt;
    this.#gantt = gantt;
    this.#scenario = scenario;
    this.#looks = new Map(domains.map(({ id, name }, colour) => [id, { colour, name }]));
    const x = (ns: number) => LEFT + (PLOT_WIDTH * (ns - fromNs)) / (toNs - fromNs);
    this.#scale = { left: LEFT, width: PLOT_WIDTH, x };
    this.#ticks = ticks(fromNs / NS_PER_S, toNs / NS_PER_S).map(({ atS, label }) => ({
      x: x(atS * NS_PER_S),
      label,
    }));
    this.#bars = new Bars(gantt, this.#scale, this.#looks);
  }

  draw(): string {
    this.#title();
    const markTops = this.#marks();
    const bottom = this.#pools();
    this.#parts.push(this.#bars.svg());
    this.#markLines(markTops, bottom);
    const { svg, height } = legend(this.#gantt, this.#looks, MARGIN, this.#y + 28);
    this.#parts.push(svg);
    return this.#page(Math.ceil(this.#y + 28 + height));
  }

  #page(height: number): string {
    const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
    const font = `font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="12" fill="#222"`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font}>\n`,
      `<title>${escaped(this.#heading)}</title>\n`,
      patterns(this.#looks.size),
      `<rect width="${WIDTH}" height="${height}" fill="#fff"/>\n`,
      ...this.#parts,
      '</svg>\n',
    ].join('');
  }

  get #heading(): string {
    const { about, file } = this.#scenario;
    return about === '' ? file : about;
  }

  #title(): void {
    const { file, seed } = this.#scenario;
    for (const line of wrapped(this.#heading, WIDTH - 2 * MARGIN, TITLE_SIZE)) {
      const style = `font-size="${TITLE_SIZE}" font-weight="bold"`;
      this.#parts.push(text(MARGIN, this.#y + 10, line, style));
      this.#y += 21;
    }
    const { fromNs, toNs } = this.#gantt;
    const span = `${basename(file)}, seed ${seed}, from ${fromNs / NS_PER_S} s to ${toNs / NS_PER_S} s`;
    this.#parts.push(text(MARGIN, this.#y + 8, clipped(span, WIDTH - 2 * MARGIN), GREY));
    this.#y += 22;
  }

  /** What was done in the meantime, each on a line of its own so that they never meet; where their lines begin. */
  #marks(): number[] {
    const { marks } = this.#gantt;
    const tops = marks.slice(0, MOST_MARKS).map(({ atNs, words }) => {
      const x = this.#scale.x(atNs);
      const label = clipped(words, PLOT_WIDTH / 2, 11);
      const isLeft = x + 4 + textWidth(label, 11) > WIDTH - MARGIN;
      const style = isLeft ? `${RED} text-anchor="end"` : RED;
      this.#parts.push(text(isLeft ? x - 4 : x + 4, this.#y + 9, label, style));
      this.#y += 14;
      return this.#y - 14;
    });
    if (marks.length > MOST_MARKS) {
      this.#parts.push(text(LEFT, this.#y + 9, `and ${marks.length - MOST_MARKS} more`, RED));
      this.#y += 14;
    }
    return tops;
  }

  #markLines(tops: readonly number[], bottom: number): void {
    const lines = tops.map((top, n) => {
      const x = this.#scale.x(this.#gantt.marks[n]!.atNs);
      return `M${round(x)} ${round(top)}V${round(bottom)}`;
    });
    if (lines.length > 0)
      this.#parts.push(`<path stroke="#a00" stroke-dasharray="3 2" fill="none" d="${lines.join('')}"/>\n`);
  }

  /** Those that somebody lives in; the others are named below, for their cpus could be had. */
  #pools(): number {
    const { pools = [], domains = [] } = this.#gantt.state ?? {};
    const isBusy = ({ name, cpus }: PoolState) =>
      cpus.some((cpu) => this.#gantt.bars(cpu).length > 0) ||
      domains.some(({ id, pool }) => this.#looks.has(id) && pool === name);
    const busy = pools.filter(isBusy);
    const rows = busy.reduce((sum, { cpus }) => sum + cpus.length, 0);
    const size = ROWS.find(({ most }) => rows <= most)!;
    for (const pool of busy) {
      this.#heads(titleOf(pool), 'font-weight="bold"');
      this.#rows(pool.cpus, size);
      this.#y += 8;
    }
    const bottom = this.#y - 8;
    this.#axis();
    this.#idlePools(pools.filter((pool) => !isBusy(pool)));
    return bottom;
  }

  #idlePools(idle: readonly PoolState[]): void {
    this.#y += 14;
    if (idle.length === 0) return;
    const names = idle.slice(0, MOST_IDLE).map(titleOf);
    const more = idle.length > MOST_IDLE ? `; and ${idle.length - MOST_IDLE} more` : '';
    for (const line of wrapped(`No domain in ${names.join('; ')}${more}`, PLOT_WIDTH - 280, 11)) {
      this.#parts.push(text(LEFT, this.#y + 10, line, `font-size="11" ${GREY}`));
      this.#y += 14;
    }
  }

  #heads(title: string, style: string): void {
    this.#parts.push(text(MARGIN, this.#y + 13, clipped(title, WIDTH - 2 * MARGIN), style));
    this.#y += 20;
  }

  #rows(cpus: readonly Cpu[], { height, gap }: { height: number; gap: number }): void {
    const every = Math.ceil(LABEL_HEIGHT / height);
    const style = `text-anchor="end" font-size="10" ${GREY}`;
    const grid = this.#ticks.map(({ x }) => x);
    this.#bars.grid(grid, this.#y, height * cpus.length - gap);
    for (const [n, cpu] of cpus.entries()) {
      const middle = this.#y + (height - gap) / 2;
      if (n % every === 0) this.#parts.push(text(LEFT - 8, middle + 3.5, `cpu ${cpu}`, style));
      this.#bars.row(cpu, this.#y, height - gap);
      this.#y += height;
    }
  }

  #axis(): void {
    const ends: string[] = [];
    for (const { x, label } of this.#ticks) {
      ends.push(`M${round(x)} ${round(this.#y - 8)}v4`);
      this.#parts.push(text(x, this.#y + 10, label, `text-anchor="middle" font-size="11" ${GREY}`));
    }
    this.#parts.push(`<path stroke="#666" fill="none" d="${ends.join('')}"/>\n`);
    this.#y += 14;
    const unit = 'seconds since the start; grey: the cpu idles';
    this.#parts.push(text(WIDTH - MARGIN, this.#y + 10, unit, `text-anchor="end" font-size="11" ${GREY}`));
  }
}

function titleOf({ name, scheduler, cpus }: PoolState): string {
  if (cpus.length === 0) return `${name}: ${scheduler}, no cpu`;
  return `${name}: ${scheduler}, ${cpus.length === 1 ? 'cpu' : 'cpus'} ${formatCpuList(cpus)}`;
}
