/* Memory in a pool: what `node=` says, and on which node the pages of its domains then really are. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RealXend } from '../../xend/testing/real-xend.ts';
import { cgroup, homeOf, pidsOf, text, until, write } from './testing/lab-stand.ts';

/** Memory of its own, 4 MB of it, and no end. */
const HOARD = ['/bin/sh', '-c', 'hoard=$(head -c 4000000 /dev/zero | tr "\\\\0" a); sleep 1000; echo $hoard'];
const PAGES = 4_000_000 / 4096;
const STRANGER = 'lab-stranger';

describe('a pool with a node', () => {
  const xend = new RealXend();

  beforeAll(() => xend.start());
  afterAll(() => xend.end());

  beforeEach(() => {
    writeFileSync('/tmp/hoard.cfg', `name = "hoard"\nmemory = 64\nexec = ${JSON.stringify(HOARD)}\n`);
  });
  afterEach(() => {
    xend.try('destroy hoard');
    for (const pool of ['web', 'other']) xend.try(`pool-destroy ${pool}`);
    if (!existsSync(cgroup(STRANGER))) return;
    write('member', STRANGER, 'cpuset.cpus.partition');
    rmdirSync(cgroup(STRANGER));
  });

  const create = (pool: string) => {
    xend.xm(`create /tmp/hoard.cfg pool=${pool}`);
    const [domain] = xend.json<{ domains: { id: number }[] }>('list hoard').domains;
    return domain!.id as Parameters<typeof pidsOf>[1];
  };

  /** Anonymous pages of a process, by node. */
  function pages(pid: number): number[] {
    const lines = readFileSync(`/proc/${pid}/numa_maps`, 'utf8').split('\n');
    const own = lines.filter((line) => line.includes('anon='));
    return [0, 1].map((node) =>
      own.reduce((sum, line) => sum + Number(new RegExp(` N${node}=(\\d+)`).exec(line)?.[1] ?? 0), 0),
    );
  }

  /** Whether a process has all it needs, and all of it on this node. */
  const isAllOn = (node: number, pid: number) => () => {
    const found = pages(pid);
    return found[node]! > PAGES && found[1 - node] === 0;
  };

  const mems = (pool: string) => text(homeOf(pool), 'cpuset.mems');

  test.each([0, 1])('gives its domains memory of node %i alone, wherever its cpus are', async (node) => {
    xend.xm(`pool-create web cpu=3,4 node=${node}`);
    expect(mems('web')).toBe(`${node}`);
    const id = create('web');
    await until(isAllOn(node, pidsOf('web', id)[0]!));
    const [pool] = xend.json<{ pools: object[] }>('pool-list web').pools;
    expect(pool).toMatchObject({ memory: { tied: true, nodes: [node] } });
  });

  test('is chosen cpus for by count as any other, and takes the memory of a domain with it when it changes', async () => {
    xend.xm('pool-create web ncpu=2 node=1');
    const id = create('web');
    const [pid] = pidsOf('web', id);
    await until(isAllOn(1, pid!));
    const said = xend.xm('pool-modify web node=0');
    expect(said).not.toMatch(/stays where it is/);
    await until(isAllOn(0, pid!));
    xend.xm('pool-modify web node=none');
    expect(mems('web')).toMatch(/^(0-1)?$/);
    expect(isAllOn(0, pid!)()).toBe(true);
    xend.xm('pool-modify web node=1');
    await until(isAllOn(1, pid!));
  });

  test('takes in the memory of a domain that comes from another pool', async () => {
    xend.xm('pool-create web cpu=6,7 node=1');
    xend.xm('pool-create other cpu=2 node=0');
    const id = create('web');
    const [pid] = pidsOf('web', id);
    await until(isAllOn(1, pid!));
    xend.xm('pool-migrate hoard other');
    await until(isAllOn(0, pid!));
  });

  test('what cannot be leaves everything as it was', async () => {
    mkdirSync(cgroup(STRANGER));
    write('+cpuset', 'cgroup.subtree_control');
    write('5', STRANGER, 'cpuset.cpus');
    write('root', STRANGER, 'cpuset.cpus.partition');
    expect(xend.try('pool-create web cpu=4,5 node=0').status).toBe(1);
    expect(existsSync(cgroup(homeOf('web')))).toBe(false);
    xend.xm('pool-create web cpu=4 node=1');
    const id = create('web');
    await until(isAllOn(1, pidsOf('web', id)[0]!));
    expect(xend.try('pool-modify web cpu=4,5 node=0').error).toMatch(/cpu 5/);
    expect(xend.try('pool-modify web node=2').error).toMatch(/node 2/);
    expect([mems('web'), isAllOn(1, pidsOf('web', id)[0]!)()]).toEqual(['1', true]);
  });

  test('keeps its node over a crash of xend, and gives it back with the rest', async () => {
    xend.xm('pool-create web cpu=4 node=0');
    await xend.kill();
    write('1', homeOf('web'), 'cpuset.mems');
    await xend.start();
    await until(() => mems('web') === '0');
    xend.xm('pool-destroy web');
    expect(existsSync(cgroup(homeOf('web')))).toBe(false);
  });
});
