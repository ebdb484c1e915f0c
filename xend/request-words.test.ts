import { expect, test } from 'vitest';
import type { ChangeRequest } from '../interface/index.ts';
import { requestInWords } from './request-words.ts';

const CASES: readonly [ChangeRequest, string][] = [
  [{ kind: 'pool-create', name: 'p', cpus: { count: 4 } }, 'pool-create p ncpu=4'],
  [
    {
      kind: 'pool-modify',
      pool: 'p',
      name: 'q',
      cpus: { list: [6, 7, 9] as never },
      params: { timesliceMs: 5 },
    },
    'pool-modify p name=q cpu=6-7,9 timesliceMs=5',
  ],
  [{ kind: 'pool-modify', pool: 'p', nodes: null }, 'pool-modify p node=all'],
  [{ kind: 'pool-destroy', pool: 'p' }, 'pool-destroy p'],
  [{ kind: 'domain-create', name: 'A' }, 'create A'],
  [
    { kind: 'domain-modify', domain: 'A', weight: 1, cap: 0, paused: false },
    'modify A weight=1 cap=0 unpaused',
  ],
  [{ kind: 'domain-modify', domain: 'A', pin: { vcpu: 'all' }, pool: 'p' }, 'modify A pool=p pin=all'],
  [{ kind: 'domain-destroy', domain: '7' }, 'destroy 7'],
  [{ kind: 'cpu-modify', cpu: 3, online: false }, 'cpu-offline 3'],
  [{ kind: 'pool-destroy', pool: 'a\u001b[31m\n\u2028b' }, 'pool-destroy a?[31m??b'],
];

test.each(CASES)('%j in words', (request, words) => {
  expect(requestInWords(request)).toBe(words);
});
