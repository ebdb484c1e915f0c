import type { Command, Option } from './command.ts';

const DOMAIN: Option = {
  long: 'domain',
  short: 'd',
  value: 'DOMAIN',
  kind: 'domain',
  about: 'this domain',
};

const SHARES: readonly Option[] = [
  DOMAIN,
  { long: 'weight', short: 'w', value: 'WEIGHT', kind: 'number', about: 'its weight, 1 to 65535' },
  { long: 'cap', short: 'c', value: 'CAP', kind: 'number', about: 'its cap in percent of one cpu' },
];

const PARAMETERS: readonly Option[] = [
  { long: 'schedparam', short: 's', about: 'parameters of a pool, pool0 without -p' },
  { long: 'cpupool', short: 'p', value: 'POOL', kind: 'pool', about: 'this pool' },
];

const RATELIMIT: Option = {
  long: 'ratelimit_us',
  short: 'r',
  value: 'US',
  kind: 'number',
  about: '100 to 500000, 0 for none',
};

export const SCHEDULING_COMMANDS: readonly Command[] = [
  {
    name: 'sched-credit',
    group: 'scheduling',
    does: 'change',
    summary: 'show or set weights, caps and the parameters of the credit scheduler',
    about:
      'Without a setting it shows them. A weight counts per vcpu and against the other domains of the same pool; a cap is in percent of one cpu, 0 for none.',
    operands: [],
    options: [
      ...SHARES,
      ...PARAMETERS,
      { long: 'tslice_ms', short: 't', value: 'MS', kind: 'number', about: 'timeslice, 1 to 1000' },
      RATELIMIT,
      { long: 'migration_delay_us', short: 'm', value: 'US', kind: 'number', about: '0 to 100000' },
    ],
    examples: [
      { words: 'xm sched-credit', about: 'show all pools with this scheduler' },
      { words: 'xm sched-credit -d vm5 -w 512', about: 'vm5 gets twice the time of one with 256' },
      { words: 'xm sched-credit -s -p pool1 -t 5', about: 'timeslices of 5 ms in pool1' },
    ],
  },
  {
    name: 'sched-credit2',
    group: 'scheduling',
    does: 'change',
    summary: 'show or set weights, caps and the parameter of the credit2 scheduler',
    about: 'Without a setting it shows them. Weight and cap mean the same as under credit.',
    operands: [],
    options: [...SHARES, ...PARAMETERS, RATELIMIT],
    examples: [
      { words: 'xm sched-credit2', about: 'show all pools with this scheduler' },
      { words: 'xm sched-credit2 -d vm5 -c 50', about: 'vm5 gets half a cpu at most' },
      { words: 'xm sched-credit2 -s -p pool1 -r 500', about: 'preempt after half a millisecond in pool1' },
    ],
  },
  {
    name: 'sched-rtds',
    group: 'scheduling',
    does: 'change',
    summary: 'show or set what the rtds scheduler reserves for each vcpu',
    about:
      'Without a setting it shows them. A vcpu gets its budget of cpu time in every period, by earliest deadline; with extratime also of what others leave. -p, -b and -e are about the -v before them. Nothing tests whether all of it fits: what does not is said.',
    operands: [],
    options: [
      DOMAIN,
      {
        long: 'vcpuid',
        short: 'v',
        value: 'VCPU',
        kind: 'text',
        about: 'this vcpu, or all; may be repeated',
        repeats: true,
      },
      {
        long: 'period',
        short: 'p',
        value: 'US',
        kind: 'number',
        about: 'its period, at least 10',
        repeats: true,
      },
      {
        long: 'budget',
        short: 'b',
        value: 'US',
        kind: 'number',
        about: 'its budget, 10 to the period',
        repeats: true,
      },
      {
        long: 'extratime',
        short: 'e',
        value: '0|1',
        kind: 'number',
        about: 'whether it also gets what others leave',
        repeats: true,
      },
      { long: 'cpupool', short: 'c', value: 'POOL', kind: 'pool', about: 'show this pool' },
    ],
    examples: [
      { words: 'xm sched-rtds', about: 'show all pools with this scheduler' },
      {
        words: 'xm sched-rtds -d vm5 -v all -p 10000 -b 2500 -e 0',
        about: 'a quarter of a cpu for each vcpu',
      },
      { words: 'xm sched-rtds -d vm5 -v 0 -b 5000 -v 1 -b 1000', about: 'vcpu by vcpu' },
    ],
  },
  {
    name: 'sched-arinc653',
    group: 'scheduling',
    does: 'change',
    summary: 'show or set the schedule of an arinc653 pool',
    about:
      'Without a setting it shows them. A schedule is a frame that repeats for ever and the slots in it, up to 64, one after the other; the rest of the frame idles, and so does a slot whose vcpu does not want to run. A domain without a slot gets nothing. Meant for pools of one cpu.',
    operands: [],
    options: [
      ...PARAMETERS,
      {
        long: 'frame_us',
        short: 'f',
        value: 'US',
        kind: 'number',
        about: 'length of the frame; without it the sum of the slots',
      },
      {
        long: 'slots',
        short: 'e',
        value: 'SLOTS',
        kind: 'text',
        about: 'all its slots: DOMAIN/VCPU:US,...',
      },
    ],
    examples: [
      { words: 'xm sched-arinc653', about: 'show all pools with this scheduler' },
      {
        words: 'xm sched-arinc653 -s -p p -f 20000 -e vm1/0:9000,vm2/0:5000',
        about: '9 ms, 5 ms, the rest of 20 ms idle',
      },
    ],
  },
  {
    name: 'vcpu-pin',
    group: 'scheduling',
    does: 'change',
    summary: 'say on which cpus of its pool a vcpu may run',
    about: 'In place of a list, all lifts the pin and - leaves it as it is.',
    operands: [
      { name: 'DOMAIN', kind: 'domain', about: 'the name or the id of a domain' },
      { name: 'VCPU', kind: 'text', about: 'the number of a vcpu, or all' },
      { name: 'CPUS', kind: 'cpus', about: 'where it may run: a list, all or -' },
      { name: 'SOFT', kind: 'cpus', about: 'where it likes to run: a list, all or -', count: 'optional' },
    ],
    examples: [
      { words: 'xm vcpu-pin vm5 0 6-7', about: 'vcpu 0 of vm5 runs on cpu 6 or 7 only' },
      { words: 'xm vcpu-pin vm5 all all', about: 'all its vcpus may run on every cpu of the pool' },
    ],
  },
  {
    name: 'cpu-offline',
    group: 'scheduling',
    does: 'change',
    summary: 'take a cpu out of service',
    operands: [{ name: 'CPU', kind: 'cpu', about: 'the number of a cpu' }],
    examples: [{ words: 'xm cpu-offline 9', about: 'nothing runs on cpu 9 from now on' }],
  },
  {
    name: 'cpu-online',
    group: 'scheduling',
    does: 'change',
    summary: 'take a cpu into service again; it joins pool0',
    operands: [{ name: 'CPU', kind: 'cpu', about: 'the number of a cpu' }],
    examples: [{ words: 'xm cpu-online 9', about: 'pool0 has cpu 9 from now on' }],
  },
];
