import { expect, test } from 'vitest';
import { NS_PER_MS } from '../../interface/words.ts';
import type { Workload } from '../../interface/workload.ts';
import type { Pool } from '../pool.ts';
import {
  add,
  cpuOf,
  only,
  pin,
  places,
  poolOn,
  run,
  running,
  runUntilSo,
  vcpusOf,
  waits,
  watch,
} from '../testing.ts';
import { BOOST, type Credit, OVER, UNDER } from './credit.ts';

const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 9, jitterPercent: 50 };
const SLOP_NS = 50_000;

const dump = (pool: Pool, vcpu: number) => (pool.scheduler as Credit).dump(vcpu);

/** How long a vcpu had to wait for a cpu each time it woke up, ns, and the lowest priority it had meanwhile. */
function wakeUps(pool: Pool, vcpu: number, ms: number): { ns: number; priority: number }[] {
  const found = [{ ns: 0, priority: BOOST }];
  watch(
    pool,
    ms,
    () => ({ waits: waits(pool, vcpu), runs: pool.isOnCpu(vcpu), priority: dump(pool, vcpu).priority }),
    ({ waits, runs, priority }, ns) => {
      const last = found.at(-1)!;
      if (waits) found[found.length - 1] = { ns: last.ns + ns, priority: Math.min(last.priority, priority) };
      else if (runs) found.push({ ns: 0, priority: BOOST });
    },
  );
  return found;
}

test('a boosted vcpu that wakes up preempts a hog as soon as the ratelimit lets it', () => {
  // The server sleeps 4.5 ms or more, and so long the hog has had already.
  for (const [ratelimitUs, mostNs] of [
    [0, 0],
    [1_000, 0],
    [10_000, 5_500_000 + SLOP_NS],
  ] as const) {
    const pool = poolOn(1, { ratelimitUs });
    add(pool, {});
    const server = only(pool, add(pool, { workload: SERVER }));
    run(pool, 500);
    const all = wakeUps(pool, server, 5_000);
    const boosted = all.filter(({ priority }) => priority === BOOST);
    // It uses a tenth where its weight gives it half: an accounting finds it in debt or waiting now and then only.
    expect(boosted.length).toBeGreaterThan(0.9 * all.length);
    const waited = Math.max(...boosted.map(({ ns }) => ns));
    expect(waited).toBeLessThanOrEqual(mostNs);
    expect(waited).toBeGreaterThanOrEqual(mostNs / 2);
  }
});

test('the boost lasts until a tick finds the vcpu on a cpu', () => {
  const pool = poolOn(1);
  const vcpu = only(pool, add(pool, {}));
  expect(dump(pool, vcpu).priority).toBe(BOOST);
  run(pool, 9);
  expect(dump(pool, vcpu).priority).toBe(BOOST);
  run(pool, 2);
  expect(dump(pool, vcpu).priority).toBe(UNDER);
});

test('who was held back by its cap, or only moved, is not boosted', () => {
  const pool = poolOn(2);
  const capped = only(pool, add(pool, { cap: 30 }));
  add(pool, { vcpus: 2 });
  run(pool, 100);
  let parked = 0;
  watch(pool, 3_000, () => {
    expect(dump(pool, capped).priority).not.toBe(BOOST);
    if (!pool.vcpus.isRunnable(capped)) parked++;
  });
  expect(parked).toBeGreaterThan(0);
  for (const cpu of [0, 1, 0, 1]) {
    pool.setAffinity(capped, pin(cpu));
    expect(dump(pool, capped).priority).not.toBe(BOOST);
  }
});

test('a parked domain moved to another pool runs there at once', () => {
  const pool = poolOn(1);
  const domain = add(pool, { cap: 10 });
  runUntilSo(pool, () => !pool.vcpus.isRunnable(only(pool, domain)));
  const target = poolOn(1);
  const moved = target.insert(pool.remove(domain));
  expect(cpuOf(target, only(target, moved))).toBe(0);
});

test('a vcpu that hardly runs leaves the active ones and halves what it has', () => {
  const pool = poolOn(1);
  const vcpu = only(pool, add(pool, { workload: { kind: 'duty', burstMs: 12, sleepMs: 400 } }));
  runUntilSo(pool, () => dump(pool, vcpu).isActive);
  runUntilSo(pool, () => !dump(pool, vcpu).isActive);
  const { credit } = dump(pool, vcpu);
  expect(credit).toBeGreaterThan(300 / 2 - 1);
  expect(credit).toBeLessThanOrEqual(600 / 2);
});

test('a yield lets an equal go first, ratelimit or not, and costs a lone vcpu nothing', () => {
  const pool = poolOn(1);
  const pair = [add(pool, {}), add(pool, {})].map((domain) => only(pool, domain));
  run(pool, 500);
  runUntilSo(pool, () => pool.cpus.sinceNs[0] === pool.nowNs);
  const current = running(pool).get(0)!;
  pool.yield(current);
  expect(running(pool).get(0)).toBe(pair.find((vcpu) => vcpu !== current));

  const alone = poolOn(1);
  const vcpu = only(alone, add(alone, {}));
  run(alone, 15);
  alone.yield(vcpu);
  expect(running(alone).get(0)).toBe(vcpu);
});

test('who yields goes behind one of lower priority, once', () => {
  const pool = poolOn(1);
  const rich = only(pool, add(pool, { weight: 2048 }));
  const poor = only(pool, add(pool, {}));
  const priorities = () => [dump(pool, rich).priority, dump(pool, poor).priority];
  runUntilSo(pool, () => pool.isOnCpu(rich) && `${priorities()}` === `${[UNDER, OVER]}`);
  pool.yield(rich);
  expect(pool.isOnCpu(poor)).toBe(true);
  run(pool, 31);
  expect(pool.isOnCpu(rich)).toBe(true);
});

/** Two nodes of two cpus, all busy with pinned hogs. One vcpu waits on each node; then cpu `idle` is let go. */
function twoWaiters(
  { idle, migrationDelayUs = 0 }: { idle: number; migrationDelayUs?: number },
  stays?: number,
) {
  const pool = poolOn({ cpus: 4, nodes: 2 }, { migrationDelayUs });
  const hogs = [0, 1, 2, 3].map((cpu) => add(pool, { hard: [cpu] }));
  const waiters = [1, 2].map((cpu) => only(pool, add(pool, { hard: [cpu] })));
  run(pool, 300);
  runUntilSo(pool, () => waiters.every((vcpu) => waits(pool, vcpu)));
  waiters.forEach((vcpu, i) => {
    if (i !== stays) pool.setAffinity(vcpu, { hard: null, soft: null });
  });
  expect(waiters.every((vcpu) => waits(pool, vcpu))).toBe(true);
  pool.setPaused(hogs[idle]!, true);
  return waiters.map((vcpu) => cpuOf(pool, vcpu));
}

test('a cpu without work steals from its own node first, then from the next', () => {
  expect(twoWaiters({ idle: 0 })).toEqual([0, undefined]);
  expect(twoWaiters({ idle: 3 })).toEqual([undefined, 3]);
  expect(twoWaiters({ idle: 0 }, 0)).toEqual([undefined, 0]);
  expect(twoWaiters({ idle: 3 }, 1)).toEqual([3, undefined]);
});

test('with a migration delay a vcpu that ran lately is left where its cache is', () => {
  expect(twoWaiters({ idle: 0, migrationDelayUs: 100_000 })).toEqual([undefined, undefined]);
});

test('a busy cpu steals only what has strictly higher priority than its own', () => {
  const pool = poolOn(2);
  const pinned = [0, 1].map((cpu) => only(pool, add(pool, { hard: [cpu] })));
  const free = only(pool, add(pool, { weight: 300 }));
  run(pool, 1_000);
  let steals = 0;
  let last = pool.vcpus.where[free]!;
  watch(pool, 60_000, () => {
    const now = pool.vcpus.where[free]!;
    if (now === last) return;
    last = now;
    steals++;
    expect(dump(pool, free).priority).toBeGreaterThan(dump(pool, pinned[now]!).priority);
  });
  expect(steals).toBeGreaterThan(10);
});

test('a soft affinity is preferred and never costs work; a hard one is obeyed', () => {
  const pool = poolOn(4);
  const soft = only(pool, add(pool, { soft: [2] }));
  run(pool, 25);
  expect(cpuOf(pool, soft)).toBe(2);
  const hard = only(pool, add(pool, { hard: [2, 3], soft: [0, 2] }));
  run(pool, 25);
  expect([cpuOf(pool, soft), cpuOf(pool, hard)]).not.toContain(undefined);
  watch(pool, 500, () => expect([2, 3, undefined]).toContain(cpuOf(pool, hard)));
});

test('hogs spread over idle cores before they share one', () => {
  const pool = poolOn({ cpus: 8, threadsPerCore: 2, coresPerSocket: 4 });
  const hogs = [0, 1, 2, 3].map(() => only(pool, add(pool, {})));
  expect(new Set(hogs.map((hog) => pool.cpus.core[pool.vcpus.where[hog]!])).size).toBe(4);
});

test('another socket is chosen only where it is twice as idle', () => {
  const pool = poolOn({ cpus: 8, coresPerSocket: 4 });
  const hogs = [0, 1, 2, 3].map(() => only(pool, add(pool, {})));
  expect(hogs.map((hog) => pool.cpus.socket[pool.vcpus.where[hog]!])).toEqual([0, 0, 0, 1]);
});

test('a hog beside a sibling moves to a core that falls idle', () => {
  const pool = poolOn({ cpus: 4, threadsPerCore: 2 });
  const domains = [0, 1, 2, 3].map((cpu) => add(pool, { soft: [cpu] }));
  run(pool, 100);
  for (const domain of domains) pool.setAffinity(only(pool, domain), { hard: null, soft: null });
  const at = (cpu: number) => domains.find((domain) => cpuOf(pool, only(pool, domain)) === cpu)!;
  const [third, fourth] = [at(2), at(3)];
  const siblings = [only(pool, at(0)), only(pool, at(1))];
  pool.remove(third);
  pool.remove(fourth);
  run(pool, 25);
  const cores = siblings.map((vcpu) => pool.cpus.core[pool.vcpus.where[vcpu]!]);
  expect(new Set(cores).size).toBe(2);
});

test('an idle pool costs no events at all, and the first tick of a busy one falls on a multiple of its period', () => {
  const pool = poolOn(4);
  const domain = add(pool, { workload: { kind: 'idle' } });
  run(pool, 10_000);
  expect(pool.events).toBe(0);
  pool.remove(domain);
  run(pool, 3);
  add(pool, {});
  pool.runFor(Infinity, 1);
  expect(pool.nowNs % (10 * NS_PER_MS)).toBe(SLOP_NS);
});

test('a pool keeps its cpus busy across a change of all of them', () => {
  const pool = poolOn({ cpus: 8, nodes: 2 });
  const domain = add(pool, { vcpus: 3 });
  run(pool, 50);
  pool.setCpus(places({ cpus: 8, nodes: 2 }).slice(4));
  expect([...running(pool).keys()].every((cpu) => cpu >= 4)).toBe(true);
  expect(vcpusOf(pool, domain).every((vcpu) => pool.isOnCpu(vcpu))).toBe(true);
});
