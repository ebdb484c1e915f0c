import type { Cpu } from '../../interface/index.ts';
import type { Gantt } from './gantt.ts';
import { fillOf, inkOn } from './palette.ts';
import type { Bar } from './row.ts';
import { round, text, textWidth } from './text.ts';

/** Where time is on the picture. */
export interface Scale {
  readonly left: number;
  readonly width: number;
  /** Pixels of a time. */
  readonly x: (ns: number) => number;
}

/** By domain id: its colour, as the palette counts, and its name. */
export type Looks = ReadonlyMap<number, { readonly colour: number; readonly name: string }>;

/** A bar this wide has an edge, so that two vcpus of one domain are seen to be two. */
const EDGED = 3;
const NAMED_HEIGHT = 11;
const NAME_SIZE = 10;

/** The bars of all cpus, gathered by domain: one path for all that look the same is what keeps a picture small. */
export class Bars {
  readonly #gantt: Gantt;
  readonly #scale: Scale;
  readonly #looks: Looks;
  readonly #paths = new Map<string, string[]>();
  readonly #tracks: string[] = [];
  readonly #grid: string[] = [];
  readonly #names: string[] = [];

  constructor(gantt: Gantt, scale: Scale, looks: Looks) {
    this.#gantt = gantt;
    this.#scale = scale;
    this.#looks = looks;
  }

  /** What ran on a cpu, on a track that shows where nothing did. */
  row(cpu: Cpu, y: number, height: number): void {
    const { left, width } = this.#scale;
    this.#tracks.push(`M${left} ${round(y)}h${width}v${height}h-${width}z`);
    for (const bar of this.#gantt.bars(cpu)) this.#bar(bar, y, height);
  }

  /** Lines at these places, behind the bars. */
  grid(xs: readonly number[], y: number, height: number): void {
    this.#grid.push(...xs.map((x) => `M${round(x)} ${round(y)}v${height}`));
  }

  svg(): string {
    return [
      `<path fill="#ececec" d="${this.#tracks.join('')}"/>\n`,
      `<path stroke="#bbb" fill="none" d="${this.#grid.join('')}"/>\n`,
      ...[...this.#paths].map(([style, path]) => `<path ${style} d="${path.join('')}"/>\n`),
      ...this.#names,
    ].join('');
  }

  #bar({ fromNs, toNs, thread }: Bar, y: number, height: number): void {
    const { domain, vcpu } = this.#gantt.thread(thread);
    const { colour, name } = this.#looks.get(domain)!;
    const x = this.#scale.x(fromNs);
    const width = this.#scale.x(toNs) - x;
    const edge = width >= EDGED ? ' stroke="#fff" stroke-width=".7"' : '';
    const path = this.#pathOf(`fill="${fillOf(colour)}"${edge}`);
    path.push(`M${round(x)} ${round(y)}h${round(width)}v${height}h-${round(width)}z`);
    if (height < NAMED_HEIGHT) return;
    const label = `${name}/${vcpu}`;
    if (textWidth(label, NAME_SIZE) + 4 <= width)
      this.#name(label, x + width / 2, y + height / 2 + 3.5, colour);
  }

  #name(name: string, x: number, y: number, colour: number): void {
    // On a hatch nothing can be read; its neighbours in the legend tell whose it is.
    if (fillOf(colour).startsWith('url')) return;
    const style = `text-anchor="middle" font-size="${NAME_SIZE}" fill="${inkOn(colour)}"`;
    this.#names.push(text(x, y, name, style));
  }

  #pathOf(style: string): string[] {
    const known = this.#paths.get(style);
    if (known !== undefined) return known;
    const path: string[] = [];
    this.#paths.set(style, path);
    return path;
  }
}
