import { expect, test } from 'vitest';
import { after, asked, change, create, domain, modify, ten, words } from '../testing/asks.ts';

const slots = (...who: [string, number][]) => ({
  schedule: { frameUs: 20_000, slots: who.map(([of, runUs]) => ({ domain: of, vcpu: 0, runUs })) },
});
const p = create('p', { list: [8, 9] });
const B = domain('B', { pool: 'p', weight: 512, cap: 50 });

test('a pool changes its scheduler while its domains run, and keeps the parameters that both have', () => {
  const state = after(ten, p, modify('p', { params: { timesliceMs: 5, ratelimitUs: 500 } }), B);
  expect(words(ten, state, modify('p', { scheduler: 'credit2' }))).toEqual([
    'give p scheduler credit2 ratelimitUs=500',
    'p loses timesliceMs=5: credit2 has no such thing',
  ]);
  const back = after(ten, p, B, modify('p', { scheduler: 'credit2' }), modify('p', { scheduler: 'credit' }));
  expect(back).toEqual(after(ten, p, B));
});

test('what a domain has and the scheduler does not know is kept, and said', () => {
  const state = after(ten, p, B, change('B', { reserve: [{ vcpu: 0, budgetUs: 5000 }] }));
  expect(words(ten, state, modify('p', { scheduler: 'rtds' }))).toEqual([
    'give p scheduler rtds',
    'the weight 512 and the cap 50 of B do not count in p: rtds has none',
  ]);
  const asRtds = after(ten, p, B, modify('p', { scheduler: 'rtds' }));
  expect(asRtds.domains[1]!.scheduling).toMatchObject({ weight: 512, cap: 50 });
  expect(words(ten, state, change('B', { weight: 256, cap: 0 })).at(-1)).toBe(
    'the reservation of B does not count in p: credit has none',
  );
});

test('null with more vcpus than cpus is refused, until one insists or there are enough', () => {
  const state = after(ten, p, domain('C', { pool: 'p', vcpus: 3 }));
  const code = (ask: object) => {
    const planned = asked(ten, state, modify('p', { scheduler: 'null', ...ask }));
    return planned.ok ? 'ok' : planned.refusal.code;
  };
  expect(code({})).toBe('vcpus-without-time');
  expect(code({ cpus: { count: 3 } })).toBe('ok');
  expect(words(ten, state, modify('p', { scheduler: 'null', force: true }))).toEqual([
    'give p scheduler null',
    'p has 3 vcpus for 2 cpus under null: who has none waits and gets nothing until one is free',
  ]);
});

test('arinc653 wants a slot for everyone who would run, in the same command', () => {
  const state = after(
    ten,
    p,
    domain('A', { pool: 'p' }),
    domain('idle', { pool: 'p', workload: { kind: 'idle' } }),
  );
  const ask = modify('p', { scheduler: 'arinc653', params: slots(['A', 5000]) });
  expect(words(ten, state, ask)).toEqual(['give p scheduler arinc653 frameUs=20000 slots=1/0:5000']);
  expect(words(ten, state, modify('p', { scheduler: 'arinc653', force: true }))).toEqual([
    'give p scheduler arinc653 frameUs=10000 slots=none',
    'A has no slot in the schedule of p: it gets nothing until xm sched-arinc653 gives it one',
  ]);
});

test('each vcpu wants a slot of its own under arinc653', () => {
  const state = after(ten, p, domain('A', { pool: 'p', vcpus: 3 }));
  const ask = { scheduler: 'arinc653', params: slots(['A', 5000]) };
  expect(asked(ten, state, modify('p', ask))).toMatchObject({ refusal: { code: 'vcpus-without-time' } });
  expect(words(ten, state, modify('p', { ...ask, force: true })).at(-1)).toBe(
    'vcpu 1,2 of A has no slot in the schedule of p: it gets nothing until xm sched-arinc653 gives it one',
  );
});

test('Domain-0 gets its slots without being asked, as in Xen', () => {
  const state = after(ten);
  expect(words(ten, state, modify('pool0', { scheduler: 'arinc653' }))).toEqual([
    'give pool0 scheduler arinc653 frameUs=10000 slots=0/0:10000',
  ]);
});

test('a slot of a domain in another pool is taken, and said to idle', () => {
  const state = after(ten, create('q', { count: 1 }, { scheduler: 'arinc653' }), domain('A'));
  expect(words(ten, state, modify('q', { params: slots(['A', 100]) }))).toEqual([
    'set q frameUs=20000 slots=1/0:100',
    'A is not in q: its slots idle until it is',
  ]);
});

test('who comes to a pool where there is no time for it is told so', () => {
  const quiet = create('quiet', { count: 1 }, { scheduler: 'null' });
  const state = after(
    ten,
    quiet,
    create('rt', { count: 1 }, { scheduler: 'rtds' }),
    domain('A', { pool: 'quiet' }),
  );
  expect(words(ten, state, domain('C', { pool: 'quiet' })).at(-1)).toBe(
    'quiet has 2 vcpus for 1 cpu under null: who has none waits and gets nothing until one is free',
  );
  expect(words(ten, state, domain('C', { pool: 'rt', vcpus: 3 })).at(-1)).toBe(
    'the reservations in rt come to 1.20 cpus and it has 1: not all of them can be kept',
  );
});

test('reservations change by vcpu, and are none of their own when they are the default', () => {
  const state = after(ten, domain('A', { vcpus: 2, reservation: { budgetUs: 1000, extratime: false } }));
  const of = (...reserve: object[]) =>
    words(ten, state, change('A', { reserve }))[0]?.replace(
      'set domain 1: weight 256, cap 0, cpus all',
      '',
    ) ?? '';
  expect(state.domains[1]!.scheduling.reservations).toEqual(
    Array(2).fill({ periodUs: 10_000, budgetUs: 1000, extratime: false }),
  );
  expect(of({ vcpu: 1, budgetUs: 2000 })).toBe(', reserved 1000 us in 10000 us / 2000 us in 10000 us');
  expect(of({ vcpu: 'all', budgetUs: 9 + 1 }, { vcpu: 0, extratime: true })).toBe(
    ', reserved 10 us in 10000 us and extratime / 10 us in 10000 us',
  );
  expect(of({ vcpu: 'all', budgetUs: 4000, extratime: true })).toBe('');
  expect(of({ vcpu: 0, budgetUs: 1000 })).toBe('');
});
