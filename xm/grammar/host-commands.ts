import type { Command } from './command.ts';

export const HOST_COMMANDS: readonly Command[] = [
  {
    name: 'info',
    group: 'host',
    does: 'listing',
    summary: 'show the host: cpus, topology, memory, schedulers, problems',
    operands: [],
    examples: [{ words: 'xm info', about: 'what answers, and what it has' }],
  },
  {
    name: 'events',
    group: 'host',
    does: 'listing',
    summary: 'show what has happened',
    operands: [],
    options: [
      { long: 'follow', short: 'f', about: 'go on with what happens from now on' },
      { long: 'since', value: 'ID', kind: 'text', about: 'only what came after this event' },
    ],
    examples: [{ words: 'xm events --follow', about: 'until it is interrupted' }],
  },
  {
    name: 'advise',
    group: 'host',
    does: 'listing',
    summary: 'find pins that bend weights, and the pools that would mend it',
    about:
      'Schedulers hand out time by weight over a whole pool and do not look at pins: of domains pinned to some of its cpus, one with twice the weight may get no more than the other. This looks for it, simulates what each domain gets beside what it is promised, and prints the commands that make a pool of each such part, with what everybody would get then. Nothing is changed. Exit status 0, whether there is something to say or not.',
    operands: [
      {
        name: 'FILE',
        kind: 'file',
        about: "a scenario in place of xend's host; - reads it from stdin",
        count: 'optional',
      },
    ],
    options: [
      {
        long: 'seconds',
        value: 'N',
        kind: 'number',
        about: 'how long to measure, 20 or as the scenario says',
      },
      { long: 'seed', value: 'N', kind: 'number', about: 'of the simulation, 1 or as the scenario says' },
    ],
    examples: [
      { words: 'xm advise', about: 'on the host as it is' },
      { words: 'xm advise pinning.json', about: 'on the host of a scenario' },
    ],
  },
  {
    name: 'simulate',
    group: 'host',
    does: 'listing',
    summary: 'run a scenario on the embedded hypervisor, as fast as it can',
    about:
      'Needs no xend and changes nothing: it says what each domain would get. A whole scenario: ' +
      '{ "pools": [{ "name": "p1", "cpus": "4-5" }], "domains": [{ "name": "A", "pool": "p1", "vcpus": 2 }, ' +
      '{ "name": "B", "pool": "p1", "weight": 512, "workload": { "kind": "duty", "burstMs": 20, "sleepMs": 80 } }], ' +
      '"actions": [{ "atS": 30, "do": "pool-migrate B pool0" }], "seconds": 60 }',
    operands: [{ name: 'FILE', kind: 'file', about: 'a scenario in JSON; - reads it from stdin' }],
    options: [
      { long: 'seed', value: 'N', kind: 'number', about: 'in place of the one in the file' },
      { long: 'seconds', value: 'N', kind: 'number', about: 'likewise, how long to measure' },
      {
        long: 'settle',
        value: 'N',
        kind: 'number',
        about: 'likewise, seconds of warm-up before each window',
      },
      { long: 'repeats', value: 'N', kind: 'number', about: 'likewise, how often' },
      { long: 'csv', about: 'print a line a window and domain, for a spreadsheet' },
      { long: 'trace', value: 'FILE', kind: 'file', about: 'write who ran where, for ui.perfetto.dev' },
      { long: 'svg', value: 'FILE', kind: 'file', about: 'draw who ran where' },
      {
        long: 'from',
        value: 'S',
        kind: 'number',
        about: 'where the drawing begins, seconds since the start',
      },
      { long: 'to', value: 'S', kind: 'number', about: 'where it ends; without, 0.3 seconds after' },
      { long: 'jobs', value: 'N', kind: 'number', about: 'how many threads; the result is the same' },
    ],
    examples: [
      { words: 'xm simulate pinning.json', about: 'the share each domain gets' },
      {
        words: 'xm simulate pinning.json --svg pinning.svg --from 4 --to 4.5',
        about: 'and half a second as a picture',
      },
    ],
  },
  {
    name: 'completion',
    group: 'xm',
    does: 'other',
    summary: 'print the completion for a shell',
    operands: [{ name: 'SHELL', kind: 'shell', about: 'bash, zsh or fish' }],
    examples: [
      { words: 'source <(xm completion bash)', about: 'in this shell' },
      { words: 'xm completion fish | source', about: 'likewise for fish' },
    ],
  },
  {
    name: 'help',
    group: 'xm',
    does: 'other',
    summary: 'show the commands, or one of them',
    operands: [{ name: 'COMMAND', kind: 'command', about: 'a command', count: 'optional' }],
    examples: [{ words: 'xm help pool-create', about: 'the same as xm pool-create --help' }],
  },
  {
    name: 'version',
    group: 'xm',
    does: 'other',
    summary: 'print the version of xm',
    operands: [],
    examples: [{ words: 'xm version', about: 'xend has its own in xm info' }],
  },
];
