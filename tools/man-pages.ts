import { type Command, EVERYWHERE, GROUPS, type Option, optionWords } from '../xm/grammar/command.ts';
import { COMMANDS } from '../xm/grammar/commands.ts';

/** The man pages by the file they are kept in. */
export const MAN_PAGES: Readonly<Record<string, () => string>> = {
  'docs/man/xm.1': xmPage,
  'docs/man/xend.8': xendPage,
};

/** `xm(1)`, from the table of commands. */
function xmPage(): string {
  return [
    head('XM', '1', 'xm', 'manage pools of cpus and the domains that run in them'),
    section('SYNOPSIS'),
    '.B xm\n.I command\n.RI [ words ]\n.RI [ options ]\n',
    section('DESCRIPTION'),
    text(XM_ABOUT),
    section('OPTIONS'),
    text('These go with every command, before or behind it.'),
    ...EVERYWHERE.map(optionItem),
    text('Listings also take'),
    item('--json', 'print the answer as JSON. Names in it stay what they are.'),
    text('and changes'),
    item('--dry-run', 'print the plan, a step a line, and do nothing.'),
    item('-q, --quiet', 'print nothing when it is done.'),
    item('--json', 'print what was done as JSON.'),
    ...Object.entries(GROUPS).flatMap(([group, title]) => [
      section(`COMMANDS: ${title.toUpperCase()}`),
      ...COMMANDS.filter((command) => command.group === group).map(commandItem),
    ]),
    section('EXIT STATUS'),
    item('0', 'done'),
    item('1', 'refused or failed; one sentence on standard error says why, a second line what to do'),
    item('2', 'wrong usage'),
    section('ENVIRONMENT'),
    ...ENVIRONMENT.map(([name, about]) => item(name, about)),
    section('FILES'),
    ...XM_FILES.map(([name, about]) => item(name, about)),
    section('EXAMPLES'),
    text('A session on a host of ten cpus:'),
    literal(SESSION),
    text('Look before you leap:'),
    literal(['xm pool-modify pool1 ncpu=2 --dry-run']),
    section('SEE ALSO'),
    '.BR xend (8),\n.BR xl.cfg (5)\n',
  ].join('');
}

/** `xend(8)`. */
function xendPage(): string {
  return [
    head('XEND', '8', 'xend', 'the daemon that keeps pools of cpus'),
    section('SYNOPSIS'),
    '.B xend\n.RI [ options ]\n',
    section('DESCRIPTION'),
    text(XEND_ABOUT),
    section('OPTIONS'),
    ...XEND_OPTIONS.map(([words, about]) => item(words, about)),
    section('EXIT STATUS'),
    item('0', 'it was stopped'),
    item('1', 'it could not start, or failed; one sentence says why'),
    item('2', 'wrong usage'),
    section('ENVIRONMENT'),
    ...ENVIRONMENT.filter(([name]) => name.startsWith('XDG')).map(([name, about]) => item(name, about)),
    section('FILES'),
    ...XEND_FILES.map(([name, about]) => item(name, about)),
    section('EXAMPLES'),
    text('A host of 16 cpus in 2 nodes, to try things on:'),
    literal(["xend --private --connect 'embedded:?cpus=16&nodes=2'"]),
    section('SEE ALSO'),
    '.BR xm (1)\n',
  ].join('');
}

const XM_ABOUT = [
  'Every cpu of a host belongs to exactly one pool, and every domain is a member of exactly one pool. Scheduling does not cross the edge of a pool: a weight counts against the other members of the same pool only, and each pool has a scheduler of its own. What no pool claims belongs to pool0, where a domain runs when no pool is named.',
  'xm asks xend(8), over its socket, to show or to change this. Where no xend runs for the whole system, it uses a private one of the user, and starts it when need be: an embedded hypervisor, for which no privileges are needed.',
  'A change is whole or not at all.',
];

const XEND_ABOUT = [
  'xend keeps the pools of a host: it plans a change, writes it to a journal, carries it out step by step and verifies it. After a crash, at whatever moment, the next start finishes the change or takes it back, and says which. Pools and domains are defined once and come back after a restart.',
  'It answers HTTP on a socket of its owner, and on a second one that changes nothing; GET /openapi.json describes the requests, GET /metrics on either socket is for monitoring. It listens on no network.',
  'Run by root it is the xend of the system; run by anybody else, or with --private, it is private to its user.',
];

const XEND_OPTIONS = [
  [
    '--connect URI',
    'the host: embedded: with ?cpus=, ?nodes=, ?cores=, ?threads=, ?memory=, ?topology=sys or ?topology=FILE; linux: for this machine',
  ],
  ['--private', "use this user's own socket and state, for root too"],
  ['--socket PATH', 'listen there; the read-only socket is beside it'],
  ['--state DIR', 'keep journal and definitions there'],
  ['--stop', 'stop the one that is running'],
  [
    '--release-all',
    'give back what the pools took of a linux: host; refused while domains run. The definitions stay for the next start',
  ],
  ['--version', 'print the version'],
  ['--help', 'show this help'],
] as const;

const ENVIRONMENT = [
  ['XM_CONNECT', 'as --connect: a socket, or the host for a private xend'],
  ['XM_CONFIG_DIR', 'where domain files are looked for, before /etc/xen'],
  ['NO_COLOR', 'no colours, on a terminal either'],
  ['XDG_RUNTIME_DIR', 'where a private xend has its sockets'],
  ['XDG_STATE_HOME', 'where a private xend keeps its state; ~/.local/state when not set'],
] as const;

const SOCKETS = [
  ['/run/xend/xend.sock', "the system's xend"],
  ['/run/xend/xend-ro.sock', 'the same for those who only watch'],
  ['$XDG_RUNTIME_DIR/cpu-pools/xend.sock', 'a private xend'],
] as const;

const XM_FILES = [...SOCKETS, ['/etc/xen/NAME.cfg', 'domain files; see xl.cfg(5)']] as const;

const XEND_FILES = [
  ...SOCKETS,
  ['/var/lib/xend', "journal and definitions of the system's xend"],
  ['$XDG_STATE_HOME/cpu-pools', 'those of a private one, and xend.log'],
] as const;

const SESSION = [
  '$ xm pool-create pool1 ncpu=4',
  'pool1 has cpus 6-9',
  '$ xm pool-create pool2 cpu=1,3,5',
  'pool2 has cpus 1,3,5',
  '$ xm pool-list',
  'pool   cpus   sched   domains',
  'pool0  0,2,4  credit  0',
  'pool1  6-9    credit  1,7',
  'pool2  1,3,5  credit  2,3',
  '$ xm pool-modify pool1 ncpu=3',
  '$ xm pool-modify pool1 cpu=6,7,9',
  '$ xm create vm5 pool=pool1',
  '$ xm pool-destroy pool2',
];

function commandItem(command: Command): string {
  const { name, operands, options = [], keys = [], summary, about } = command;
  const words = operands.map((operand) => {
    const shown = italic(operand.name);
    if (operand.count === undefined) return shown;
    return operand.count === 'optional' ? `[${shown}]` : `[${shown} ...]`;
  });
  const optionals = [
    ...options.map((option) => `[${optionWords(option, true)}]`),
    ...(keys.length === 0 ? [] : ['key=value ...']),
  ].map(roff);
  return [
    `.TP\n${[bold(name), ...words, ...optionals].join(' ')}\n`,
    `${sentence(summary)}\n`,
    ...(about === undefined ? [] : [`${roff(about)}\n`]),
    '.RS\n',
    ...keys.map((key) => item(`${key.name}=${key.value}`, key.about)),
    ...options.map(optionItem),
    '.RE\n',
  ].join('');
}

const optionItem = (option: Option) => item(optionWords(option), option.about);
const item = (words: string, about: string) => `.TP\n${bold(words)}\n${sentence(about)}\n`;
const section = (title: string) => `.SH ${quote(title)}\n`;
const text = (paragraphs: string | readonly string[]) =>
  [paragraphs]
    .flat()
    .map((paragraph) => `.PP\n${roff(paragraph)}\n`)
    .join('');
const literal = (lines: readonly string[]) => `.PP\n.RS 4\n.nf\n${lines.map(roff).join('\n')}\n.fi\n.RE\n`;
const bold = (words: string) => `\\fB${roff(words)}\\fR`;
const italic = (words: string) => `\\fI${roff(words)}\\fR`;
const quote = (words: string) => `"${roff(words)}"`;
const sentence = (words: string) =>
  roff(`${words[0]!.toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`);

const head = (title: string, chapter: string, name: string, about: string) =>
  `.\\" Written by tools/man.mjs; change the table there or in xm/grammar.\n.TH ${title} ${chapter} "" "cpu-pools"\n` +
  `.SH NAME\n${name} \\- ${roff(about)}\n`;

/** Text as troff leaves it alone: backslashes, dashes that are typed, dots and quotes that begin a line. */
const roff = (words: string) =>
  words.replaceAll('\\', '\\e').replace(/-/g, '\\-').replace(/'/g, '\\(aq').replace(/^\./, '\\&.');
