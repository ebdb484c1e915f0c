import { type Command, EVERYWHERE, type Kind, type Option, optionsOf } from '../grammar/command.ts';
import { COMMANDS, commandNamed } from '../grammar/commands.ts';

/** A word that could stand where the cursor is. One that ends in `=` wants more right behind it. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** Names that only xend knows; none when it does not answer. */
export interface Names {
  pools(): Promise<readonly string[]>;
  domains(): Promise<readonly string[]>;
  schedulers(): Promise<readonly string[]>;
}

export interface Candidates {
  readonly words: readonly Candidate[];
  /** The shell shall add file names of its own. */
  readonly files: boolean;
}

/** What can follow the words before the cursor, the last of which (perhaps empty) is being typed. */
export async function candidates(words: readonly string[], names: Names): Promise<Candidates> {
  const typed = words.at(-1) ?? '';
  const found = await offers(words.slice(0, -1), typed, names);
  return { ...found, words: found.words.filter(({ word }) => word.startsWith(typed)) };
}

async function offers(before: readonly string[], typed: string, names: Names): Promise<Candidates> {
  const at = before.findIndex((word, index) => !word.startsWith('-') && before[index - 1] !== '--connect');
  const command = at < 0 ? undefined : commandNamed(before[at]!);
  const awaited = optionAwaiting(before.at(-1), command === undefined ? EVERYWHERE : optionsOf(command));
  if (awaited !== undefined) return offer(awaited.kind ?? 'text', names);
  if (at >= 0 && command === undefined) return only([]);
  if (typed.startsWith('-')) return only(optionWords(command, before));
  return command === undefined
    ? only(commandWords(typed))
    : operandsAndKeys(command, before.slice(at + 1), typed, names);
}

async function operandsAndKeys(
  command: Command,
  given: readonly string[],
  typed: string,
  names: Names,
): Promise<Candidates> {
  const keys = command.keys ?? [];
  const [, keyName] = /^([^=]+)=/.exec(typed) ?? [];
  const key = keys.find(({ name }) => name === keyName);
  if (key !== undefined) {
    const { words, files } = await offer(key.kind, names);
    return { words: words.map(({ word, about }) => ({ word: `${key.name}=${word}`, about })), files };
  }
  const operands = operandsIn(command, given);
  const next = command.operands[operands] ?? command.operands.find(({ count }) => count === 'any');
  const offered = next === undefined ? only([]) : await offer(next.kind, names);
  // What must be given comes first.
  if (next !== undefined && next.count === undefined) return offered;
  const free = keys.filter(({ name }) => !given.some((word) => word.startsWith(`${name}=`)));
  const keyWords = free.map(({ name, about }) => ({ word: `${name}=`, about }));
  return { ...offered, words: [...offered.words, ...keyWords] };
}

async function offer(kind: Kind, names: Names): Promise<Candidates> {
  switch (kind) {
    case 'pool':
      return only(named(await names.pools(), 'pool'));
    case 'domain':
      return only(named(await names.domains(), 'domain'));
    case 'scheduler':
      return only(named(await names.schedulers(), 'scheduler'));
    case 'shell':
      return only(named(['bash', 'zsh', 'fish'], 'shell'));
    case 'command':
      return only(commandWords(''));
    case 'file':
      return { words: [], files: true };
    default:
      return only([]);
  }
}

const only = (words: readonly Candidate[]): Candidates => ({ words, files: false });
const named = (words: readonly string[], about: string) => words.map((word) => ({ word, about }));

/** xl's spellings are offered to those who begin with one. */
const commandWords = (typed: string): Candidate[] =>
  COMMANDS.filter(({ group }) => group !== 'xl' || typed.startsWith('cpupool')).map(({ name, summary }) => ({
    word: name,
    about: summary,
  }));

function optionWords(command: Command | undefined, given: readonly string[]): Candidate[] {
  const options = command === undefined ? EVERYWHERE : optionsOf(command);
  return options
    .filter(({ long, short }) => !given.includes(`--${long}`) && !given.includes(`-${short}`))
    .flatMap(({ long, short, about }) => [
      { word: `--${long}`, about },
      ...(short === undefined ? [] : [{ word: `-${short}`, about }]),
    ]);
}

/** The option whose value is being typed. */
const optionAwaiting = (last: string | undefined, options: readonly Option[]) =>
  options.find(
    ({ long, short, value }) => value !== undefined && (last === `--${long}` || last === `-${short}`),
  );

/** How many operands stand there already. */
function operandsIn(command: Command, given: readonly string[]): number {
  const options = optionsOf(command);
  return given.filter(
    (word, index) =>
      !word.startsWith('-') &&
      !(command.keys !== undefined && word.includes('=')) &&
      optionAwaiting(given[index - 1], options) === undefined,
  ).length;
}
