import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { done, type Outcome, refuse } from '../interface/index.ts';
import type { NumberRange } from './field.ts';
import { realPath } from './output-file.ts';
import { type Overrides, SCENARIO_RANGES } from './scenario.ts';

/** What `xm simulate` was asked for. */
export interface Invocation {
  readonly file: string;
  readonly prints: 'table' | 'json' | 'csv';
  readonly overrides: Overrides;
  readonly jobs?: number;
  /** Where the trace goes, where the chart, and what it shows. */
  readonly trace?: string;
  readonly svg?: string;
  readonly span: Span;
}

/** Virtual seconds since the start; what is not given is chosen. */
export interface Span {
  readonly fromS?: number;
  readonly toS?: number;
}

const HINT = 'xm simulate FILE [options]; xm simulate --help shows them';
const MOST_JOBS = 256;

const OPTIONS = {
  json: { type: 'boolean', default: false },
  csv: { type: 'boolean', default: false },
  seed: { type: 'string' },
  seconds: { type: 'string' },
  settle: { type: 'string' },
  repeats: { type: 'string' },
  jobs: { type: 'string' },
  trace: { type: 'string' },
  svg: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
} as const;

/** The numbers by option: which field each sets, and its range. */
const NUMBERS = {
  seed: ['seed', SCENARIO_RANGES.seed],
  seconds: ['seconds', SCENARIO_RANGES.seconds],
  settle: ['settleS', SCENARIO_RANGES.settleS],
  repeats: ['repeats', SCENARIO_RANGES.repeats],
  jobs: ['jobs', { least: 1, most: MOST_JOBS, whole: true }],
  from: ['fromS', { least: 0, most: SCENARIO_RANGES.seconds.most }],
  to: ['toS', { least: 0, most: SCENARIO_RANGES.seconds.most }],
} as const satisfies Record<string, readonly [string, NumberRange]>;
type NumberOption = keyof typeof NUMBERS;
type NumberField = (typeof NUMBERS)[NumberOption][0];

/** The words after `simulate`, or what is wrong with them. */
export function readInvocation(words: readonly string[], cwd: string): Outcome<Invocation> {
  const parsed = parsedWords(words);
  if (typeof parsed === 'string') return usage(parsed);
  const { positionals, values } = parsed;
  const [file] = positionals;
  if (file === undefined || positionals.length > 1)
    return usage(`simulate wants one scenario, not ${positionals.length}`);
  const numbers = readNumbers(values);
  if (!numbers.ok) return numbers;
  const { jobs, fromS, toS, ...overrides } = numbers.value;
  const fault = contradiction(values, file, cwd) ?? spanFault(values, fromS, toS);
  if (fault !== null) return usage(fault);
  return done({
    file,
    prints: values.json ? 'json' : values.csv ? 'csv' : 'table',
    overrides,
    ...given('jobs', jobs),
    ...given('trace', values.trace),
    ...given('svg', values.svg),
    span: { ...given('fromS', fromS), ...given('toS', toS) },
  });
}

const usage = (why: string) => refuse({ code: 'usage', why, hint: HINT });

/** What node makes of the words, or its complaint. */
function parsedWords(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return (error as Error).message;
  }
}

type Values = Exclude<ReturnType<typeof parsedWords>, string>['values'];

function readNumbers(values: Values): Outcome<Partial<Record<NumberField, number>>> {
  const numbers: Partial<Record<NumberField, number>> = {};
  for (const [name, [field, range]] of Object.entries(NUMBERS)) {
    const written = values[name as NumberOption];
    if (written === undefined) continue;
    const { least, most, whole = false }: NumberRange = range;
    const value = written.trim() === '' ? Number.NaN : Number(written);
    const fits = value >= least && value <= most && (!whole || Number.isInteger(value));
    const words = `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
    if (!fits) return refuse({ code: 'out-of-range', what: `--${name}`, value: written, range: words });
    numbers[field] = value;
  }
  return done(numbers);
}

function contradiction({ json, csv, trace, svg }: Values, file: string, cwd: string): string | null {
  if (json && csv) return '--json and --csv exclude each other';
  const paths = { trace, svg };
  for (const [name, path] of Object.entries(paths)) {
    if (path === '' || path === '-') return `--${name} needs a file, not ${JSON.stringify(path)}`;
  }
  const real = (path: string) => realPath(resolve(cwd, path));
  if (trace !== undefined && svg !== undefined && real(trace) === real(svg))
    return `--trace and --svg cannot both write ${svg}`;
  for (const [name, path] of Object.entries(paths)) {
    if (path !== undefined && file !== '-' && real(path) === real(file))
      return `--${name} would overwrite the scenario ${file}`;
  }
  return null;
}

function spanFault({ svg }: Values, fromS: number | undefined, toS: number | undefined): string | null {
  if (fromS === undefined && toS === undefined) return null;
  if (svg === undefined) return '--from and --to say what --svg shall draw, and that is not given';
  if (fromS !== undefined && toS !== undefined && fromS >= toS)
    return `--from ${fromS} is not before --to ${toS}`;
  return null;
}

const given = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
