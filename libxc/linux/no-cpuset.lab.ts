/*
 * A kernel that was told to do without a controller: xend says so and ends.
 *
 * boots with: cgroup_disable=cpuset
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = '/sys/fs/cgroup';
const words = ['--connect', 'linux:', '--state', '/tmp/xend-unfit'];

test('without cpuset there are no pools: one sentence, and nothing is touched', () => {
  const { status, stdout, stderr } = spawnSync('xend', words, { encoding: 'utf8' });
  const why = 'the kernel offers no cpuset controller';
  const remedy =
    'use a kernel with CONFIG_CPUSETS and CONFIG_FAIR_GROUP_SCHED that does not disable them at boot';
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: `xend: the linux driver cannot have pools here: ${why}\n    ${remedy}\n`,
  });
  expect(readFileSync(`${ROOT}/cgroup.subtree_control`, 'utf8').trim()).toBe('');
  expect(readdirSync(ROOT).filter((name) => statSync(`${ROOT}/${name}`).isDirectory())).toEqual([]);
});
