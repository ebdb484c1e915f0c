import { expect, test } from 'vitest';
import { parseChange } from './change.ts';

/** A line as a person types it; words apart by blanks, quotes as the shell would have left them. */
const parse = (line: string) => parseChange(line.split(' '));

test.each([
  // the proposal's own lines
  ['pool-create pool1 ncpu=4', { kind: 'pool-create', name: 'pool1', cpus: { count: 4 } }],
  ['pool-create pool2 cpu=1,3,5', { kind: 'pool-create', name: 'pool2', cpus: { list: [1, 3, 5] } }],
  ['pool-modify pool1 ncpu=3', { kind: 'pool-modify', pool: 'pool1', cpus: { count: 3 } }],
  ['pool-modify pool1 cpu=6,7,9', { kind: 'pool-modify', pool: 'pool1', cpus: { list: [6, 7, 9] } }],
  ['pool-destroy pool1', { kind: 'pool-destroy', pool: 'pool1' }],
  // more of the same
  ['pool-create cpu=4-7,^6 p', { kind: 'pool-create', name: 'p', cpus: { list: [4, 5, 7] } }],
  [
    'pool-create p ncpu=1 sched=credit node=0-1 tslice_ms=5 ratelimit_us=0 migration_delay_us=10',
    {
      kind: 'pool-create',
      name: 'p',
      cpus: { count: 1 },
      scheduler: 'credit',
      nodes: [0, 1],
      params: { timesliceMs: 5, ratelimitUs: 0, migrationDelayUs: 10 },
    },
  ],
  ['pool-modify p node=none', { kind: 'pool-modify', pool: 'p', nodes: null }],
  ['pool-modify p name=q', { kind: 'pool-modify', pool: 'p', name: 'q' }],
  ['pool-rename p q', { kind: 'pool-modify', pool: 'p', name: 'q' }],
  ['pool-migrate B p2', { kind: 'domain-modify', domain: 'B', pool: 'p2' }],
  ['destroy 7', { kind: 'domain-destroy', domain: '7' }],
  ['pause D', { kind: 'domain-modify', domain: 'D', paused: true }],
  ['unpause D', { kind: 'domain-modify', domain: 'D', paused: false }],
  ['rename D E', { kind: 'domain-modify', domain: 'D', name: 'E' }],
  ['create name=vm5 pool=pool1', { kind: 'domain-create', name: 'vm5', pool: 'pool1' }],
  ['vcpu-pin D 0 4-5', { kind: 'domain-modify', domain: 'D', pin: { vcpu: 0, hard: [4, 5] } }],
  ['vcpu-pin D all all', { kind: 'domain-modify', domain: 'D', pin: { vcpu: 'all', hard: null } }],
  ['vcpu-pin D 1 - 4-5', { kind: 'domain-modify', domain: 'D', pin: { vcpu: 1, soft: [4, 5] } }],
  ['vcpu-pin D 1 6 all', { kind: 'domain-modify', domain: 'D', pin: { vcpu: 1, hard: [6], soft: null } }],
  [
    'sched-credit -d D -w 512 -c 50',
    { kind: 'domain-modify', domain: 'D', weight: 512, cap: 50, under: 'credit' },
  ],
  ['sched-credit --domain=D --weight=1', { kind: 'domain-modify', domain: 'D', weight: 1, under: 'credit' }],
  ['sched-credit -dD -w512', { kind: 'domain-modify', domain: 'D', weight: 512, under: 'credit' }],
  [
    'sched-credit -s -p p -t 5 -r 100 -m 0',
    {
      kind: 'pool-modify',
      pool: 'p',
      params: { timesliceMs: 5, ratelimitUs: 100, migrationDelayUs: 0 },
      under: 'credit',
    },
  ],
  [
    'sched-credit -s -t 5',
    { kind: 'pool-modify', pool: 'pool0', params: { timesliceMs: 5 }, under: 'credit' },
  ],
  ['sched-credit2 -d D -c 50', { kind: 'domain-modify', domain: 'D', cap: 50, under: 'credit2' }],
  [
    'sched-credit2 -s -p p -r 500',
    { kind: 'pool-modify', pool: 'p', params: { ratelimitUs: 500 }, under: 'credit2' },
  ],
  [
    'sched-rtds -d D -v all -p 10000 -b 2500 -e 0',
    {
      kind: 'domain-modify',
      domain: 'D',
      reserve: [{ vcpu: 'all', periodUs: 10_000, budgetUs: 2500, extratime: false }],
      under: 'rtds',
    },
  ],
  [
    'sched-rtds -d D -v 0 -b 500 -v 1 -e 1 -p 99',
    {
      kind: 'domain-modify',
      domain: 'D',
      reserve: [
        { vcpu: 0, budgetUs: 500 },
        { vcpu: 1, extratime: true, periodUs: 99 },
      ],
      under: 'rtds',
    },
  ],
  [
    'sched-arinc653 -s -p p -f 20000 -e a,b/0:10000,2/1:5000',
    {
      kind: 'pool-modify',
      pool: 'p',
      params: {
        schedule: {
          frameUs: 20_000,
          slots: [
            { domain: 'a,b', vcpu: 0, runUs: 10_000 },
            { domain: '2', vcpu: 1, runUs: 5000 },
          ],
        },
      },
      under: 'arinc653',
    },
  ],
  [
    'pool-modify p sched=arinc653 slots=A/0:5,B/0:6 --force',
    {
      kind: 'pool-modify',
      pool: 'p',
      scheduler: 'arinc653',
      params: {
        schedule: {
          frameUs: 11,
          slots: [
            { domain: 'A', vcpu: 0, runUs: 5 },
            { domain: 'B', vcpu: 0, runUs: 6 },
          ],
        },
      },
      force: true,
    },
  ],
  ['cpu-offline 3', { kind: 'cpu-modify', cpu: 3, online: false }],
  ['cpu-online 3', { kind: 'cpu-modify', cpu: 3, online: true }],
  // xl's words
  ['cpupool-create name="p" cpus=["4","5"]', { kind: 'pool-create', name: 'p', cpus: { list: [4, 5] } }],
  ['cpupool-create name=p cpus=4-7,^6', { kind: 'pool-create', name: 'p', cpus: { list: [4, 5, 7] } }],
  [
    'cpupool-create name="p" cpus="4" sched="credit2"',
    { kind: 'pool-create', name: 'p', cpus: { list: [4] }, scheduler: 'credit2' },
  ],
  ['cpupool-destroy p', { kind: 'pool-destroy', pool: 'p' }],
  ['cpupool-rename p q', { kind: 'pool-modify', pool: 'p', name: 'q' }],
  ['cpupool-migrate D p', { kind: 'domain-modify', domain: 'D', pool: 'p' }],
])('%s is understood', (line, request) => {
  expect(parse(line)).toEqual({ ok: true, value: request });
});

test.each([
  ['pool-create p', { code: 'cpus-unclear', given: 'neither' }],
  ['pool-create p ncpu=1 cpu=1', { code: 'cpus-unclear', given: 'both' }],
  ['pool-create p ncpu=0', { code: 'bad-cpu-count', count: '0' }],
  ['pool-create p ncpu=-1', { code: 'bad-cpu-count', count: '-1' }],
  ['pool-create p ncpu=1e9', { code: 'bad-cpu-count', count: '1e9' }],
  ['pool-create p ncpu=abc', { code: 'bad-cpu-count', count: 'abc' }],
  ['pool-create p ncpu=', { code: 'bad-cpu-count', count: '' }],
  ['pool-create p cpu=', { code: 'bad-cpu-list' }],
  ['pool-create p cpu=^1', { code: 'bad-cpu-list', word: '^1' }],
  ['pool-create p cpu=1,x', { code: 'bad-cpu-list', at: 2, word: 'x' }],
  ['pool-create p cpu=5-3', { code: 'bad-cpu-list', word: '5-3' }],
  ['pool-create p cpu=1,1', { code: 'cpu-named-twice', cpu: 1 }],
  ['pool-create p cpu=0-1000000', { code: 'unknown-cpu', cpu: 1000000 }],
  ['pool-create a/b ncpu=1', { code: 'bad-name', of: 'pool', why: 'a slash' }],
  ['pool-create 7 ncpu=1', { code: 'bad-name', why: 'a number' }],
  ['pool-rename p a=b', { code: 'bad-name', why: 'an equals sign' }],
  ['rename D ..', { code: 'bad-name', of: 'domain', why: 'a dot name' }],
  ['pool-destroy ..', { code: 'unknown-pool', pool: '..' }],
  ['pause ..', { code: 'unknown-domain', domain: '..' }],
  [
    'pool-create p ncpus=4',
    { code: 'usage', why: 'pool-create has no key "ncpus"', hint: /did you mean ncpu=\?/ },
  ],
  ['pool-create p ncpu=4 ncpu=5', { code: 'usage', why: 'ncpu= is given twice' }],
  ['pool-create p ncpu=4 node=none', { code: 'usage', why: 'node= cannot be "none"' }],
  ['pool-create p ncpu=4 node=0-', { code: 'usage', why: 'node= cannot be "0-"' }],
  ['pool-create p ncpu=4 tslice_ms=abc', { code: 'usage', why: 'tslice_ms cannot be "abc"' }],
  ['pool-create', { code: 'usage', why: /needs POOL/, hint: 'for example: xm pool-create pool1 ncpu=4' }],
  ['pool-destroy p q', { code: 'usage', why: 'pool-destroy cannot use "q"' }],
  ['pool-modify p', { code: 'usage', why: 'pool-modify is not told what to change' }],
  ['create vm5', { code: 'usage', why: 'a file cannot be read here' }],
  ['create memory=5', { code: 'usage', why: 'create is not told what to start' }],
  ['vcpu-pin D x 4', { code: 'usage', why: 'a vcpu cannot be "x"' }],
  ['vcpu-pin D 0 -', { code: 'usage', why: /leave everything/ }],
  ['vcpu-pin D 0 9-', { code: 'bad-cpu-list' }],
  ['cpu-offline 1-2', { code: 'usage', why: 'a cpu cannot be "1-2"' }],
  ['sched-credit -w 5', { code: 'usage', why: '-w and -c need a domain' }],
  ['sched-credit -d D -p p', { code: 'usage', why: /at once/ }],
  ['sched-credit -t 5', { code: 'usage', why: /-t without -s/ }],
  ['sched-credit2 -r 5', { code: 'usage', why: /-r without -s/ }],
  ['sched-credit2 -t 5', { code: 'usage', why: 'sched-credit2 has no option -t' }],
  ['sched-rtds -d D -p 100', { code: 'usage', why: '-p, -b and -e need a vcpu' }],
  ['sched-rtds -v 0 -p 100', { code: 'usage', why: '-v needs a domain' }],
  ['sched-rtds -d D -c p', { code: 'usage', why: /together/ }],
  ['sched-rtds -d D -v x -p 1', { code: 'usage', why: 'a vcpu cannot be "x"' }],
  ['sched-rtds -d D -v 0 -e 2', { code: 'usage', why: 'extratime cannot be 2' }],
  ['sched-rtds -d D -v 0', { code: 'usage', why: /changes nothing/ }],
  ['sched-arinc653 -s -f 20', { code: 'usage', why: 'a frame needs slots' }],
  ['sched-arinc653 -s -e A:5', { code: 'usage', why: 'cannot read the slots at "A:5"' }],
  ['sched-arinc653 -s -e A/0:5,', { code: 'usage', why: 'cannot read the slots at ""' }],
  ['sched-arinc653 -e A/0:5', { code: 'usage', why: /-e without -s/ }],
  ['sched-credit -d D -w abc', { code: 'usage', why: 'weight cannot be "abc"' }],
  ['sched-credit -d D -w', { code: 'usage', why: '-w needs WEIGHT' }],
  ['sched-credit -d D', { code: 'usage', why: /changes nothing/ }],
  ['pool-list', { code: 'usage', why: '"pool-list" changes nothing' }],
  ['cpupool-create cpus=4', { code: 'usage', why: 'the pool has no name' }],
  ['cpupool-create name=p', { code: 'cpus-unclear', given: 'neither' }],
  ['pol-create p ncpu=1', { code: 'usage', hint: /did you mean xm pool-create\?/ }],
  ['pause D --dryrun', { code: 'usage', why: 'pause has no option --dryrun', hint: /--dry-run\?/ }],
  ['pause D --dry-run', { code: 'usage', why: '--dry-run means nothing here' }],
  ['pause --help', { code: 'usage', why: '--help means nothing here' }],
  ['pause D --quiet=1', { code: 'usage', why: '--quiet takes no value' }],
  ['pause D -q -q', { code: 'usage', why: '--quiet is given twice' }],
])('%s is refused', (line, refusal) => {
  const expected = Object.fromEntries(
    Object.entries(refusal).map(([key, value]) => [
      key,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]),
  );
  expect(parse(line)).toEqual({ ok: false, refusal: expect.objectContaining(expected) });
});

test('an empty word is a name that nothing has', () => {
  expect(parseChange(['pool-destroy', ''])).toMatchObject({ refusal: { code: 'unknown-pool' } });
  expect(parseChange(['pool-create', '', 'ncpu=1'])).toMatchObject({
    refusal: { code: 'bad-name', why: 'empty' },
  });
});
