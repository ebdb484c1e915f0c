import { type Command, GROUPS, optionsOf, optionWords, usage } from '../grammar/command.ts';
import { COMMANDS } from '../grammar/commands.ts';
import { bold } from './style.ts';
import { fields } from './table.ts';
import { wrap } from './wrap.ts';

/** All commands, a line each. */
export function overview(color: boolean): string {
  const groups = Object.entries(GROUPS).map(([group, title]) => {
    const rows = COMMANDS.filter((command) => command.group === group);
    return `${bold(title, color)}\n${fields(
      rows.map(({ name, summary }) => [name.padEnd(WIDEST), summary]),
      '  ',
    )}`;
  });
  return [
    `${bold('usage', color)}: xm COMMAND [WORDS] [OPTIONS]\n`,
    ...groups,
    'xm COMMAND --help shows the words and options of a command, with an example.\n',
  ].join('\n');
}

/** One command: its words, keys, options and examples. */
export function commandHelp(command: Command, color: boolean): string {
  const { operands, keys = [], examples } = command;
  const section = (title: string, rows: readonly (readonly [string, string])[]) =>
    rows.length === 0 ? [] : [`${bold(title, color)}\n${fields(rows, '  ')}`];
  return [
    `${bold('usage', color)}: ${usage(command)}\n`,
    `${wrap(command.summary)}\n`,
    ...(command.about === undefined ? [] : [`${wrap(command.about)}\n`]),
    ...section(
      'words',
      operands.map(({ name, about }) => [name, about]),
    ),
    ...section(
      command.anyKey ? 'keys (and every other of the file)' : 'keys',
      keys.map(({ name, value, about }) => [`${name}=${value}`, about]),
    ),
    ...section(
      'options',
      optionsOf(command).map((option) => [optionWords(option), option.about]),
    ),
    ...section(
      examples.length === 1 ? 'example' : 'examples',
      examples.map(({ words, about }) => [words, about]),
    ),
  ].join('\n');
}

const WIDEST = Math.max(...COMMANDS.map(({ name }) => name.length));
