import type { Command, Operand } from './command.ts';

const DOMAIN: Operand = { name: 'DOMAIN', kind: 'domain', about: 'the name or the id of a domain' };

export const DOMAIN_COMMANDS: readonly Command[] = [
  {
    name: 'create',
    group: 'domains',
    does: 'change',
    summary: 'start a domain from its file, in the pool that is named',
    about:
      'FILE is a domain file in the format of xl.cfg(5). It is looked for as it is given, then as NAME.cfg, in the directory XM_CONFIG_DIR and in /etc/xen. Each key=value stands for a line of the file and wins over it; with name=... no file is needed. Without pool= the domain is started in pool0.',
    operands: [{ name: 'FILE', kind: 'file', about: 'a domain file, or its name', count: 'optional' }],
    keys: [
      { name: 'name', value: 'NAME', kind: 'new', about: 'the name of the domain' },
      { name: 'pool', value: 'POOL', kind: 'pool', about: 'the pool it runs in' },
      { name: 'vcpus', value: 'N', kind: 'number', about: 'how many vcpus' },
      { name: 'memory', value: 'MIB', kind: 'number', about: 'how much memory' },
      { name: 'cpu_weight', value: 'N', kind: 'number', about: 'weight of each vcpu, 256 when not given' },
      { name: 'cap', value: 'PERCENT', kind: 'number', about: 'at most this much of one cpu; 0 for no cap' },
      { name: 'cpus', value: 'CPUS', kind: 'cpus', about: 'the cpus it is pinned to' },
    ],
    anyKey: true,
    examples: [
      { words: 'xm create vm5 pool=pool1', about: 'start the domain of vm5.cfg in pool1' },
      { words: 'xm create name=vm6 vcpus=2 memory=512', about: 'without a file' },
    ],
  },
  {
    name: 'list',
    group: 'domains',
    does: 'listing',
    summary: 'show the domains, what they get and what they are entitled to',
    about:
      'Share is what a domain got lately, Entitled what weight, cap, pins and demand promise it inside its pool; both in percent of one cpu.',
    operands: [{ ...DOMAIN, count: 'any' }],
    options: [
      { long: 'long', short: 'l', about: 'everything known of each' },
      { long: 'pool', value: 'POOL', kind: 'pool', about: 'those of this pool' },
    ],
    examples: [{ words: 'xm list', about: 'all domains' }],
  },
  {
    name: 'vcpu-list',
    group: 'domains',
    does: 'listing',
    summary: 'show the vcpus, where they run and where they may',
    operands: [{ ...DOMAIN, count: 'any' }],
    examples: [{ words: 'xm vcpu-list vm5', about: 'the vcpus of vm5' }],
  },
  {
    name: 'pause',
    group: 'domains',
    does: 'change',
    summary: 'let a domain stand still',
    operands: [DOMAIN],
    examples: [{ words: 'xm pause vm5', about: 'vm5 gets no cpu time until it is unpaused' }],
  },
  {
    name: 'unpause',
    group: 'domains',
    does: 'change',
    summary: 'let a paused domain run again',
    operands: [DOMAIN],
    examples: [{ words: 'xm unpause vm5', about: 'vm5 runs again' }],
  },
  {
    name: 'rename',
    group: 'domains',
    does: 'change',
    summary: 'rename a domain',
    operands: [DOMAIN, { name: 'NEW', kind: 'new', about: 'its new name' }],
    examples: [{ words: 'xm rename vm5 web', about: 'vm5 is called web from now on' }],
  },
  {
    name: 'adopt',
    group: 'domains',
    does: 'change',
    summary: 'make what runs already a domain of a pool',
    about:
      'A process comes with all that descends from it, a unit of systemd comes back into the pool when it is restarted, a guest of libvirt stays one. One of pid=, unit= and libvirt= says what it is. Weight and cap count as for any domain; it has as many vcpus as the pool has cpus unless vcpus= says how many it may use at once. xm release gives it back.',
    operands: [{ name: 'NAME', kind: 'new', about: 'the name of the domain' }],
    keys: [
      { name: 'pid', value: 'PID', kind: 'number', about: 'a process' },
      { name: 'unit', value: 'UNIT', kind: 'text', about: 'a unit of systemd, like nginx.service' },
      { name: 'libvirt', value: 'GUEST', kind: 'text', about: 'a guest of libvirt, by its name' },
      { name: 'pool', value: 'POOL', kind: 'pool', about: 'the pool it comes to; pool0 when not given' },
      { name: 'weight', value: 'N', kind: 'number', about: 'weight of each vcpu, 256 when not given' },
      { name: 'cap', value: 'PERCENT', kind: 'number', about: 'at most this much of one cpu; 0 for no cap' },
      { name: 'vcpus', value: 'N', kind: 'number', about: 'how many cpus it may use at once' },
      { name: 'cpus', value: 'CPUS', kind: 'cpus', about: 'the cpus it is pinned to' },
    ],
    examples: [
      { words: 'xm adopt web unit=nginx.service pool=pool1', about: 'nginx runs in pool1 from now on' },
      { words: 'xm adopt job pid=4711 pool=pool2 cap=50', about: 'a process and its children' },
    ],
  },
  {
    name: 'release',
    group: 'domains',
    does: 'change',
    summary: 'give what was adopted back to where it came from',
    operands: [DOMAIN],
    examples: [{ words: 'xm release web', about: 'web runs on, outside of pools' }],
  },
  {
    name: 'shutdown',
    group: 'domains',
    does: 'change',
    summary: 'ask a domain to end by itself',
    about:
      'A guest finds its power button pressed, a command is sent SIGTERM. Whether and when it ends is its own affair.',
    operands: [DOMAIN],
    options: [{ long: 'wait', short: 'w', about: 'until it has ended' }],
    examples: [{ words: 'xm shutdown -w vm5', about: 'vm5 is asked to end, and has when this returns' }],
  },
  {
    name: 'destroy',
    group: 'domains',
    does: 'change',
    summary: 'end a domain at once',
    operands: [DOMAIN],
    examples: [{ words: 'xm destroy vm5', about: 'vm5 ends without being asked' }],
  },
];
