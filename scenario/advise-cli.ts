import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { done, type HostState, type Outcome, refuse, type Topology } from '../interface/index.ts';
import type { Advice } from './advice.ts';
import { adviseOn } from './advise.ts';
import type { NumberRange } from './field.ts';
import { type ObservedHost, observed } from './observed.ts';
import { parseScenario } from './parse.ts';
import { SCENARIO_RANGES, type Scenario } from './scenario.ts';
import { Stage } from './stage.ts';

/** What advice is asked on: a scenario's host, or one that a xend shows. */
export type Subject =
  | { readonly file: string; readonly cwd: string }
  | { readonly observed: ObservedHost; readonly socket: string };

/** As typed; without them the scenario's own, else 20 s under seed 1. */
export interface AdviseOptions {
  readonly seconds: string | undefined;
  readonly seed: string | undefined;
}

const DEFAULTS = { settleS: 4, seconds: 20, seed: 1 };

/** What `xm advise` answers. */
export async function advise(subject: Subject, options: AdviseOptions): Promise<Outcome<Advice>> {
  const seconds = numberOf('seconds', options.seconds);
  if (!seconds.ok) return seconds;
  const seed = numberOf('seed', options.seed);
  if (!seed.ok) return seed;
  const read = 'file' in subject ? await readStage(subject.file, subject.cwd) : done(shown(subject));
  if (!read.ok) return read;
  const { file, topology, state, notes, defaults } = read.value;
  return adviseOn(
    {
      file,
      topology,
      settleS: defaults.settleS,
      seconds: seconds.value ?? defaults.seconds,
      seed: seed.value ?? defaults.seed,
    },
    state,
    notes,
  );
}

/** A host to advise on. */
interface Situation {
  /** Where it comes from, as errors name it. */
  readonly file: string;
  readonly topology: Topology;
  readonly state: HostState;
  readonly notes: readonly string[];
  readonly defaults: Pick<Scenario, 'settleS' | 'seconds' | 'seed'>;
}

/** The host as a scenario sets it up, before its first action. */
async function readStage(file: string, cwd: string): Promise<Outcome<Situation>> {
  const text = readText(file, cwd);
  if (!text.ok) return text;
  const [name, folder] = file === '-' ? ['stdin', cwd] : [file, dirname(resolve(cwd, file))];
  const parsed = parseScenario(text.value, name, folder);
  if (!parsed.ok) return parsed;
  const { topology, seed, actions } = parsed.value;
  const stage = await Stage.set(parsed.value, seed);
  if (!stage.ok) return stage;
  const notes = actions.length === 0 ? [] : ['the actions are left out: this is about the host as it begins'];
  return done({ file: name, topology, state: await stage.value.state(), notes, defaults: parsed.value });
}

function shown({ observed: host, socket }: { observed: ObservedHost; socket: string }): Situation {
  const { state, notes } = observed(host);
  return { file: socket, topology: host.host.topology, state, notes, defaults: DEFAULTS };
}

function readText(file: string, cwd: string): Outcome<string> {
  try {
    return done(readFileSync(file === '-' ? 0 : resolve(cwd, file), 'utf8'));
  } catch (error) {
    return refuse({
      code: 'unreadable-file',
      file,
      why: (error as NodeJS.ErrnoException).code ?? `${error}`,
    });
  }
}

function numberOf(name: 'seconds' | 'seed', written: string | undefined): Outcome<number | undefined> {
  if (written === undefined) return done(undefined);
  const { least, most, whole = false }: NumberRange = SCENARIO_RANGES[name];
  const value = written.trim() === '' ? Number.NaN : Number(written);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return done(value);
  const range = `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
  return refuse({ code: 'out-of-range', what: `--${name}`, value: written, range });
}
