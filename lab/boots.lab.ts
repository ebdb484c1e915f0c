/** What every guest of the laboratory is, before anybody relies on it. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';

const CGROUPS = '/sys/fs/cgroup';
const GROUP = `${CGROUPS}/boots`;

const read = (path: string) => readFileSync(path, 'utf8').trim();
const counted = (folder: string, name: RegExp) =>
  readdirSync(folder).filter((file) => name.test(file)).length;

afterEach(() => {
  if (counted(CGROUPS, /^boots$/) > 0) rmdirSync(GROUP);
});

test('eight cpus on two nodes and two sockets, two threads a core', () => {
  expect(counted('/sys/devices/system/cpu', /^cpu\d+$/)).toBe(8);
  expect(read('/sys/devices/system/cpu/online')).toBe('0-7');
  expect(read('/sys/devices/system/node/online')).toBe('0-1');
  expect(read('/sys/devices/system/node/node1/cpulist')).toBe('4-7');
  const topology = '/sys/devices/system/cpu/cpu6/topology';
  expect(read(`${topology}/physical_package_id`)).toBe('1');
  expect(read(`${topology}/thread_siblings_list`)).toBe('6-7');
});

test('cgroup v2 alone, with the controllers that pools need', () => {
  expect(read('/proc/mounts')).not.toMatch(/ cgroup /);
  const controllers = read(`${CGROUPS}/cgroup.controllers`).split(' ');
  expect(controllers).toEqual(expect.arrayContaining(['cpuset', 'cpu', 'memory', 'pids']));
});

test('a cpuset partition takes its cpus from the root, and gives them back', () => {
  writeFileSync(`${CGROUPS}/cgroup.subtree_control`, '+cpuset');
  mkdirSync(GROUP);
  writeFileSync(`${GROUP}/cpuset.cpus`, '6-7');
  writeFileSync(`${GROUP}/cpuset.cpus.partition`, 'root');
  expect(read(`${GROUP}/cpuset.cpus.partition`)).toBe('root');
  expect(read(`${CGROUPS}/cpuset.cpus.effective`)).toBe('0-5');
  // Before the folder goes: 6.1 gives the cpus of a removed partition back some moments later.
  writeFileSync(`${GROUP}/cpuset.cpus.partition`, 'member');
  expect(read(`${CGROUPS}/cpuset.cpus.effective`)).toBe('0-7');
});
