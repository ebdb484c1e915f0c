import type { Command } from './command.ts';

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
      { long: 'domain', short: 'd', value: 'DOMAIN', kind: 'domain', about: 'this domain' },
      { long: 'weight', short: 'w', value: 'WEIGHT', kind: 'number', about: 'its weight, 1 to 65535' },
      { long: 'cap', short: 'c', value: 'CAP', kind: 'number', about: 'its cap in percent of one cpu' },
      { long: 'schedparam', short: 's', about: 'parameters of a pool, pool0 without -p' },
      { long: 'cpupool', short: 'p', value: 'POOL', kind: 'pool', about: 'this pool' },
      { long: 'tslice_ms', short: 't', value: 'MS', kind: 'number', about: 'timeslice, 1 to 1000' },
      { long: 'ratelimit_us', short: 'r', value: 'US', kind: 'number', about: '100 to 500000, 0 for none' },
      { long: 'migration_delay_us', short: 'm', value: 'US', kind: 'number', about: '0 to 100000' },
    ],
    examples: [
      { words: 'xm sched-credit', about: 'show all pools with this scheduler' },
      { words: 'xm sched-credit -d vm5 -w 512', about: 'twice the usual weight' },
      { words: 'xm sched-credit -s -p pool1 -t 5', about: 'timeslices of 5 ms in pool1' },
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
