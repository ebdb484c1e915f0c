import { expect, test } from 'vitest';
import { explain } from '../../interface/index.ts';
import { type Facts, judge } from './probe.ts';

const V2 = '0::/\n';
const V1 = '2:cpuset:/\n';
const V1_CPU = '3:cpu,cpuacct:/\n';
const V1_NAMED = '1:name=systemd:/init.scope\n4:cpuacct:/\n';

const fit: Facts = {
  hierarchies: V2,
  root: '/sys/fs/cgroup',
  controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
  isWhole: true,
  unwritable: null,
};

test('a machine with cgroup v2 alone is fit; a hierarchy of v1 without these controllers does not matter', () => {
  expect(judge(fit)).toEqual({ ok: true, value: '/sys/fs/cgroup' });
  expect(judge({ ...fit, hierarchies: V1_NAMED + V2 })).toMatchObject({ ok: true });
});

test.each<[string, Partial<Facts>, string]>([
  ['v1', { hierarchies: V1 + V1_CPU, root: null }, 'cgroup v1 has its cpuset and its cpu controller'],
  ['hybrid', { hierarchies: V1_CPU + V2 }, 'cgroup v1 has its cpu controller'],
  ['hybrid', { hierarchies: V1 + V2, controllers: ['cpu'] }, 'cgroup v1 has its cpuset controller'],
  ['nothing mounted', { root: null }, 'cgroup v2 is not mounted'],
  [
    'a container',
    { isWhole: false },
    "/sys/fs/cgroup is only a part of the machine's cgroups, as in a container",
  ],
  ['no cpuset', { controllers: ['cpu', 'io'] }, 'the kernel offers no cpuset controller'],
  ['neither', { controllers: [] }, 'the kernel offers no cpuset and no cpu controller'],
  ['no rights', { unwritable: 'permission denied' }, '/sys/fs/cgroup cannot be written: permission denied'],
])('%s: refused in one sentence', (_, facts, why) => {
  const judged = judge({ ...fit, ...facts });
  if (judged.ok) throw new Error('it was found fit');
  const { sentence, remedy } = explain(judged.refusal);
  expect(sentence).toBe(`the linux driver cannot have pools here: ${why}`);
  expect(remedy).not.toBe('');
});
