import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { done, type Outcome, type Refused, refuse } from '../../../interface/index.ts';

/*
 * What is asked of the systemd that runs this machine, through its own commands: they speak to it over its private socket
 * and need no bus. Words are arguments; no shell reads them.
 */

/** It answers in milliseconds, but not while it reloads its units, which takes seconds on a large host. */
const PATIENCE_MS = 60_000;

/** Says that it is there, and waits. Whoever started it ends it; when they die it ends by itself. */
const ANCHOR = ['/bin/sh', '-c', 'echo && read -r _', 'xm-anchor'] as const;

/** Whether systemd is this machine's first program, and so the one who manages its cgroups (sd_booted(3)). */
export const isBooted = (): boolean => existsSync('/run/systemd/system');

/** The systemd that runs this machine. */
export interface Manager {
  /** `252`, whatever its distribution adds to that. */
  readonly version: number;
  /** Whether its units have `CPUSetPartition=`. */
  readonly knowsPartitions: boolean;
}

export async function askManager(): Promise<Outcome<Manager>> {
  const answered = await systemctl('say its version', ['show', '--property=Version', '--value']);
  if (!answered.ok) return answered;
  const version = Number(/\d+/.exec(answered.value)?.[0] ?? 0);
  // Of its root, which is always there; what it has not is not printed.
  const shown = await show('-.slice', ['CPUSetPartition']);
  return shown.ok ? done({ version, knowsPartitions: shown.value.CPUSetPartition !== undefined }) : shown;
}

/** Properties until the next boot or until the unit is gone, in the words of its unit files. */
export function setProperties(unit: string, properties: readonly string[]): Promise<Outcome<string>> {
  const step = `set ${properties.join(' and ')} for ${unit}`;
  return systemctl(step, ['set-property', '--runtime', '--', unit, ...properties]);
}

export const startUnit = (unit: string): Promise<Outcome<string>> =>
  systemctl(`start ${unit}`, ['start', '--', unit]);

/** One that is not there is stopped. */
export const stopUnit = (unit: string): Promise<Outcome<string>> =>
  systemctl(`stop ${unit}`, ['stop', '--', unit]);

/** Has it read its units again. */
export const reload = (): Promise<Outcome<string>> => systemctl('read its units again', ['daemon-reload']);

/** Properties of a unit, as `systemctl show` prints them; those that a unit has not are missing. */
export async function show<Name extends string>(
  unit: string,
  properties: readonly Name[],
): Promise<Outcome<{ readonly [name in Name]?: string }>> {
  const words = ['show', `--property=${properties.join(',')}`, '--', unit];
  const shown = await systemctl(`show ${unit}`, words);
  if (!shown.ok) return shown;
  const pairs = [...shown.value.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
  return done(Object.fromEntries(pairs));
}

/** A process that waits, and holds open what it is put into. */
export const startAnchor = (): ChildProcess => {
  const [program, ...words] = ANCHOR;
  return spawn(program, words, { stdio: ['pipe', 'ignore', 'ignore'], env: environment() });
};

/** An anchor in a scope of its own, which is there as long as any process is in it. */
export async function openScope(
  unit: string,
  slice: string,
  properties: readonly string[],
): Promise<Outcome<ChildProcess>> {
  const words = [
    ...['--scope', '--quiet', '--collect', `--unit=${unit}`, `--slice=${slice}`],
    ...properties.map((property) => `--property=${property}`),
    ...['--', ...ANCHOR],
  ];
  const anchor = spawn('systemd-run', words, { stdio: ['pipe', 'pipe', 'pipe'], env: environment() });
  const step = `make ${unit} in ${slice}`;
  const answer = await Promise.race([firstLine(anchor), complaintOf(anchor), lateness()]);
  if (answer === null) return done(anchor);
  anchor.kill('SIGKILL');
  return refused(step, answer);
}

function systemctl(step: string, words: readonly string[]): Promise<Outcome<string>> {
  const options = { timeout: PATIENCE_MS, killSignal: 'SIGKILL', env: environment() } as const;
  return new Promise((resolve) => {
    execFile('systemctl', ['--no-ask-password', '--quiet', ...words], options, (error, stdout, stderr) => {
      if (error === null) resolve(done(stdout));
      else if (error.killed) resolve(refused(step, LATE));
      else resolve(refused(step, lastLine(stderr) || error.message));
    });
  });
}

const LATE = `it has not answered for ${PATIENCE_MS / 1000} s`;

const refused = (step: string, why: string): Refused => refuse({ code: 'systemd-refused', step, why });

/** `null` as soon as the anchor is where it shall be. */
const firstLine = (anchor: ChildProcess): Promise<null> =>
  new Promise((resolve) => anchor.stdout!.once('data', () => resolve(null)));

function complaintOf(anchor: ChildProcess): Promise<string> {
  const lines: string[] = [];
  createInterface({ input: anchor.stderr as Readable }).on('line', (line) => lines.push(line));
  return new Promise((resolve) => {
    anchor.once('error', ({ message }) => resolve(message));
    anchor.once('close', (status) => resolve(lastLine(lines.join('\n')) || `it ended with status ${status}`));
  });
}

const lateness = (): Promise<string> =>
  new Promise((resolve) => setTimeout(() => resolve(LATE), PATIENCE_MS).unref());

/** Without the full stop that some of them have. */
const lastLine = (text: string) => (text.trim().split('\n').at(-1) ?? '').replace(/\.$/, '');

/** Its messages are read, so they are in one language and without colours. */
const environment = () => ({
  PATH: process.env.PATH,
  LC_ALL: 'C',
  SYSTEMD_COLORS: '0',
  SYSTEMD_PAGER: 'cat',
});
