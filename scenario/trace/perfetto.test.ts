import { expect, test } from 'vitest';
import { NS_PER_S } from '../../interface/index.ts';
import { run, scenarioOf } from '../testing.ts';
import { cpuTimes, type Decoded, decode } from './decode.ts';
import { PerfettoTrace, pidOf } from './perfetto.ts';

/** A file in memory. */
class Bytes {
  readonly #chunks: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
  }

  get all(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

async function traced(scenario: object) {
  const file = new Bytes();
  const { cpus } = scenarioOf(scenario).topology;
  const result = await run(scenario, { sinks: [new PerfettoTrace(cpus.length, file)] });
  return { result, bytes: file.all, trace: decode(file.all) };
}

const LIVELY = {
  pools: [
    { name: 'p1', cpus: '4-5', params: { timesliceMs: 5 } },
    { name: 'p2', cpus: '6-7' },
  ],
  domains: [
    { name: 'A', pool: 'p1', vcpus: 2, cap: 70 },
    { name: 'B', pool: 'p1', vcpus: 3, weight: 512, workload: { kind: 'bursty', runMs: 2, sleepMs: 3 } },
    { name: 'C', pool: 'p2', vcpus: 2, workload: { kind: 'io', runMs: 1, sleepMs: 4, jitterPercent: 50 } },
    { name: 'D', pool: 'p2', vcpus: 3 },
  ],
  actions: [
    { atS: 2, do: 'pool-migrate B p2' },
    { atS: 3, do: 'pool-modify p1 cpu=4' },
    { atS: 3, do: 'pool-modify p2 cpu=5,6,7' },
    { atS: 4, do: 'pause D' },
    { atS: 5, do: 'unpause D' },
    { atS: 6, do: 'rename C server' },
    { atS: 7, do: 'destroy A' },
    { atS: 7, do: 'pool-destroy p1' },
    { atS: 8, do: 'create name=E pool=p2 vcpus=2' },
  ],
  settleS: 0.25,
  seconds: 9.5,
  repeats: 2,
};
const lively = traced(LIVELY);

test('the times of each vcpu are those of the result, to the nanosecond', async () => {
  const { result, trace } = await lively;
  const windows = result.windows.filter(({ repeat }) => repeat === 1);
  expect(windows.length).toBe(8);
  for (const { fromS, toS, domains } of windows) {
    const times = cpuTimes(trace, Math.round(fromS * NS_PER_S), Math.round(toS * NS_PER_S));
    for (const [name, share] of Object.entries(domains)) {
      const pid = pidNamed(trace, name);
      const ns = Array.from({ length: share.vcpus }, (_, vcpu) => times.get(pid + vcpu) ?? 0);
      const percent = ns.map((one) => Number(((100 * one) / ((toS - fromS) * NS_PER_S)).toFixed(3)));
      expect(percent, name).toEqual(share.vcpuSharePercent);
      const total = ns.reduce((sum, one) => sum + one, 0);
      expect(Number((total / NS_PER_S).toFixed(6)), name).toBe(share.cpuSeconds);
    }
  }
});

/** The last to have the name: C has become server. */
const pidNamed = ({ processes }: Decoded, name: string) => {
  const renamed = name === 'C' ? 'server' : name;
  return [...processes].find(([, known]) => known === renamed)![0];
};

test('a domain is a process, its vcpus are its threads, and the first has its number', async () => {
  const { processes, threads } = (await lively).trace;
  expect([...processes.values()].sort()).toEqual(['A', 'B', 'D', 'E', 'server']);
  for (const [pid, name] of processes) {
    expect(pid).toBeGreaterThan(0);
    expect(threads.get(pid)).toEqual({ tgid: pid, name: `${name}/0` });
    expect(threads.get(pid + 1)).toEqual({ tgid: pid, name: `${name}/1` });
  }
  expect(threads.size).toBe(2 + 3 + 2 + 3 + 2);
});

test('on each cpu whoever comes is the one that goes next, in the order of time, and at the end all are gone', async () => {
  const { switches } = (await lively).trace;
  const cpus = new Map<number, { atNs: number; pid: number }>();
  for (const { cpu, atNs, pid, prevPid, nextPid, prevState } of switches) {
    const last = cpus.get(cpu) ?? { atNs: 0, pid: 0 };
    expect(prevPid).toBe(last.pid);
    expect(pid).toBe(prevPid);
    expect(atNs).toBeGreaterThanOrEqual(last.atNs);
    expect([0, 1, 2, 4]).toContain(prevState);
    cpus.set(cpu, { atNs, pid: nextPid });
  }
  expect([...cpus.keys()].sort()).toEqual([4, 5, 6, 7]);
  expect([...cpus.values()].map(({ pid }) => pid)).toEqual([0, 0, 0, 0]);
});

test('a vcpu that is woken does not run, and runs later', async () => {
  const { switches, wakings, processes } = (await lively).trace;
  const io = [...processes].find(([, name]) => name === 'server')![0];
  const ofIo = switches
    .filter(({ prevPid, nextPid }) => prevPid === io || nextPid === io)
    .sort((a, b) => a.atNs - b.atNs);
  const mine = wakings.filter(({ woken }) => woken === io);
  expect(mine.length).toBeGreaterThan(1000);
  for (const { atNs, cpu, targetCpu } of mine.slice(0, 500)) {
    expect(targetCpu).toBe(cpu);
    expect(ofIo.findLast((one) => one.atNs < atNs)?.nextPid).not.toBe(io);
    expect(ofIo.find((one) => one.atNs >= atNs)?.nextPid).toBe(io);
  }
});

test('the actions stand on a track of their own', async () => {
  const { instants, tracks } = (await lively).trace;
  expect(instants.map(({ atNs, name }) => [atNs / NS_PER_S, name])).toEqual(
    LIVELY.actions.map(({ atS, do: words }) => [atS, words]),
  );
  expect(new Set(instants.map(({ track }) => tracks.get(track)))).toEqual(new Set(['actions']));
});

test('a vcpu is called by its domain, in at most the 15 bytes that the kernel has, its number among them', async () => {
  const names = ['A', 'a-very-long-name-indeed', 'äöüäöüäöüäöü'];
  const domains = names.map((name) => ({ name, pool: 'p', vcpus: 12 }));
  const { trace } = await traced({ pools: [{ name: 'p', ncpu: 3 }], domains, settleS: 0, seconds: 3 });
  const comms = new Set(trace.switches.map(({ nextComm }) => nextComm));
  expect([...comms].filter((comm) => comm.endsWith('/11')).sort()).toEqual([
    'A/11',
    'a-very-long-/11',
    'äöüäöü/11',
  ]);
  expect(trace.threads.get(pidOf(2, 11))?.name).toBe('a-very-long-name-indeed/11');
  expect(comms).toContain('swapper');
});

test('times are exact for as long as a run may be', () => {
  // Of a machine that has been up for ten days: 50 bits.
  const file = new Bytes();
  const trace = new PerfettoTrace(200, file);
  const nowNs = 864_000 * NS_PER_S - 1;
  const records = {
    count: 2,
    // In the second number the thread counts 2^15, the cpu 8; 4: woken.
    records: Float64Array.of(nowNs, 2 ** 15 + 150 * 8, 12_345, 2 ** 15 + 3 * 8 + 4),
    threads: [{ domain: 32_000, vcpu: 511 }],
  };
  trace.took(records);
  trace.ended(nowNs + 1);
  const { switches, wakings } = decode(file.all);
  const pid = pidOf(32_000, 511);
  expect(switches.map(({ cpu, atNs, prevPid, nextPid }) => [cpu, atNs, prevPid, nextPid])).toEqual([
    [150, nowNs, 0, pid],
    [150, nowNs + 1, pid, 0],
  ]);
  expect(wakings).toEqual([{ cpu: 3, atNs: 12_345, pid: 0, woken: pid, targetCpu: 3 }]);
});

test('the same run gives the same bytes', async () => {
  const { bytes } = await traced(LIVELY);
  expect(Buffer.compare(bytes, (await lively).bytes)).toBe(0);
});
