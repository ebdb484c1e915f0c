/** Every operation of pools and domains on a Linux host, and what takes it back: for tests that let each of them fail. */
import type { ChangeRequest, Cpu } from '../../interface/index.ts';

const list = (...cpus: number[]) => ({ list: cpus as Cpu[] });

export const pool = (name: string, ...cpus: number[]): ChangeRequest => ({
  kind: 'pool-create',
  name,
  cpus: list(...cpus),
});
const modify = (name: string, change: object) =>
  ({ kind: 'pool-modify', pool: name, ...change }) as ChangeRequest;
const set = (domain: string, change: object) =>
  ({ kind: 'domain-modify', domain, ...change }) as ChangeRequest;
export const create = (name: string, home: string, more: object = {}) =>
  ({ kind: 'domain-create', name, pool: home, exec: ['sleep', '100000'], ...more }) as ChangeRequest;
export const destroy = (domain: string): ChangeRequest => ({ kind: 'domain-destroy', domain });
export const adopt = (pid: number) =>
  ({ kind: 'domain-create', name: 'job', pool: 'a', adopt: { pid } }) as ChangeRequest;
export const RELEASE: ChangeRequest = { kind: 'domain-release', domain: 'job' };

const MEMBER = create('in-a', 'a', { weight: 512 });

/** What is there before each of them. */
export const BASELINE: readonly ChangeRequest[] = [pool('a', 6, 7), pool('b', 4, 5), MEMBER];

export const OPERATIONS: readonly [name: string, request: ChangeRequest, undo: readonly ChangeRequest[]][] = [
  ['pool-create', pool('c', 2, 3), [{ kind: 'pool-destroy', pool: 'c' }]],
  ['pool-modify that grows', modify('a', { cpus: list(2, 3, 6, 7) }), [modify('a', { cpus: list(6, 7) })]],
  ['pool-modify that shrinks', modify('a', { cpus: list(7) }), [modify('a', { cpus: list(6, 7) })]],
  ['pool-modify to other cpus', modify('b', { cpus: list(1, 2) }), [modify('b', { cpus: list(4, 5) })]],
  [
    'pool-modify of the scheduler',
    modify('a', { scheduler: 'credit2' }),
    [modify('a', { scheduler: 'credit' })],
  ],
  ['pool-modify of nodes', modify('a', { nodes: [1] }), [modify('a', { nodes: null })]],
  ['pool-rename', modify('b', { name: 'renamed' }), [modify('renamed', { name: 'b' })]],
  ['pool-destroy', { kind: 'pool-destroy', pool: 'b' }, [pool('b', 4, 5)]],
  ['create', create('new', 'b', { cap: 50 }), [destroy('new')]],
  ['create of a paused domain', create('new', 'b', { paused: true }), [destroy('new')]],
  ['destroy', destroy('in-a'), [MEMBER]],
  ['pool-migrate', set('in-a', { pool: 'b' }), [set('in-a', { pool: 'a' })]],
  [
    'vcpu-pin',
    set('in-a', { pin: { vcpu: 'all', hard: [6] } }),
    [set('in-a', { pin: { vcpu: 'all', hard: null } })],
  ],
  ['sched-credit', set('in-a', { weight: 100, cap: 30 }), [set('in-a', { weight: 512, cap: 0 })]],
  ['pause', set('in-a', { paused: true }), [set('in-a', { paused: false })]],
  ['rename', set('in-a', { name: 'other' }), [set('other', { name: 'in-a' })]],
  [
    'cpu-offline',
    { kind: 'cpu-modify', cpu: 3, online: false },
    [{ kind: 'cpu-modify', cpu: 3, online: true }],
  ],
];
