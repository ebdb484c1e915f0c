// npm run bench:peers [-- --seconds N --rounds N --all]: the reference job of bench/README.md on our engine and on its
// peers, side by side. With neither N it writes bench/peers.json, a shorter run decides nothing; with --all it fails if a peer is missing.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { printTable } from '../../tools/table.mjs';
import { type Engine, engines, type Run, run, versions } from './engines.ts';
import type { Kind } from './job.ts';

/** One engine on one kind of job: the best of all rounds, or why there is none. */
interface Result {
  readonly kind: Kind;
  readonly engine: Engine;
  best: Run | null;
}

const KINDS: readonly Kind[] = ['hog', 'mixed'];
/** The one that every user has, and that the others are held to. */
const REFERENCE = 'ours, credit';
/** May be faster and the requirement still be met: it is an event queue in C++ and nothing else. */
const BARE_CORE = /^ns-3/;

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, rounds: { type: 'string' }, all: { type: 'boolean' } },
});
const seconds = Number(values.seconds ?? 60);
const rounds = Number(values.rounds ?? 3);

const folder = dirname(process.argv[1]!);
const compared = engines(folder);
const results = KINDS.flatMap((kind) => compared.map((engine): Result => ({ kind, engine, best: null })));
for (let round = 1; round <= rounds; round++) {
  console.error(`round ${round} of ${rounds} ...`);
  for (const result of results) measure(result);
}
printTable([
  ['job', 'engine', 'what it models', 'events', 'cpu s', 'M events/cpu-s', 'ours / it'],
  ...results.map(row),
]);
if (values.seconds === undefined && values.rounds === undefined) {
  for (const kind of KINDS) printVerdicts(kind);
  record();
}
if (values.all && results.some(({ best }) => best === null)) process.exitCode = 1;

function measure(result: Result): void {
  const { kind, engine, best } = result;
  if (typeof engine.command === 'string') return;
  const one = run(engine, kind, seconds);
  if (best === null || rate(one) > rate(best)) result.best = one;
}

function rate({ events, cpuSeconds }: Run): number {
  return events / cpuSeconds;
}

function row({ kind, engine, best }: Result): string[] {
  const { name, models, command } = engine;
  if (best === null) return [kind, name, `${command}`, '', '', '', ''];
  const millions = (rate(best) / 1e6).toFixed(2);
  const ratio =
    name === REFERENCE || best.events === 0 ? '' : (rate(reference(kind)) / rate(best)).toFixed(2);
  return [kind, name, models, `${best.events}`, best.cpuSeconds.toFixed(2), millions, ratio];
}

function reference(kind: Kind): Run {
  return results.find((result) => result.kind === kind && result.engine.name === REFERENCE)!.best!;
}

function printVerdicts(kind: Kind): void {
  const peers = results.filter((result) => result.kind === kind && !result.engine.isOurs);
  const isSlower = ({ best }: Result) => best === null || rate(best) < rate(reference(kind));
  const verdict = (held: readonly Result[]) => (held.every(isSlower) ? 'ok' : 'missed');
  const withoutCore = peers.filter(({ engine }) => !BARE_CORE.test(engine.name));
  console.log(`\n${kind}: faster than all but ns-3's bare core (must)  ${verdict(withoutCore)}`);
  console.log(`${kind}: faster than all (goal)                       ${verdict(peers)}`);
}

function record(): void {
  const rows = results.map(({ kind, engine: { name, models }, best }) => ({ kind, name, models, ...best }));
  const machine = { date: new Date().toISOString().slice(0, 10), cpu: cpus()[0]!.model.trim() };
  const found = { ...machine, versions: { node: process.version, ...versions() }, seconds, rounds, rows };
  writeFileSync('bench/peers.json', `${JSON.stringify(found, null, 2)}\n`);
}
