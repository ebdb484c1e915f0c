/*
 * Hosts that cannot have pools, for real: xend is started in a mount namespace where the cgroups are as they are on such a
 * host. It says why in one sentence, ends, and has touched nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from './testing/lab-stand.ts';

const ROOT = '/sys/fs/cgroup';
const PART = `${ROOT}/lab-part`;
const WHOLE = ['cpuset', 'cpu'];
const NOBODY = 65534;

/** A folder to mount hierarchies of v1 in. */
const OLD = `mount -t tmpfs none ${ROOT}; mkdir ${ROOT}/old ${ROOT}/unified`;
const HIDE = `umount ${ROOT}`;
/** Mounts a controller on v1. One that another hierarchy has just given up is busy for some moments. */
const mountV1 = (name: string, at: string) =>
  `n=0; until mount -t cgroup -o ${name} none ${at}; do n=$((n+1)); [ $n -lt 100 ] || exit 9; sleep 0.1; done 2>/dev/null`;

const controllers = () => readFileSync(`${ROOT}/cgroup.controllers`, 'utf8').trim().split(' ');

/** The directories of the tree, and what each of their files says that does not change by itself. */
function tree(directory = ROOT): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return [path, ...tree(path)];
    if (!/^(cgroup\.(subtree_control|type)|cpuset\.|cpu\.(max|weight))/.test(entry.name)) return [];
    return [`${path} ${readFileSync(path, 'utf8')}`];
  });
}

/** By its path: busybox's shell takes its own, which knows no cgroup namespaces. */
const UNSHARE = '/bin/unshare';

interface Way {
  readonly uid?: number;
  readonly namespaces?: readonly string[];
  /** How the script becomes xend. */
  readonly end?: string;
}

const XEND = 'exec xend --connect linux: --state /tmp/xend-$$ --socket /tmp/xend-$$/xend.sock';

/** What xend says in the place that a shell script makes. */
function said(script: string, { uid = 0, namespaces = ['-m'], end = XEND }: Way = {}) {
  const words = [...namespaces, '/bin/sh', '-ec', `${script}\n${end}`];
  const asWho = uid === 0 ? {} : { uid, gid: uid };
  const options = { encoding: 'utf8', timeout: 60_000, ...asWho } as const;
  const { status, stdout, stderr } = spawnSync(UNSHARE, words, options);
  return { status, stdout, stderr };
}

const refusal = (why: string, remedy: string) => ({
  status: 1,
  stdout: '',
  stderr: `xend: the linux driver cannot have pools here: ${why}\n    ${remedy}\n`,
});

/** Whether the kernel still has this controller for v1: since 6.12 some have no cpuset there. */
const isKnownToV1 = (name: string) =>
  spawnSync(UNSHARE, ['-m', '/bin/sh', '-ec', `${HIDE}; ${OLD}; mount -t cgroup -o ${name} none ${ROOT}/old`])
    .status === 0;

const ON_V2 = 'boot it with cgroup v2 alone (systemd.unified_cgroup_hierarchy=1, or no cgroup v1 mounts)';
const ON_HOST = 'run xend on the host itself';
const AS_ROOT = 'run xend as root, outside of containers';

let before: string[];

/** A hierarchy of v1 is gone some moments after its last mount. */
const isWhole = () => WHOLE.every((name) => controllers().includes(name));

beforeEach(async () => {
  await until(isWhole);
  before = tree();
});

afterEach(async () => {
  await until(isWhole);
  if (existsSync(PART)) {
    await until(() => !readFileSync(`${PART}/cgroup.events`, 'utf8').includes('populated 1'));
    // Had xend made anything in it, this would fail.
    rmdirSync(PART);
  }
  expect(tree()).toEqual(before);
});

for (const name of WHOLE)
  test.skipIf(!isKnownToV1(name))(`${name} on cgroup v1 alone`, () => {
    expect(said(`${HIDE}; ${OLD}; ${mountV1(name, `${ROOT}/old`)}`)).toEqual(
      refusal(`cgroup v1 has its ${name} controller`, ON_V2),
    );
  });

test('hybrid: v2 beside, without the cpu controller', () => {
  const mounts = `${mountV1('cpu', `${ROOT}/old`)}; mount -t cgroup2 none ${ROOT}/unified`;
  expect(said(`${HIDE}; ${OLD}; ${mounts}`)).toEqual(refusal('cgroup v1 has its cpu controller', ON_V2));
});

test('a hierarchy of v1 that is mounted where xend cannot see it', () => {
  const mounts = `mkdir -p /tmp/old; ${mountV1('cpu', '/tmp/old')}`;
  // Not the last command, which a shell may become: the hierarchy is there as long as the namespace around.
  const end = `${UNSHARE} -m /bin/sh -ec 'umount /tmp/old; ${XEND}' || exit $?`;
  expect(said(mounts, { end })).toEqual(refusal('cgroup v1 has its cpu controller', ON_V2));
});

test('no cgroup v2', () => {
  expect(said(HIDE)).toEqual(
    refusal('cgroup v2 is not mounted', 'mount it: mount -t cgroup2 none /sys/fs/cgroup'),
  );
});

test('hybrid with nothing of ours on v1 is fit', () => {
  const mounts = `mount -t cgroup -o none,name=systemd none ${ROOT}/old; mount -t cgroup2 none ${ROOT}/unified`;
  const end = `${XEND} --release-all`;
  expect(said(`${HIDE}; ${OLD}; ${mounts}`, { end })).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('not root', () => {
  expect(said('true', { uid: NOBODY, namespaces: ['--'] })).toEqual(
    refusal(`${ROOT} cannot be written: permission denied`, AS_ROOT),
  );
});

test('a tree that is read-only, as in a container', () => {
  expect(said(`mount -o remount,bind,ro ${ROOT}`)).toEqual(
    refusal(`${ROOT} cannot be written: it is mounted read-only`, AS_ROOT),
  );
});

test('a cgroup namespace: its root is a part of the tree', () => {
  const enter = `mkdir ${PART}; echo $$ >${PART}/cgroup.procs`;
  const end = `exec ${UNSHARE} -m -C /bin/sh -ec '${HIDE}; mount -t cgroup2 none ${ROOT}; ${XEND}'`;
  expect(said(enter, { end })).toEqual(
    refusal(`${ROOT} is only a part of the machine's cgroups, as in a container`, ON_HOST),
  );
});

test('root of a user namespace is nobody here', () => {
  writeFileSync('/proc/sys/kernel/unprivileged_userns_clone', '1');
  const words = { uid: NOBODY, namespaces: ['-U', '-r', '-m', '-C'] };
  expect(said('true', words)).toEqual(refusal(`${ROOT} cannot be written: permission denied`, AS_ROOT));
});
