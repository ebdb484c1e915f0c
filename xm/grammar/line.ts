import { didYouMean } from '../../interface/near.ts';
import { done, type Outcome, refuse } from '../../interface/outcome.ts';
import { type Command, EVERYWHERE, type Option, optionsOf } from './command.ts';
import { COMMANDS, commandNamed } from './commands.ts';

/** A command line taken apart; which operands and keys mean what is up to the command. */
export interface Line {
  readonly command: Command;
  readonly operands: readonly string[];
  /** The `key=value` words, in the order they were given. */
  readonly keys: ReadonlyMap<string, string>;
  /** By long name; a flag's value is empty. */
  readonly options: ReadonlyMap<string, string>;
  /** The same in the order they were given, with all values of one that may be repeated. */
  readonly given: readonly (readonly [name: string, value: string])[];
}

/** The words after `xm`, read with the table of commands. Options may stand before the command too. */
export function readLine(words: readonly string[]): Outcome<Line> {
  const at = commandIndex(words);
  const name = words[at];
  if (name === undefined)
    return usageFault('no command was given', 'xm help shows the commands; to begin with: xm pool-list');
  const command = commandNamed(name);
  if (command === undefined) return unknownCommand(name);
  return readWords(command, words.toSpliced(at, 1));
}

/** Wrong usage: a sentence, and what to do. */
export const usageFault = (why: string, hint: string) => refuse({ code: 'usage', why, hint });

/** The way out when the words of a command are wrong: how it goes. */
export const showUsage = (command: Command) => `for example: ${command.examples[0]!.words}`;

function readWords(command: Command, words: readonly string[]): Outcome<Line> {
  const operands: string[] = [];
  const keys = new Map<string, string>();
  const options = new Map<string, string>();
  const given: [string, string][] = [];
  let onlyOperands = false;

  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!onlyOperands && word === '--') onlyOperands = true;
    else if (!onlyOperands && /^-./.test(word)) {
      const read = readOption(command, word, words[i + 1]);
      if (!read.ok) return read;
      const { option, value, usesNext } = read.value;
      if (options.has(option.long) && !option.repeats)
        return usageFault(`--${option.long} is given twice`, 'give each option once');
      options.set(option.long, value);
      given.push([option.long, value]);
      if (usesNext) i++;
    } else if (command.keys !== undefined && /^[A-Za-z_][\w-]*=/.test(word)) {
      const refused = takeKey(command, word, keys);
      if (!refused.ok) return refused;
    } else operands.push(word);
  }

  const line = { command, operands, keys, options, given };
  // Who asks for help need not know the operands yet.
  return options.has('help') ? done(line) : countOperands(line);
}

/** Where the command stands: the first word that is neither an option for everybody nor the value of one. */
function commandIndex(words: readonly string[]): number {
  let at = 0;
  while (words[at]?.startsWith('-')) {
    const takesValue = EVERYWHERE.some(
      (option) => option.value !== undefined && `--${option.long}` === words[at],
    );
    at += takesValue ? 2 : 1;
  }
  return at;
}

/** Refuses a command that is not in the table, and offers the one that was probably meant. */
export function unknownCommand(name: string): Outcome<never> {
  const names = COMMANDS.map((command) => command.name);
  return usageFault(
    `there is no command ${JSON.stringify(name)}`,
    `${didYouMean(name, names, (meant) => `xm ${meant}`)}xm help shows the commands`,
  );
}

interface ReadOption {
  readonly option: Option;
  readonly value: string;
  readonly usesNext: boolean;
}

/** `--long=value`, `--long value`, `-s value`, `-svalue`, and flags. */
function readOption(command: Command, word: string, next: string | undefined): Outcome<ReadOption> {
  const [, name, attached] = /^(--[^=]*|-[^-])(?:=?(.*))$/su.exec(word)!;
  const option = optionsOf(command).find(({ long, short }) => name === `--${long}` || name === `-${short}`);
  if (option === undefined) return unknownOption(command, name!);
  const hasAttached = attached !== '' || word.endsWith('=');
  if (option.value === undefined) {
    if (hasAttached) return usageFault(`${name} takes no value`, showUsage(command));
    return done({ option, value: '', usesNext: false });
  }
  if (hasAttached) return done({ option, value: attached!, usesNext: false });
  if (next === undefined) return usageFault(`${name} needs ${option.value}`, showUsage(command));
  return done({ option, value: next, usesNext: true });
}

function unknownOption(command: Command, name: string): Outcome<never> {
  const known = optionsOf(command).map((option) => `--${option.long}`);
  return usageFault(
    `${command.name} has no option ${name}`,
    `${didYouMean(name, known)}xm ${command.name} --help shows its options`,
  );
}

function takeKey(command: Command, word: string, keys: Map<string, string>): Outcome<void> {
  const name = word.slice(0, word.indexOf('='));
  const known = command.keys!.map((key) => key.name);
  if (!known.includes(name) && !command.anyKey)
    return usageFault(
      `${command.name} has no key ${JSON.stringify(name)}`,
      `${didYouMean(name, known, (meant) => `${meant}=`)}it takes ${known.map((key) => `${key}=`).join(' ')}`,
    );
  if (keys.has(name)) return usageFault(`${name}= is given twice`, 'give each key once');
  keys.set(name, word.slice(name.length + 1));
  return done(undefined);
}

function countOperands(line: Line): Outcome<Line> {
  const { command, operands } = line;
  const missing = command.operands[operands.length];
  if (missing !== undefined && missing.count === undefined)
    return usageFault(`${command.name} needs ${missing.name}, ${missing.about}`, showUsage(command));
  const extra = operands[command.operands.length];
  if (extra !== undefined && command.operands.at(-1)?.count !== 'any')
    return usageFault(`${command.name} cannot use ${JSON.stringify(extra)}`, showUsage(command));
  return done(line);
}
