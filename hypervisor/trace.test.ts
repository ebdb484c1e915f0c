import { expect, test } from 'vitest';
import type { DomainSpec } from '../interface/host.ts';
import { regularTopology } from '../interface/topology.ts';
import { domainId, NS_PER_MS, NS_PER_S } from '../interface/words.ts';
import { CPU_HOG, type Workload } from '../interface/workload.ts';
import { Machine } from './machine.ts';
import {
  BLOCKED,
  CAPPED,
  cpuOf,
  IDLE_THREAD,
  kindOf,
  PREEMPTED,
  STOPPED,
  Trace,
  threadOf,
  WOKEN,
} from './trace.ts';

const SERVER: Workload = { kind: 'io', runMs: 1, sleepMs: 4, jitterPercent: 50 };
const FREE = { hard: null, soft: null };

function guest(id: number, pool: string, workload: Workload, cap = 0): DomainSpec {
  return {
    id: domainId(id),
    name: `d${id}`,
    pool,
    vcpus: 2,
    scheduling: { weight: 256, cap, affinity: [FREE, FREE] },
    memory: [],
    paused: false,
    workload,
  };
}

/** Two pools of two cpus, a server and a hog in each. */
function machine(trace?: Trace, pools?: ReadonlySet<string>): Machine {
  const made = new Machine(regularTopology({ cpus: 5 }), 1, Infinity, {
    ...(trace && { trace }),
    ...(pools && { pools }),
  });
  for (const [pool, first] of [
    ['p', 1],
    ['q', 3],
  ] as const) {
    made.createPool(pool, 'credit', 0);
    for (const cpu of [first, first + 1]) made.moveCpu(made.topology.cpus[cpu]!.cpu, pool, 0);
    made.createDomain(guest(first, pool, SERVER), 0);
    made.createDomain(guest(first + 1, pool, CPU_HOG), 0);
  }
  return made;
}

const codes = ({ records, count }: Trace) => Array.from({ length: count }, (_, i) => records[2 * i + 1]!);

/** Cpu time by domain and vcpu, from the records alone. */
class Reckoning {
  readonly ns = new Map<string, number>();
  readonly #current = new Map<number, { thread: number; sinceNs: number }>();

  take(trace: Trace): void {
    for (let i = 0; i < trace.count; i++) {
      const atNs = trace.records[2 * i]!;
      const code = trace.records[2 * i + 1]!;
      if (kindOf(code) === WOKEN) continue;
      this.#leave(trace, cpuOf(code), atNs);
      this.#current.set(cpuOf(code), { thread: threadOf(code), sinceNs: atNs });
    }
  }

  end(trace: Trace, nowNs: number): void {
    for (const cpu of this.#current.keys()) this.#leave(trace, cpu, nowNs);
  }

  #leave(trace: Trace, cpu: number, nowNs: number): void {
    const { thread = IDLE_THREAD, sinceNs = 0 } = this.#current.get(cpu) ?? {};
    expect(sinceNs).toBeLessThanOrEqual(nowNs);
    if (thread === IDLE_THREAD) return;
    const { domain, vcpu } = trace.threads[thread]!;
    const key = `${domain}/${vcpu}`;
    this.ns.set(key, (this.ns.get(key) ?? 0) + nowNs - sinceNs);
  }
}

/** What happens to the machine while it runs: each a second after the one before. */
const CHANGES: readonly ((m: Machine, nowNs: number) => unknown)[] = [
  (m, now) =>
    m.moveDomain(
      domainId(2),
      'q',
      { weight: 256, cap: 60, affinity: [FREE, { hard: [4 as never], soft: null }] },
      now,
    ),
  (m, now) => m.moveCpu(m.topology.cpus[2]!.cpu, 'q', now),
  (m, now) => m.setPaused(domainId(4), true, now),
  (m, now) => m.destroyDomain(domainId(3), now),
  (m, now) => m.createDomain(guest(7, 'q', SERVER), now),
  (m, now) => m.setPaused(domainId(4), false, now),
];

function used(m: Machine, nowNs: number): Map<string, number> {
  return new Map(
    m
      .domains()
      .flatMap((domain) =>
        m
          .cpuTimes(domain, nowNs)
          .flatMap((ns, vcpu) => (ns === 0 ? [] : [[`${domain.id}/${vcpu}`, ns] as const])),
      ),
  );
}

test('the records account for every nanosecond of every vcpu, wherever it moves', () => {
  const trace = new Trace();
  const m = machine(trace);
  const reckoning = new Reckoning();
  const gone = new Map<string, number>();
  for (const [n, change] of CHANGES.entries()) {
    for (let ms = 0; ms < 1000; ms += 50) {
      m.advance(n * NS_PER_S + ms * NS_PER_MS);
      reckoning.take(trace);
      trace.clear();
    }
    const nowNs = (n + 1) * NS_PER_S;
    m.advance(nowNs);
    for (const [key, ns] of used(m, nowNs)) gone.set(key, ns);
    change(m, nowNs);
    reckoning.take(trace);
    trace.clear();
  }
  const endNs = (CHANGES.length + 1) * NS_PER_S;
  m.advance(endNs);
  reckoning.take(trace);
  reckoning.end(trace, endNs);
  // Of a domain that was destroyed, what it had then.
  const expected = new Map([...gone, ...used(m, endNs)]);
  expect(Object.fromEntries(reckoning.ns)).toEqual(Object.fromEntries(expected));
  expect(reckoning.ns.size).toBe(10);
});

test('a run that is traced is the run that is not', () => {
  const [plain, traced] = [machine(), machine(new Trace())];
  for (const [n, change] of CHANGES.entries())
    for (const m of [plain, traced]) {
      m.advance((n + 1) * NS_PER_S);
      change(m, (n + 1) * NS_PER_S);
    }
  const endNs = (CHANGES.length + 1) * NS_PER_S;
  expect(used(traced, endNs)).toEqual(used(plain, endNs));
  expect(traced.events()).toBe(plain.events());
});

test('time stands still in pools that do not matter, and is the same in the others', () => {
  const all = machine();
  const one = machine(undefined, new Set(['q']));
  // What is done to p alone is done there too, without any time having passed.
  for (const m of [all, one]) {
    m.setPaused(domainId(1), true, NS_PER_S);
    m.setScheduling(domainId(3), { weight: 700, cap: 0, affinity: [FREE, FREE] }, NS_PER_S);
  }
  const endNs = 2 * NS_PER_S;
  const ofQ = (m: Machine) => new Map([...used(m, endNs)].filter(([key]) => /^[34]/.test(key)));
  expect(ofQ(one)).toEqual(ofQ(all));
  expect(ofQ(one).size).toBe(4);
  expect([...used(one, endNs).keys()].filter((key) => /^[12]/.test(key))).toEqual([]);
});

test('a record says why a vcpu has left its cpu, and that one was woken', () => {
  const trace = new Trace();
  const m = machine(trace);
  m.moveDomain(domainId(1), 'q', { weight: 256, cap: 0, affinity: [FREE, FREE] }, 0);
  m.setScheduling(domainId(4), { weight: 256, cap: 50, affinity: [FREE, FREE] }, 0);
  m.advance(NS_PER_S);
  m.setPaused(domainId(4), true, NS_PER_S);
  m.setPaused(domainId(3), true, NS_PER_S);
  m.setPaused(domainId(1), true, NS_PER_S);
  const kinds = new Set(codes(trace).map(kindOf));
  expect([...kinds].sort()).toEqual([PREEMPTED, BLOCKED, CAPPED, STOPPED, WOKEN]);
});

test('who was woken waits where he runs next, unless another cpu takes him', () => {
  const trace = new Trace();
  const m = machine(trace);
  m.advance(NS_PER_S);
  let woken = 0;
  let followed = 0;
  const all = codes(trace);
  for (const [i, code] of all.entries()) {
    if (kindOf(code) !== WOKEN) continue;
    woken++;
    const next = all.slice(i + 1, i + 500).find((one) => threadOf(one) === threadOf(code));
    if (next !== undefined && cpuOf(next) === cpuOf(code)) followed++;
  }
  expect(woken).toBeGreaterThan(300);
  expect(followed / woken).toBeGreaterThan(0.8);
});

test('room that was once needed is kept: a stretch like the last allocates nothing', () => {
  const trace = new Trace();
  const m = machine(trace);
  m.advance(10 * NS_PER_S);
  expect(trace.count).toBeGreaterThan(4096);
  const { records } = trace;
  trace.clear();
  m.advance(15 * NS_PER_S);
  expect(trace.records).toBe(records);
  expect(trace.count).toBeGreaterThan(1000);
});
