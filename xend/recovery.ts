import {
  describeStep,
  done,
  type Host,
  type HostDescription,
  type HostState,
  type Outcome,
} from '../interface/index.ts';
import { attempt, carryOut, progress } from './carry-out.ts';
import { compare } from './compare.ts';
import type { Definitions } from './definitions.ts';
import type { Ledger } from './ledger.ts';

/** What a start found and did, in sentences, for the log and the event stream. */
export interface Recovery {
  readonly kind: 'recovery' | 'problem';
  readonly text: string;
}

/**
 * From whatever the last xend left to a host as defined (laws 6 and 10). A host that keeps its domains is where the
 * last xend was stopped: first the open plan is ended. Any other one is new: first it becomes what it was before that
 * plan. No mismatch prevents the start; only a journal that cannot be written does.
 */
export async function recover(host: Host, ledger: Ledger): Promise<Outcome<Recovery[]>> {
  const description = await host.describe();
  const said: Recovery[] = [];
  if (ledger.cutBytes > 0) said.push(recovery(`cut ${ledger.cutBytes} torn bytes off the journal's end`));
  const { definitions } = ledger;
  if (definitions.start === 0) definitions.adoptOffline(description, await host.read());
  if (!description.keepsDomains) {
    const { length } = await repair(host, description, definitions);
    if (length > 0) said.push(recovery(`built the host again as defined, in ${length} steps`));
  }
  if (ledger.open !== null) said.push(await endPlan(host, ledger));
  // Before repairs, or cpus would be taken from a pool that only nobody has told us of.
  const isNew = definitions.adopt(await host.read());
  if (description.keepsDomains) said.push(...inOne(await repair(host, description, definitions)));
  if (isNew) {
    const kept = await ledger.compact();
    if (!kept.ok) return kept;
  }
  const differing = problems(definitions, description, await host.read());
  said.push(...differing.map((text) => ({ kind: 'problem', text }) as const));
  const started = await ledger.start();
  return started.ok ? done(said) : started;
}

/** Where the host is not as defined, in words. */
export const problems = (wish: Definitions, host: HostDescription, state: HostState): string[] => [
  ...new Set(compare(wish, host, state).map(({ text }) => text)),
];

/** Finishes the plan that was begun and not ended, or takes it back. */
export async function endPlan(host: Host, ledger: Ledger): Promise<Recovery> {
  const { steps, request } = ledger.open!;
  const state = await host.read();
  const ending = await carryOut(host, state, steps, progress(state, steps));
  await ledger.end(ending.kind === 'done' ? 'done' : 'undone');
  switch (ending.kind) {
    case 'done':
      return recovery(`finished what was begun: ${request}`);
    case 'undone':
      return recovery(
        `took back what was begun: ${request} (cannot ${describeStep(ending.step)}: ${ending.why})`,
      );
    case 'stuck':
      return {
        kind: 'problem',
        text: `${request}: begun, and neither finished nor taken back: ${ending.why}`,
      };
  }
}

/** Enough for repairs that wait for each other; a host that lies about a repair is not asked for ever. */
const PASSES = 5;

/** Repairs what can be, pass by pass until a pass mends nothing; says what was mended. */
async function repair(host: Host, description: HostDescription, wish: Definitions): Promise<string[]> {
  const mended: string[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const before = mended.length;
    for (const { text, repair } of compare(wish, description, await host.read()))
      if (repair !== null && (await attempt(host, repair)) === null) mended.push(text);
    if (mended.length === before) break;
  }
  return mended;
}

/** However much differs, the first few say it. */
function inOne(mended: readonly string[]): Recovery[] {
  if (mended.length === 0) return [];
  const more = mended.length > SAID ? `; and ${mended.length - SAID} more` : '';
  return [recovery(`the host was not as defined, and is again: ${mended.slice(0, SAID).join('; ')}${more}`)];
}

const SAID = 5;

const recovery = (text: string): Recovery => ({ kind: 'recovery', text });
