import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { done, exitStatus, explain, type Outcome, refuse } from '../interface/index.ts';
import type { NumberRange } from './field.ts';
import { parseScenario } from './parse.ts';
import { printResult } from './print.ts';
import { runScenario } from './run.ts';
import { type Overrides, SCENARIO_RANGES } from './scenario.ts';

interface Streams {
  readonly cwd: string;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

interface Invocation {
  readonly file: string;
  readonly asJson: boolean;
  readonly overrides: Overrides;
}

const HINT =
  'xm simulate FILE [--json] [--seed N] [--seconds N] [--repeats N]; - reads the scenario from stdin';

/** `xm simulate`: plays a scenario on an embedded host of its own and prints the shares; the exit status. */
export async function simulate(words: readonly string[], io: Streams): Promise<number> {
  const printed = await simulated(words, io.cwd);
  if (printed.ok) {
    io.stdout.write(printed.value);
    return 0;
  }
  const { sentence, remedy } = explain(printed.refusal);
  io.stderr.write(`xm: ${sentence}\n    ${remedy}\n`);
  return exitStatus(printed.refusal.code);
}

async function simulated(words: readonly string[], cwd: string): Promise<Outcome<string>> {
  const invocation = readWords(words);
  if (!invocation.ok) return invocation;
  const { file, asJson, overrides } = invocation.value;
  const text = readText(file, cwd);
  if (!text.ok) return text;
  const parsed =
    file === '-'
      ? parseScenario(text.value, 'stdin', cwd)
      : parseScenario(text.value, file, dirname(resolve(cwd, file)));
  if (!parsed.ok) return parsed;
  const scenario = { ...parsed.value, ...overrides };
  const result = await runScenario(scenario);
  if (!result.ok) return result;
  return done(asJson ? `${JSON.stringify(result.value, null, 2)}\n` : printResult(scenario, result.value));
}

const OPTIONS = {
  json: { type: 'boolean', default: false },
  seed: { type: 'string' },
  seconds: { type: 'string' },
  repeats: { type: 'string' },
} as const;

function readWords(words: readonly string[]): Outcome<Invocation> {
  const parsed = parsedWords(words);
  if (typeof parsed === 'string') return refuse({ code: 'usage', why: parsed, hint: HINT });
  const { positionals, values } = parsed;
  const [file] = positionals;
  if (file === undefined || positionals.length > 1)
    return refuse({
      code: 'usage',
      why: `simulate wants one scenario, not ${positionals.length}`,
      hint: HINT,
    });
  const overrides: Record<string, number> = {};
  for (const name of ['seed', 'seconds', 'repeats'] as const) {
    const written = values[name];
    if (written === undefined) continue;
    const { least, most, whole = false }: NumberRange = SCENARIO_RANGES[name];
    const value = written.trim() === '' ? Number.NaN : Number(written);
    overrides[name] = value;
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) continue;
    const range = `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
    return refuse({ code: 'out-of-range', what: `--${name}`, value: written, range });
  }
  return done({ file, asJson: values.json, overrides });
}

/** What node makes of the words, or its complaint. */
function parsedWords(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return (error as Error).message;
  }
}

function readText(file: string, cwd: string): Outcome<string> {
  try {
    return done(readFileSync(file === '-' ? 0 : resolve(cwd, file), 'utf8'));
  } catch (error) {
    return refuse({
      code: 'unreadable-file',
      file,
      why: (error as NodeJS.ErrnoException).code ?? String(error),
    });
  }
}
