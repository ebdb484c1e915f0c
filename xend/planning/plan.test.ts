import { expect, test } from 'vitest';
import { type ChangeRequest, regularTopology } from '../../interface/index.ts';
import { type Ask, after, asked, change, create, domain, modify, ten, words } from '../testing/asks.ts';
import { applyPlanToModel, applyToModel, describeModel, modelOf } from './model.ts';
import { plan } from './plan.ts';

const pool1 = create('pool1', { count: 4 });
const pool2 = create('pool2', { list: [1, 3, 5] });

test("the proposal's session comes to the proposal's pools", () => {
  const state = after(ten, pool1, pool2);
  expect(state.pools.map(({ name, cpus }) => [name, ...cpus])).toEqual([
    ['pool0', 0, 2, 4],
    ['pool1', 6, 7, 8, 9],
    ['pool2', 1, 3, 5],
  ]);
  expect(words(ten, state, modify('pool1', { cpus: { count: 3 } }))).toEqual(['move cpu 6 to pool0']);
  const smaller = after(ten, pool1, pool2, modify('pool1', { cpus: { count: 3 } }));
  expect(words(ten, smaller, modify('pool1', { cpus: { list: [6, 7, 9] } }))).toEqual([
    'move cpu 6 to pool1',
    'move cpu 8 to pool0',
  ]);
  expect(words(ten, smaller, { kind: 'pool-destroy', pool: 'pool1' })).toEqual([
    'move cpu 7 to pool0',
    'move cpu 8 to pool0',
    'move cpu 9 to pool0',
    'destroy pool pool1',
  ]);
});

test('a pool is set up before it gets cpus, and these come one by one from the top', () => {
  const settings = { nodes: [0], params: { timesliceMs: 5 } };
  expect(words(ten, modelOf(ten), create('pool1', { count: 2 }, settings))).toEqual([
    'create pool pool1 with scheduler credit',
    'tie the memory of pool1 to node 0',
    'set pool1 timesliceMs=5 ratelimitUs=1000 migrationDelayUs=0',
    'move cpu 9 to pool1',
    'move cpu 8 to pool1',
  ]);
});

test.each([
  ['as many cpus as it has', modify('pool1', { cpus: { count: 4 } })],
  ['the cpus it has', modify('pool1', { cpus: { list: [9, 8, 7, 6] } })],
  ["pool0's own cpus", modify('pool0', { cpus: { list: [0, 2, 4] } })],
  ["pool0's own number", modify('pool0', { cpus: { count: 3 } })],
  [
    'its scheduler, name, parameters',
    modify('pool1', { scheduler: 'credit', name: 'pool1', params: { timesliceMs: 30 } }),
  ],
  ['no nodes', modify('pool1', { nodes: null })],
  ['a domain as it is', change('B', { name: 'B', pool: 'pool1', weight: 256, cap: 0, paused: false })],
  ['a pin it has', change('B', { pin: { vcpu: 0, hard: [7, 6] } })],
  ['Domain-0 as it is', change('0', { pool: 'pool0', paused: false, name: 'Domain-0' })],
  ['an online cpu online', { kind: 'cpu-modify', cpu: 0, online: true } as Ask],
])('asking for %s is no step', (_, ask) => {
  const state = after(
    ten,
    pool1,
    pool2,
    domain('B', { pool: 'pool1', affinity: { hard: [6, 7], soft: null } }),
  );
  expect(words(ten, state, ask)).toEqual([]);
});

test('a new name comes last, after steps that use the old one', () => {
  const state = after(ten, pool1);
  expect(words(ten, state, modify('pool1', { name: 'fast', cpus: { count: 5 }, nodes: [0] }))).toEqual([
    'move cpu 5 to pool1',
    'tie the memory of pool1 to node 0',
    'rename pool pool1 to fast',
  ]);
});

test('a pool is destroyed bare, so that undoing brings its settings back', () => {
  const state = after(ten, create('pool1', { count: 1 }, { nodes: [0], params: { ratelimitUs: 0 } }));
  const planned = asked(ten, state, { kind: 'pool-destroy', pool: 'pool1' });
  if (!planned.ok) throw new Error();
  const gone = applyPlanToModel(state, planned.value);
  expect(gone.pools).toHaveLength(1);
  expect(planned.value.steps.toReversed().reduce((now, { undo }) => applyToModel(now, undo), gone)).toEqual(
    state,
  );
});

test('a vcpu whose last cpu leaves is widened first, and the note names domain, vcpu and cpu', () => {
  const affinity = [
    { hard: [9], soft: [9] },
    { hard: [4, 9], soft: null },
    { hard: [8, 9], soft: null },
  ];
  const state = after(ten, domain('B', { vcpus: 3, affinity }));
  const planned = asked(ten, state, create('pool1', { count: 2 }));
  if (!planned.ok) throw new Error();
  const [, widen, firstMove] = planned.value.steps.map(({ step }) => step);
  expect(widen).toMatchObject({
    do: 'setScheduling',
    scheduling: { affinity: [{ hard: null, soft: [9] }, { hard: [4, 9] }, { hard: null }] },
  });
  expect(firstMove).toMatchObject({ do: 'moveCpu', cpu: 9 });
  expect(planned.value.notes).toEqual([
    'pool0 loses cpu 9, to which vcpu 0 of B was pinned: free to run on every cpu of pool0 now',
    'pool0 loses cpus 8-9, to which vcpu 2 of B was pinned: free to run on every cpu of pool0 now',
  ]);
});

test('a pool that loses cpus widens its own vcpus, but none that can run on what comes', () => {
  const pinnedTo = (...hard: number[]) => ({ pool: 'p', affinity: { hard, soft: null } });
  const state = after(
    ten,
    create('p', { list: [3, 4] }),
    domain('A', pinnedTo(4)),
    domain('B', pinnedTo(3, 4)),
    domain('C', pinnedTo(4, 6)),
  );
  expect(words(ten, state, modify('p', { cpus: { list: [3, 6] } }))).toEqual([
    'move cpu 6 to p',
    'set domain 1: weight 256, cap 0, cpus all',
    'move cpu 4 to pool0',
    'p loses cpu 4, to which A was pinned: free to run on every cpu of p now',
  ]);
  expect(words(ten, state, { kind: 'cpu-modify', cpu: 4, online: false }).slice(0, 3)).toEqual([
    'set domain 1: weight 256, cap 0, cpus all',
    'set domain 3: weight 256, cap 0, cpus all',
    'move cpu 4 to pool0',
  ]);
});

const numa = regularTopology({ cpus: 8, nodes: 2, memoryMib: 2000 });

test('a move keeps weight, cap and the pins that fit, and says what it loses and where memory stays', () => {
  const settings = { weight: 512, cap: 150, vcpus: 2, memoryMib: 100 };
  const affinity = [
    { hard: [1, 6], soft: [1] },
    { hard: [1], soft: [1] },
  ];
  const state = after(numa, domain('B', { ...settings, affinity }), create('far', { list: [6, 7] }));
  const planned = asked(numa, state, change('B', { pool: 'far' }));
  expect(planned).toMatchObject({ ok: true, value: { steps: [{ step: { do: 'moveDomain', to: 'far' } }] } });
  if (!planned.ok) return;
  expect(planned.value.steps[0]!.step).toMatchObject({
    scheduling: {
      weight: 512,
      cap: 150,
      affinity: [
        { hard: [1, 6], soft: [1] },
        { hard: null, soft: [1] },
      ],
    },
  });
  expect(planned.value.notes).toEqual([
    'vcpu 1 of B was pinned to cpu 1, outside far: free to run on every cpu there',
    'the memory of B stays where it is, on node 0; far is on node 1',
  ]);
});

test('a move within a node says no less that memory stays', () => {
  const state = after(numa, domain('B'), create('near', { list: [2, 3] }));
  expect(words(numa, state, change('B', { pool: 'near' }))).toEqual([
    'move domain 1 to near: weight 256, cap 0, cpus all',
    'the memory of B stays where it is, on node 0',
  ]);
});

test('a domain is moved, weighed and pinned in one step, then paused and renamed', () => {
  const state = after(ten, pool1, domain('B', { vcpus: 2, weight: 100, memoryMib: 64 }));
  const pin = { vcpu: 1, hard: [6] };
  const steps = asked(ten, state, change('B', { pool: 'pool1', cap: 50, pin, paused: true, name: 'C' }));
  if (!steps.ok) throw new Error();
  expect(steps.value.steps.map(({ step }) => step)).toEqual([
    {
      do: 'moveDomain',
      domain: 1,
      to: 'pool1',
      scheduling: {
        weight: 100,
        cap: 50,
        affinity: [
          { hard: null, soft: null },
          { hard: [6], soft: null },
        ],
      },
    },
    { do: 'setPaused', domain: 1, paused: true },
    { do: 'renameDomain', domain: 1, to: 'C' },
  ]);
});

test('a pin of all vcpus leaves what it does not name', () => {
  const affinity = { hard: [1, 2], soft: [2] };
  const state = after(
    ten,
    domain('B', { vcpus: 2, affinity }),
    change('B', { pin: { vcpu: 'all', hard: null } }),
  );
  expect(state.domains[1]!.scheduling.affinity).toEqual(Array(2).fill({ hard: null, soft: [2] }));
});

test('a domain gets what it asks for, and what the field gives where it does not ask', () => {
  expect(after(ten, domain('B')).domains[1]).toEqual({
    id: 1,
    name: 'B',
    pool: 'pool0',
    vcpus: 1,
    scheduling: { weight: 256, cap: 0, affinity: [{ hard: null, soft: null }] },
    memory: [{ node: 0, mib: 128 }],
    paused: false,
    workload: { kind: 'cpu' },
  });
});

test('on a host that executes a domain is a command, or a workload to try a pool with', () => {
  const on = { ...describeModel(ten), executes: true };
  const created = (more: object) => {
    const planned = plan(on, modelOf(ten), { kind: 'domain-create', name: 'A', ...more } as never);
    if (!planned.ok) throw new Error(planned.refusal.code);
    const { step } = planned.value.steps[0]!;
    if (step.do !== 'createDomain') throw new Error(step.do);
    return { exec: step.spec.exec, workload: step.spec.workload, notes: planned.value.notes };
  };
  const exec = ['make', '-j', ''];
  expect(created({ exec })).toEqual({ exec, workload: { kind: 'cpu' }, notes: [] });
  expect(created({ workload: { kind: 'idle' } })).toMatchObject({
    exec: undefined,
    workload: { kind: 'idle' },
  });
});

test('a guest is what its file says, on a host that runs guests; elsewhere it does its workload', () => {
  const guest = {
    kernel: '/boot/k',
    cmdline: 'root=/dev/xvda1',
    disks: ['/srv/a.img,qcow2,xvda', '/srv/b.iso,,hdc,cdrom'],
    onPoweroff: 'restart',
    onReboot: 'preserve',
  };
  const otherKeys = { kernel: '/boot/k', disk: guest.disks, vif: [] };
  const created = (more: object) => {
    const request = { kind: 'domain-create', name: 'A', guest, otherKeys } as never;
    const planned = plan({ ...describeModel(ten), ...more }, modelOf(ten), request);
    if (!planned.ok) throw new Error(planned.refusal.code);
    const { step } = planned.value.steps[0]!;
    return { guest: step.do === 'createDomain' && step.spec.guest, notes: planned.value.notes };
  };
  expect(created({ executes: true, runsGuests: true })).toEqual({
    guest: {
      kernel: '/boot/k',
      cmdline: 'root=/dev/xvda1',
      disks: [
        { path: '/srv/a.img', format: 'qcow2', vdev: 'xvda', isCdrom: false, isReadOnly: false },
        { path: '/srv/b.iso', format: 'raw', vdev: 'hdc', isCdrom: true, isReadOnly: true },
      ],
      reboots: false,
    },
    notes: [
      'A ends when it powers off: on_poweroff is not used here',
      'A ends when it reboots, whatever on_reboot says',
      'the kernel of A is told of /dev/xvd..., and will find its disks as /dev/vda, /dev/vdb, ...',
      'A: not used here: vif',
    ],
  });
  expect(created({})).toEqual({ guest: undefined, notes: ['A: not used here: kernel, disk, vif'] });
});

test('a domain that is asked to shut down is asked, and nothing else', () => {
  const state = after(ten, domain('B'));
  expect(words(ten, state, { kind: 'domain-shutdown', domain: 'B' })).toEqual(['ask domain 1 to shut down']);
});

test('a pool lacks the parameters that its host has no hand on', () => {
  const on = {
    ...describeModel(ten),
    lacksParams: ['timesliceMs', 'ratelimitUs', 'migrationDelayUs'] as const,
  };
  const { pools, ...rest } = modelOf(ten);
  const bare = { name: 'p', scheduler: 'credit', params: {}, cpus: [], nodes: null } as const;
  const state = { ...rest, pools: [...pools, bare] };
  const planned = (request: object) => plan(on, state, { pool: 'p', ...request } as never);
  expect(planned({ kind: 'pool-destroy' })).toMatchObject({
    value: { steps: [{ step: { do: 'destroyPool' } }] },
  });
  expect(planned({ kind: 'pool-modify', scheduler: 'credit2' })).toMatchObject({
    value: { steps: [{ step: { do: 'setPoolScheduler', params: {} } }], notes: [] },
  });
  expect(planned({ kind: 'pool-modify', params: { timesliceMs: 5 } })).toMatchObject({
    refusal: { code: 'unknown-parameter', known: [] },
  });
});

test('a domain gets the id it is given, else one above those present', () => {
  const state = after(ten, domain('B'), domain('C'), { kind: 'domain-destroy', domain: '1' });
  const request = domain('D') as unknown as ChangeRequest;
  const idOf = (planned: ReturnType<typeof plan>) => planned.ok && planned.value.steps[0]!.undo;
  expect(idOf(plan(describeModel(ten), state, request))).toEqual({ do: 'destroyDomain', domain: 3 });
  expect(idOf(plan(describeModel(ten), state, request, { nextDomainId: 9 }))).toEqual({
    do: 'destroyDomain',
    domain: 9,
  });
});

test('a cpu goes offline through pool0, and the note says where it comes back', () => {
  const state = after(ten, pool1);
  expect(words(ten, state, { kind: 'cpu-modify', cpu: 9, online: false })).toEqual([
    'move cpu 9 to pool0',
    'take cpu 9 offline',
    'cpu 9 leaves pool1; when it is online again it will be in pool0',
  ]);
  const without9 = after(ten, pool1, { kind: 'cpu-modify', cpu: 9, online: false });
  expect(words(ten, without9, { kind: 'cpu-modify', cpu: 9, online: true })).toEqual(['take cpu 9 online']);
});

test('a cpu of pool0 goes offline after the vcpus that were pinned to it are widened', () => {
  const state = after(ten, domain('B', { affinity: { hard: [4], soft: null } }));
  expect(words(ten, state, { kind: 'cpu-modify', cpu: 4, online: false })).toEqual([
    'set domain 1: weight 256, cap 0, cpus all',
    'take cpu 4 offline',
    'pool0 loses cpu 4, to which B was pinned: free to run on every cpu of pool0 now',
  ]);
});

test('where memory follows its pool it is said where it goes', () => {
  const host = { ...describeModel(numa), movesMemory: true };
  const tied = create('q', { list: [2] }, { nodes: [0] });
  const state = after(numa, tied, create('p', { list: [6, 7] }), domain('B', { pool: 'p' }));
  const notes = (ask: Ask) => {
    const planned = plan(host, state, ask as unknown as ChangeRequest);
    return planned.ok ? planned.value.notes : [];
  };
  expect(notes(modify('p', { nodes: [0] }))).toEqual([
    'memory that domains of p already have moves to node 0, which may take its time',
  ]);
  expect(notes(change('B', { pool: 'q' }))).toEqual([
    'the memory of B moves to node 0, which may take its time',
  ]);
});

test('new nodes of a pool with members say that memory stays', () => {
  const state = after(numa, create('p', { list: [6, 7] }), domain('B', { pool: 'p' }));
  expect(words(numa, state, modify('p', { nodes: [1, 0] }))).toEqual([
    'tie the memory of p to node 0,1',
    'memory that domains of p already have stays where it is',
  ]);
});
