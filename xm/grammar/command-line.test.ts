import { expect, test } from 'vitest';
import { cpu, node } from '../../interface/words.ts';
import { parseChange } from './change.ts';
import { type Advised, commandLine } from './command-line.ts';

const list = (...cpus: number[]) => ({ list: cpus.map(cpu) });

test.each<[string, Advised]>([
  ['pool-create pool1 cpu=4-5', { kind: 'pool-create', name: 'pool1', cpus: list(4, 5) }],
  ['pool-create pool1 ncpu=2', { kind: 'pool-create', name: 'pool1', cpus: { count: 2 } }],
  [
    'pool-create p cpu=1,3 sched=credit2 node=0-1 tslice_ms=5 ratelimit_us=0 migration_delay_us=7',
    {
      kind: 'pool-create',
      name: 'p',
      cpus: list(1, 3),
      scheduler: 'credit2',
      nodes: [node(0), node(1)],
      params: { timesliceMs: 5, ratelimitUs: 0, migrationDelayUs: 7 },
    },
  ],
  ['pool-modify p1 cpu=6-7', { kind: 'pool-modify', pool: 'p1', cpus: list(6, 7) }],
  ['pool-migrate A pool1', { kind: 'domain-modify', domain: 'A', pool: 'pool1' }],
  ['vcpu-pin A all all', { kind: 'domain-modify', domain: 'A', pin: { vcpu: 'all', hard: null } }],
  ['vcpu-pin A 1 4-6', { kind: 'domain-modify', domain: 'A', pin: { vcpu: 1, hard: list(4, 5, 6).list } }],
  ['vcpu-pin A 0 - 5', { kind: 'domain-modify', domain: 'A', pin: { vcpu: 0, soft: list(5).list } }],
])('%s is written as it is read', (words, change) => {
  expect(commandLine(change)).toBe(words);
  expect(parseChange(words.split(' '))).toEqual({ ok: true, value: change });
});

test('the default scheduler goes without saying', () => {
  const change = { kind: 'pool-create', name: 'p', cpus: list(4), scheduler: 'credit' } as const;
  expect(commandLine(change)).toBe('pool-create p cpu=4');
});
