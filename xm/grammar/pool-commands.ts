import type { Command, Key, Operand } from './command.ts';

const POOL: Operand = { name: 'POOL', kind: 'pool', about: 'the name of a pool' };

const SIZE_KEYS: readonly Key[] = [
  { name: 'ncpu', value: 'N', kind: 'number', about: 'this many cpus, chosen by xend' },
  { name: 'cpu', value: 'CPUS', kind: 'cpus', about: 'these cpus: 1,3,5 or 6-9 or 4-7,^6' },
];

const PARAMETER_KEYS: readonly Key[] = [
  { name: 'tslice_ms', value: 'MS', kind: 'number', about: 'timeslice of the scheduler' },
  { name: 'ratelimit_us', value: 'US', kind: 'number', about: 'least time before a preemption, 0 for none' },
  { name: 'migration_delay_us', value: 'US', kind: 'number', about: 'how long a vcpu counts as cache-hot' },
  { name: 'frame_us', value: 'US', kind: 'number', about: 'arinc653: length of the frame' },
  {
    name: 'slots',
    value: 'SLOTS',
    kind: 'text',
    about: 'arinc653: who runs in it, in order, DOMAIN/VCPU:US,...',
  },
];

const SCHED_KEY: Key = { name: 'sched', value: 'NAME', kind: 'scheduler', about: 'the scheduler' };

export const POOL_COMMANDS: readonly Command[] = [
  {
    name: 'pool-create',
    group: 'pools',
    does: 'change',
    summary: 'create a pool with cpus from pool0',
    about:
      'Every cpu belongs to exactly one pool. A new pool takes its cpus from pool0, so many as ncpu= says or exactly those that cpu= names; no other pool loses a cpu. Scheduling does not cross the edge of a pool: a weight counts against the other domains of the same pool only.',
    operands: [{ name: 'POOL', kind: 'new', about: 'the name of the new pool' }],
    keys: [
      ...SIZE_KEYS,
      SCHED_KEY,
      { name: 'node', value: 'NODES', kind: 'nodes', about: 'memory of its domains from these nodes only' },
      ...PARAMETER_KEYS,
    ],
    examples: [
      { words: 'xm pool-create pool1 ncpu=4', about: 'a pool with 4 cpus' },
      { words: 'xm pool-create pool2 cpu=1,3,5', about: 'a pool with 3 dedicated cpus' },
    ],
  },
  {
    name: 'pool-list',
    group: 'pools',
    does: 'listing',
    summary: 'show the pools, their cpus and domains',
    operands: [{ ...POOL, count: 'optional' }],
    options: [{ long: 'long', short: 'l', about: 'also memory and scheduler parameters' }],
    examples: [{ words: 'xm pool-list', about: 'all pools' }],
  },
  {
    name: 'pool-modify',
    group: 'pools',
    does: 'change',
    summary: 'change the cpus, memory, parameters or name of a pool',
    about:
      'What is not named stays. ncpu= and cpu= say what the pool shall have afterwards. Cpus that it gives up go back to pool0, its domains run on. With sched= they run on under another scheduler, with the weight, cap and affinity they have; what does not count there is said. Refused without --force where some would get no time at all.',
    operands: [POOL],
    options: [{ long: 'force', about: 'also a scheduler under which some vcpus get no time' }],
    keys: [
      ...SIZE_KEYS,
      SCHED_KEY,
      {
        name: 'node',
        value: 'NODES|none',
        kind: 'nodes',
        about: 'memory from these nodes only; none unties it',
      },
      ...PARAMETER_KEYS,
      { name: 'name', value: 'NAME', kind: 'new', about: 'a new name' },
    ],
    examples: [
      { words: 'xm pool-modify pool1 ncpu=3', about: 'set the number of cpus' },
      { words: 'xm pool-modify pool1 cpu=6,7,9', about: 'set the cpus themselves' },
      { words: 'xm pool-modify pool1 sched=credit2', about: 'another scheduler, while its domains run' },
    ],
  },
  {
    name: 'pool-destroy',
    group: 'pools',
    does: 'change',
    summary: 'destroy a pool without domains; pool0 gets its cpus',
    operands: [POOL],
    examples: [{ words: 'xm pool-destroy pool1', about: 'give the cpus of pool1 back to pool0' }],
  },
  {
    name: 'pool-rename',
    group: 'pools',
    does: 'change',
    summary: 'rename a pool',
    operands: [POOL, { name: 'NEW', kind: 'new', about: 'its new name' }],
    examples: [{ words: 'xm pool-rename pool1 web', about: 'pool1 is called web from now on' }],
  },
  {
    name: 'pool-migrate',
    group: 'pools',
    does: 'change',
    summary: 'move a running domain to another pool',
    about:
      'The domain keeps its weight, its cap and those of its pins that fit; what it cannot keep is said. Its memory stays where it is, but on a Linux host it moves to the nodes that the pool is tied to.',
    operands: [{ name: 'DOMAIN', kind: 'domain', about: 'a name or an id' }, POOL],
    examples: [{ words: 'xm pool-migrate vm5 pool2', about: 'vm5 runs on the cpus of pool2 from now on' }],
  },
];
