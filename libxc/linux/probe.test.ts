import { expect, test } from 'vitest';
import { explain } from '../../interface/index.ts';
import { type Facts, judge } from './probe.ts';

const V2 = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0\n';
const V1 = 'cgroup /sys/fs/cgroup/cpuset cgroup rw,nosuid,cpuset 0 0\n';
const V1_CPU = 'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0\n';
const V1_NAMED = 'cgroup /sys/fs/cgroup/systemd cgroup rw,xattr,name=systemd 0 0\n';

const fit: Facts = {
  mounts: `proc /proc proc rw 0 0\n${V2}`,
  root: '/sys/fs/cgroup',
  controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
  isWhole: true,
  unwritable: null,
};

test('a machine with cgroup v2 alone is fit; a hierarchy of v1 without these controllers does not matter', () => {
  expect(judge(fit)).toEqual({ ok: true, value: '/sys/fs/cgroup' });
  expect(judge({ ...fit, mounts: V1_NAMED + fit.mounts })).toMatchObject({ ok: true });
});

test.each<[string, Partial<Facts>, string]>([
  ['v1', { mounts: V1, root: null }, 'its cpuset or cpu controller is on cgroup v1'],
  ['hybrid', { mounts: V2 + V1_CPU }, 'its cpuset or cpu controller is on cgroup v1'],
  ['nothing mounted', { mounts: '', root: null }, 'cgroup v2 is not mounted'],
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
