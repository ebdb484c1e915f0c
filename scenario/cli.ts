import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { done, exitStatus, explain, type Outcome, type Refused, refuse } from '../interface/index.ts';
import { csvOf } from './csv.ts';
import { Interrupt } from './interrupt.ts';
import { type Invocation, readInvocation } from './options.ts';
import { Outputs } from './outputs.ts';
import { parseScenario } from './parse.ts';
import { printResult } from './print.ts';
import { Progress } from './progress.ts';
import { runScenario, type ScenarioResult } from './run.ts';
import { endOf, type Scenario } from './scenario.ts';

interface Streams {
  readonly cwd: string;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Where this package lies: the program of the other threads is in its dist. */
  readonly home: string;
}

/** `xm simulate`: plays a scenario on an embedded host of its own and prints the shares; the exit status. */
export async function simulate(words: readonly string[], io: Streams): Promise<number> {
  const read = readWords(words, io.cwd);
  const status = read.ok ? await simulated(read.value.invocation, read.value.scenario, io) : read;
  return typeof status === 'number' ? status : complain(status, io);
}

interface Read {
  readonly invocation: Invocation;
  readonly scenario: Scenario;
}

function readWords(words: readonly string[], cwd: string): Outcome<Read> {
  const invocation = readInvocation(words, cwd);
  if (!invocation.ok) return invocation;
  const { file, overrides } = invocation.value;
  const text = readText(file, cwd);
  if (!text.ok) return text;
  const parsed =
    file === '-'
      ? parseScenario(text.value, 'stdin', cwd)
      : parseScenario(text.value, file, dirname(resolve(cwd, file)));
  if (!parsed.ok) return parsed;
  return done({ invocation: invocation.value, scenario: { ...parsed.value, ...overrides } });
}

async function simulated(
  { prints, jobs, ...wanted }: Invocation,
  scenario: Scenario,
  io: Streams,
): Promise<number | Refused> {
  const program = (name: string) => join(io.home, 'dist', name);
  const tracer = availableParallelism() > 1 ? program('trace-worker.cjs') : null;
  const opened = Outputs.open(scenario, wanted, io.cwd, tracer);
  if (!opened.ok) return opened;
  const outputs = opened.value;
  const interrupt = new Interrupt(() => outputs.discard());
  const progress = new Progress(io.stderr, endOf(scenario) * scenario.repeats, () => performance.now());
  try {
    const result = await runScenario(scenario, {
      ...(jobs !== undefined && { jobs }),
      worker: program('scenario-worker.cjs'),
      sinks: outputs.sinks,
      signal: interrupt.signal,
      progress: (part, seconds) => {
        progress.at(part, seconds);
        if (outputs.fault !== null) interrupt.abort();
      },
    });
    progress.clear();
    if (!result.ok) return result;
    const kept = outputs.keep();
    if (!kept.ok) return kept;
    io.stdout.write(inWords(prints, scenario, result.value));
    if (interrupt.status !== null) io.stderr.write(`xm: ${lastWords(result.value)}\n`);
    if (outputs.isChartMissing)
      io.stderr.write(`xm: note: ${wanted.svg} is not drawn, the run did not come so far\n`);
    return interrupt.status ?? 0;
  } finally {
    progress.clear();
    await outputs.close();
    interrupt.close();
  }
}

function inWords(prints: Invocation['prints'], scenario: Scenario, result: ScenarioResult): string {
  switch (prints) {
    case 'json':
      return `${JSON.stringify(result, null, 2)}\n`;
    case 'csv':
      return csvOf(result);
    case 'table':
      return printResult(scenario, result);
  }
}

const lastWords = ({ windows }: ScenarioResult) =>
  windows.length === 0
    ? 'interrupted before anything was measured'
    : 'interrupted; this is what was measured until then';

function complain({ refusal }: Refused, io: Streams): number {
  const { sentence, remedy } = explain(refusal);
  io.stderr.write(`xm: ${sentence}\n    ${remedy}\n`);
  return exitStatus(refusal.code);
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
