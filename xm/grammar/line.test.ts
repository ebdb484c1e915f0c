import { expect, test } from 'vitest';
import { near } from '../../interface/near.ts';
import { optionsOf } from './command.ts';
import { COMMANDS } from './commands.ts';
import { readLine } from './line.ts';

test('options may stand before the command, between its words and behind them', () => {
  for (const words of [
    ['--connect', '/s', '--json', 'pool-list', 'p'],
    ['pool-list', '--connect=/s', 'p', '--json'],
  ]) {
    const line = readLine(words);
    if (!line.ok) throw new Error(line.refusal.code);
    expect(line.value.command.name).toBe('pool-list');
    expect(line.value.operands).toEqual(['p']);
    expect(Object.fromEntries(line.value.options)).toEqual({ connect: '/s', json: '' });
  }
});

test('after -- everything is a word', () => {
  expect(readLine(['pool-destroy', '--', '-p'])).toMatchObject({ value: { operands: ['-p'] } });
});

test('a path with an equals sign is no key', () => {
  expect(readLine(['create', './a=b.cfg', 'x=y'])).toMatchObject({ value: { operands: ['./a=b.cfg'] } });
});

test('help needs no operands', () => {
  expect(readLine(['pool-create', '--help'])).toMatchObject({ ok: true });
});

test('no command at all is wrong usage', () => {
  expect(readLine([])).toMatchObject({ refusal: { code: 'usage' } });
  expect(readLine(['--connect', 'pool-list'])).toMatchObject({ refusal: { code: 'usage' } });
});

test.each(
  COMMANDS.map((command) => [command.name, command] as const),
)('the examples of %s hold', (_, command) => {
  expect(command.examples.length).toBeGreaterThan(0);
  for (const { words } of command.examples) {
    const typed = words.replace(/^source <\((.*)\)$/, '$1').replace(/ \| source$/, '');
    const [xm, ...rest] = typed.split(' ');
    expect(xm).toBe('xm');
    const line = readLine(rest);
    expect(line).toMatchObject({ ok: true, value: { command: { name: command.name } } });
  }
});

test('no two options of a command share a letter or a name', () => {
  for (const command of COMMANDS) {
    const words = optionsOf(command).flatMap(({ long, short }) =>
      short === undefined ? [long] : [long, short],
    );
    expect(new Set(words).size, command.name).toBe(words.length);
  }
});

test.each([
  ['pol-list', 'pool-list'],
  ['pool-lsit', 'pool-list'],
  ['pool-cr', 'pool-create'],
  ['migrate', undefined],
  ['x', undefined],
])('%s comes near to %s', (word, meant) => {
  const names = COMMANDS.map((command) => command.name);
  expect(near(word, names)).toBe(meant);
});
