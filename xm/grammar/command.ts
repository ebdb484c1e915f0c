/** What a word on the command line stands for: help names it, completion offers what fits. */
export type Kind =
  | 'new'
  | 'pool'
  | 'domain'
  | 'cpu'
  | 'cpus'
  | 'nodes'
  | 'scheduler'
  | 'number'
  | 'file'
  | 'command'
  | 'shell'
  | 'text';

export interface Operand {
  readonly name: string;
  readonly kind: Kind;
  readonly about: string;
  /** How often it may be left out or repeated; missing: exactly once. */
  readonly count?: 'optional' | 'any';
}

/** `key=value`, anywhere after the command. */
export interface Key {
  readonly name: string;
  readonly value: string;
  readonly kind: Kind;
  readonly about: string;
}

/** `--long`, `--long=VALUE`, `-s VALUE`; a flag has no value. */
export interface Option {
  readonly long: string;
  readonly short?: string;
  readonly value?: string;
  readonly kind?: Kind;
  readonly about: string;
  /** May be given more than once. */
  readonly repeats?: true;
}

export interface Example {
  readonly words: string;
  readonly about: string;
}

/**
 * A command as parsing, help, the man page and completion know it. `change` and `listing` bring the options of their
 * kind along.
 */
export interface Command {
  readonly name: string;
  readonly group: Group;
  readonly does: 'change' | 'listing' | 'other';
  readonly summary: string;
  /** Sentences for help and the man page. */
  readonly about?: string;
  readonly operands: readonly Operand[];
  readonly keys?: readonly Key[];
  /** Keys that are not in the table are accepted too: a domain file has many. */
  readonly anyKey?: boolean;
  readonly options?: readonly Option[];
  readonly examples: readonly Example[];
}

export const GROUPS = {
  pools: 'Pools',
  domains: 'Domains',
  scheduling: 'Scheduling',
  host: 'Host',
  xm: 'xm itself',
  xl: "xl's spellings",
} as const;
export type Group = keyof typeof GROUPS;

/** Options that every command takes. */
export const EVERYWHERE: readonly Option[] = [
  { long: 'connect', value: 'URI', kind: 'text', about: 'which xend: a socket path, or embedded:?cpus=16' },
  { long: 'debug', about: 'show stack traces' },
  { long: 'help', short: 'h', about: 'show this help' },
];

const JSON_OPTION: Option = { long: 'json', about: 'print the answer as JSON' };

const OPTIONS_OF: Record<Command['does'], readonly Option[]> = {
  change: [
    { long: 'dry-run', about: 'print the plan, do nothing' },
    { long: 'quiet', short: 'q', about: 'print nothing when it is done' },
    JSON_OPTION,
  ],
  listing: [JSON_OPTION],
  other: [],
};

/** The command's own options, then those of its kind, then everybody's. */
export function optionsOf(command: Command): readonly Option[] {
  return [...(command.options ?? []), ...OPTIONS_OF[command.does], ...EVERYWHERE];
}

/** `xm pool-create POOL key=value ...` */
export function usage(command: Command): string {
  const operands = command.operands.map((operand) => {
    if (operand.count === undefined) return operand.name;
    return operand.count === 'optional' ? `[${operand.name}]` : `[${operand.name} ...]`;
  });
  const options = (command.options ?? []).map((option) => `[${optionWords(option, true)}]`);
  const keys = command.keys === undefined ? [] : ['key=value ...'];
  const whole = ['xm', command.name, ...options, ...operands, ...keys].join(' ');
  return whole.length <= LONGEST_USAGE
    ? whole
    : ['xm', command.name, '[OPTION ...]', ...operands, ...keys].join(' ');
}

/** What a terminal of a hundred columns has room for; help lists the options anyway. */
const LONGEST_USAGE = 90;

/** `-w, --weight WEIGHT`; shortly `-w WEIGHT`. */
export function optionWords(option: Option, shortly = false): string {
  const value = option.value === undefined ? '' : ` ${option.value}`;
  if (option.short === undefined) return `--${option.long}${value}`;
  return shortly ? `-${option.short}${value}` : `-${option.short}, --${option.long}${value}`;
}
