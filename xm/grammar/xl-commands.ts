import type { Command, Operand } from './command.ts';

const POOL: Operand = { name: 'POOL', kind: 'pool', about: 'the name of a pool' };
const CPUS: Operand = { name: 'CPUS', kind: 'cpus', about: 'cpus: 4 or 4,6 or 4-7,^6' };

/** What people who know `xl` type. */
export const XL_COMMANDS: readonly Command[] = [
  {
    name: 'cpupool-create',
    group: 'xl',
    does: 'change',
    summary: 'as pool-create',
    operands: [],
    keys: [
      { name: 'name', value: 'NAME', kind: 'new', about: 'the name of the new pool' },
      { name: 'cpus', value: 'CPUS', kind: 'cpus', about: '["4","5"] or "4-7,^6"' },
      { name: 'sched', value: 'NAME', kind: 'scheduler', about: 'the scheduler' },
    ],
    examples: [{ words: 'xm cpupool-create name=pool1 cpus=4-7', about: 'a pool with cpus 4 to 7' }],
  },
  {
    name: 'cpupool-list',
    group: 'xl',
    does: 'listing',
    summary: 'as pool-list',
    operands: [{ ...POOL, count: 'optional' }],
    options: [{ long: 'long', short: 'l', about: 'also memory and scheduler parameters' }],
    examples: [{ words: 'xm cpupool-list', about: 'all pools' }],
  },
  {
    name: 'cpupool-destroy',
    group: 'xl',
    does: 'change',
    summary: 'as pool-destroy',
    operands: [POOL],
    examples: [{ words: 'xm cpupool-destroy pool1', about: 'give the cpus of pool1 back to pool0' }],
  },
  {
    name: 'cpupool-rename',
    group: 'xl',
    does: 'change',
    summary: 'as pool-rename',
    operands: [POOL, { name: 'NEW', kind: 'new', about: 'its new name' }],
    examples: [{ words: 'xm cpupool-rename pool1 web', about: 'pool1 is called web from now on' }],
  },
  {
    name: 'cpupool-migrate',
    group: 'xl',
    does: 'change',
    summary: 'as pool-migrate',
    operands: [{ name: 'DOMAIN', kind: 'domain', about: 'a name or an id' }, POOL],
    examples: [{ words: 'xm cpupool-migrate vm5 pool2', about: 'vm5 runs in pool2 from now on' }],
  },
  {
    name: 'cpupool-cpu-add',
    group: 'xl',
    does: 'change',
    summary: 'give a pool more cpus, from pool0',
    operands: [POOL, CPUS],
    examples: [{ words: 'xm cpupool-cpu-add pool1 8', about: 'pool1 has cpu 8 too' }],
  },
  {
    name: 'cpupool-cpu-remove',
    group: 'xl',
    does: 'change',
    summary: 'give cpus of a pool back to pool0',
    operands: [POOL, CPUS],
    examples: [{ words: 'xm cpupool-cpu-remove pool1 8', about: 'cpu 8 goes back to pool0' }],
  },
];
