/* Situations of cpuset partitions beside pools and over them: what each kernel answers, and that the law comes back. */
import { release } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Cpu } from '../../interface/index.ts';
import { Foreigner } from '../../xend/testing/foreigner.ts';
import { LabXend } from '../../xend/testing/lab-xend.ts';
import { type Pool, type Reading, readHost } from '../../xend/testing/own-reading.ts';
import { SITUATIONS } from './partition-table/index.ts';
import { answerOn, kernelOf, MEASURED, needsClaims, type Situation } from './partition-table/situation.ts';

const RELEASE = release();
const KERNEL = kernelOf(RELEASE);
/** Emulated cpus, on a machine that may have other things to do. */
const BOUND_MS = 30_000;
/** Hotplug reaches cpusets in the kernel's own time; its own test waits as long. */
const PROPAGATION_MS = 160;
/** Longer than xend leaves anybody alone. */
const LATER_MS = 120_000;
/** Between looks: they cost the guest more than what is looked at. */
const POLL_MS = 100;

const rows = SITUATIONS.filter((one) => KERNEL !== '6.1' || !needsClaims(one)).map(
  (one): [string, Situation] => [`${one.says} (${one.first} > ${one.then})`, one],
);

/** A xend whose pools `a` and `b` have these cpus and a member each. */
class Stand {
  readonly xend: LabXend;
  readonly pools: readonly Pool[];
  readonly foreigner = new Foreigner();

  static async with(a: readonly number[], b: readonly number[]): Promise<Stand> {
    const pools = [
      { name: 'a', directory: 'xm-a', wished: a },
      { name: 'b', directory: 'xm-b', wished: b },
    ];
    const xend = await LabXend.open();
    for (const { name, wished } of pools) {
      await xend.change({ kind: 'pool-create', name, cpus: { list: wished as Cpu[] } });
      await xend.change({ kind: 'domain-create', name: `in-${name}`, pool: name, exec: ['sleep', '100000'] });
    }
    xend.forget();
    return new Stand(xend, pools);
  }

  constructor(xend: LabXend, pools: readonly Pool[]) {
    this.xend = xend;
    this.pools = pools;
  }

  /** The foreigner goes, and everything is as it was. */
  async clear(): Promise<void> {
    this.foreigner.leave();
    this.xend.skip(LATER_MS);
    await this.#comes(async () => {
      const { readings, unaccounted } = readHost(this.pools);
      const wrong = [...this.xend.troubles(), ...unaccounted, ...readings.flatMap(({ faults }) => faults)];
      return wrong.length > 0 ? wrong : this.#misjudged(readings);
    });
    this.xend.forget();
  }

  /** Every pool is healthy, or xend says what is wrong with it, whom it concerns, and why it cannot be mended. */
  isKnown(): Promise<void> {
    return this.#comes(async () => {
      const { readings } = readHost(this.pools);
      const silent = readings.flatMap((reading) => this.#silence(reading));
      return silent.length > 0 ? silent : this.#misjudged(readings);
    });
  }

  async end(): Promise<void> {
    this.foreigner.leave();
    await this.xend.release();
    this.foreigner.end();
  }

  #silence({ pool: { name }, health, faults }: Reading): string[] {
    const troubles = this.xend.troubles();
    const concerns = (what: string) => new RegExp(`^${what}.*; this concerns in-${name} `);
    const isMet = troubles.some((text) => concerns(`${name} `).test(text));
    if (health === 'healthy') return isMet ? [`${name} is healthy, and in trouble: ${troubles}`] : [];
    const isHopeless = this.xend.events.some((event) =>
      concerns(`problem: cannot repair that ${name} `).test(event),
    );
    const isTold = isMet && (isHopeless || health === 'degraded');
    return isTold ? [] : [`${name} is ${health}, and nobody says why: ${faults}`];
  }

  /** Pools that `xm pool-list` calls other than the files show them. */
  async #misjudged(readings: readonly Reading[]): Promise<string[]> {
    const seen = await this.xend.pools();
    return readings.flatMap(({ pool, health, faults }) => {
      const { state, cpus } = seen.find(({ name }) => name === pool.name)!;
      if (state !== health) return [`${pool.name} is ${health}, and called ${state}: ${faults}`];
      const isSo = health !== 'healthy' || `${cpus}` === `${pool.wished}`;
      return isSo ? [] : [`${pool.name} is said to have ${cpus}`];
    });
  }

  async #comes(wrongs: () => Promise<string[]>): Promise<void> {
    const deadline = performance.now() + BOUND_MS;
    let wrong = await wrongs();
    while (wrong.length > 0 && performance.now() < deadline) {
      await pass(POLL_MS);
      wrong = await wrongs();
    }
    if (wrong.length > 0) {
      const now = this.foreigner.answer();
      throw new Error([...wrong, `now ${now}`, ...this.xend.events].join('\n'));
    }
  }
}

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('who writes beside pools leaves them alone', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await Stand.with([6], [7]);
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.end());

  test.each(rows)('%s', async (_, { first, then, answers }) => {
    const { foreigner, xend } = stand;
    foreigner.enter(`${first} ${then}`);
    expect(foreigner.does(first)).toEqual([]);
    const refused = foreigner.does(then);
    const said = () => [foreigner.answer(), ...(refused.length > 0 ? [`refused=${refused}`] : [])].join(' ');
    const expected = answerOn(KERNEL, answers);
    for (let ms = 0; said() !== expected && ms < PROPAGATION_MS; ms += 20) await pass(20);
    const isTheSame = said() === expected;
    if (!isTheSame) console.log(`        @@ ${KERNEL} | ${first} | ${then} | ${said()}`);
    if (MEASURED[KERNEL] === RELEASE && expected !== null) expect(said()).toBe(expected);
    await stand.isKnown();
    expect(xend.events).toEqual([]);
  });
});

describe('who writes over pools has them back or is named', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await Stand.with([2, 3], [5]);
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.end());

  test.each(rows)('%s', async (_, { first, then }) => {
    stand.foreigner.enter(`${first} ${then}`);
    stand.foreigner.does(`${first} ${then}`);
    await stand.isKnown();
  });
});
