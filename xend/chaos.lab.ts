/*
 * Any changes by xend while somebody else writes whatever he likes in the same cgroup tree and takes cpus away: at every
 * quiet moment the law holds or the trouble is told, and when he is gone everything is as it was defined.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { expect, test } from 'vitest';
import { type ChangeRequest, type Cpu, formatCpuList } from '../interface/index.ts';
import { kernelOf } from '../libxc/linux/partition-table/situation.ts';
import { Foreigner, ROOT, write } from './testing/foreigner.ts';
import { wholeHost, wholeHostWhen } from './testing/host-snapshot.ts';
import { LabXend } from './testing/lab-xend.ts';
import { type Pool, type Reading, readHost } from './testing/own-reading.ts';
import { Random } from './testing/random.ts';

const STEPS = Number(process.env.LAB_STEPS ?? 1000);
const SEED = Number(process.env.LAB_SEED ?? Date.now() % 1_000_000_000);
const LIMIT_MS = 1_500_000;
/** So many steps, then a quiet moment; and after so many of those the foreigner goes for a while. */
const BETWEEN_QUIET = 10;
const BETWEEN_PEACE = 5;
const BOUND_MS = 30_000;
const POLL_MS = 100;
/** Longer than xend leaves anybody alone. */
const LATER_MS = 120_000;

const SLEEP = ['sleep', '100000'];
const CPUS = [1, 2, 3, 4, 5, 6, 7];
const POOLS = ['p1', 'p2', 'p3'];
const DOMAINS = ['d1', 'd2', 'd3', 'd4'];
/** What is adopted: it runs before and afterwards, where it was. */
const ADOPTED = 'g1';
const HOME = `${ROOT}/chaos-home`;
const PLACES = ['top', 'mid', 'low', 'side'];
const TREE = PLACES.map((name) => `${name}:none`).join(' ');

/** Something that xend is asked for. */
function change(random: Random, resident: number): ChangeRequest {
  const pool = random.of(POOLS);
  const domain = random.of([...DOMAINS, ADOPTED]);
  const cpus = random.of([{ count: 1 + random.number(3) }, { list: random.some(CPUS, 3) as Cpu[] }]);
  const kinds: (() => ChangeRequest)[] = [
    () => ({ kind: 'pool-create', name: pool, cpus }),
    () => ({ kind: 'pool-create', name: pool, cpus }),
    () => ({ kind: 'pool-modify', pool, cpus }),
    () => ({ kind: 'pool-modify', pool, cpus }),
    () => ({ kind: 'pool-modify', pool, nodes: random.of([null, [0], [1]]) as never }),
    () => ({ kind: 'pool-destroy', pool }),
    () => ({ kind: 'domain-create', name: random.of(DOMAINS), pool, exec: SLEEP }),
    () => ({ kind: 'domain-create', name: random.of(DOMAINS), pool, exec: SLEEP, paused: true }),
    () => ({ kind: 'domain-destroy', domain: random.of(DOMAINS) }),
    () => ({ kind: 'domain-create', name: ADOPTED, pool, adopt: { pid: resident } }),
    () => ({ kind: 'domain-release', domain: ADOPTED }),
    () => ({ kind: 'domain-modify', domain, pool: random.of([...POOLS, 'pool0']) }),
    () => ({ kind: 'domain-modify', domain, weight: 1 + random.number(1000), cap: random.of([0, 50]) }),
    () => ({ kind: 'domain-modify', domain, paused: random.of([true, false]) }),
    () => ({
      kind: 'domain-modify',
      domain,
      pin: { vcpu: 'all', hard: random.of([null, random.some(CPUS, 4) as Cpu[]]) },
    }),
    () => ({ kind: 'cpu-modify', cpu: random.of(CPUS), online: random.of([true, true, false]) }),
  ];
  return random.of(kinds)();
}

/** Something that somebody else does, in words of the foreigner's; or a file of ours and what he writes there. */
function vandalism(random: Random): string | [file: string, value: string] {
  const list = random.some(CPUS, 4).join(',');
  const state = random.of(['root', 'isolated', 'member']);
  const here = random.of([random.of(POOLS), random.of(POOLS), 'pool0']);
  const member = membersOf(here).map((child) => `xm-${here}/${child}`)[0];
  const kinds: (() => string | [string, string])[] = [
    () => `${random.of(PLACES)}:${list}`,
    () => `${random.of(PLACES)}:${list}`,
    () => `${random.of(PLACES)}:x${list}`,
    () => `${random.of(PLACES)}:${state}`,
    () => `${random.of(PLACES)}:${state}`,
    () => `${random.of(PLACES)}:${random.of(['none', 'xnone', 'task'])}`,
    () => `cpu${random.of(CPUS)}:${random.of(['off', 'on', 'on'])}`,
    () => [`xm-${here}/cpuset.cpus.partition`, state],
    () => [`xm-${here}/cpuset.cpus`, list],
    () => [`xm-${here}/cpuset.cpus.exclusive`, list],
    () => [`xm-${here}/cgroup.subtree_control`, random.of(['-cpu', '-cpuset', '-cpuset -cpu'])],
    () => [`${member}/cpuset.cpus`, list],
    () => [`${member}/cpu.weight`, `${1 + random.number(1000)}`],
    () => [`${member}/cpu.max`, '20000 100000'],
    () => [`${member}/cgroup.freeze`, random.of(['0', '1'])],
    () => [`${random.of(['', 'tree-side/', 'tree-top/'])}cgroup.procs`, firstProcessIn(member)],
  ];
  return random.of(kinds)();
}

const membersOf = (pool: string) =>
  existsSync(`${ROOT}/xm-${pool}`)
    ? readdirSync(`${ROOT}/xm-${pool}`).filter((child) => child.startsWith('dom-'))
    : [];

const firstProcessIn = (directory: string | undefined) =>
  textOf(`${directory}/cgroup.procs`).split('\n', 1)[0]!;

/** Nothing where there is no such file. */
function textOf(file: string): string {
  try {
    return readFileSync(`${ROOT}/${file}`, 'utf8').trim();
  } catch {
    return '';
  }
}

class Chaos {
  readonly random = new Random(SEED);
  readonly #resident: number;
  readonly foreigner = new Foreigner();
  readonly xend: LabXend;
  /** What was done, the last last. */
  readonly done: string[] = [];
  readonly count = new Map<string, number>();
  /** How long what took, in ms. */
  readonly took = new Map<string, number>();

  constructor(xend: LabXend, resident: number) {
    this.xend = xend;
    this.#resident = resident;
  }

  async step(): Promise<void> {
    if (this.random.number(2) === 0) {
      const request = change(this.random, this.#resident);
      const outcome = await this.xend.service.change(request);
      this.#tell(JSON.stringify(request), outcome.ok ? 'done' : outcome.refusal.code);
      return;
    }
    const deed = vandalism(this.random);
    if (typeof deed === 'string')
      this.#tell(deed, this.foreigner.does(deed).length === 0 ? 'written' : 'not written');
    else this.#tell(deed.join(' < '), write(...deed) === null ? 'written' : 'not written');
  }

  /** Every pool is well, or xend says what is wrong and why it stays so. */
  quiet(): Promise<void> {
    this.xend.skip(LATER_MS);
    return this.#comes(async () => {
      const { readings } = readHost(this.#pools());
      const silent = readings.flatMap((reading) => this.#silence(reading));
      return silent.length > 0 ? silent : this.#misjudged(readings);
    });
  }

  /** The foreigner goes, cpus come back, and everything is well. */
  async peace(): Promise<void> {
    this.foreigner.leave();
    this.#ownCpusBack();
    this.xend.skip(LATER_MS);
    await this.#comes(async () => {
      const { readings, unaccounted } = readHost(this.#pools());
      const wrong = [
        ...this.xend.troubles(),
        ...unaccounted,
        ...readings.flatMap(({ faults }) => faults),
        ...this.#othersThanDefined(),
      ];
      if (wrong.length > 0) return wrong;
      const { problems } = await this.xend.see();
      return problems.length > 0 ? [...problems] : this.#misjudged(readings);
    });
    this.xend.forget();
  }

  /** Whoever switches a cpu himself is left alone with it: as he goes, all are as they were defined. */
  #ownCpusBack(): void {
    const { offline } = this.xend.definitions;
    for (const cpu of CPUS)
      write(`/sys/devices/system/cpu/cpu${cpu}/online`, offline.has(cpu as Cpu) ? '0' : '1');
  }

  /** What was defined, by what xend itself has written down. */
  #pools(): Pool[] {
    const { owners, pools, offline } = this.xend.definitions;
    return [...pools.keys()].flatMap((name) => {
      const wished = [...owners]
        .filter(([cpu, pool]) => pool === name && !offline.has(cpu))
        .map(([cpu]) => cpu);
      const directory = `xm-${name}`;
      return name === 'pool0' || wished.length === 0
        ? []
        : [{ name, directory, wished: wished.sort((a, b) => a - b) }];
    });
  }

  /** Settings of domains that are not what they were given. */
  #othersThanDefined(): string[] {
    return [...this.xend.definitions.domains.values()].flatMap(({ id, pool, vcpus, scheduling, paused }) => {
      const directory = `xm-${pool}/dom-${id}`;
      const { weight, cap, affinity } = scheduling;
      const expected = {
        'cpu.weight': `${Math.max(1, Math.round((vcpus * weight * 100) / 256))}`,
        'cpu.max': cap > 0 ? `${cap * 100} 10000` : `${vcpus * 100000} 100000`,
        'cpuset.cpus': formatCpuList(affinity[0]!.hard ?? []),
        'cgroup.freeze': paused ? '1' : '0',
      };
      return Object.entries(expected).flatMap(([file, value]) => {
        // A list that processes were under cannot be cleared.
        const found = textOf(`${directory}/${file}`).replace(/^0-7$/, '');
        return found === value ? [] : [`${file} of domain ${id} is ${found}, not ${value}`];
      });
    });
  }

  #silence({ pool: { name }, health, faults }: Reading): string[] {
    if (health === 'healthy') return [];
    const isMet = this.xend.troubles().some((text) => text.startsWith(`${name} `));
    return isMet ? [] : [`${name} is ${health}, and nobody says so: ${faults}`];
  }

  async #misjudged(readings: readonly Reading[]): Promise<string[]> {
    const seen = await this.xend.pools();
    return readings.flatMap(({ pool, health, faults }) => {
      const view = seen.find(({ name }) => name === pool.name);
      return view?.state === health
        ? []
        : [`${pool.name} is ${health}, and called ${view?.state}: ${faults}`];
    });
  }

  async #comes(wrongs: () => Promise<string[]>): Promise<void> {
    const deadline = performance.now() + BOUND_MS;
    let wrong = await wrongs();
    while (wrong.length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      wrong = await wrongs();
    }
    if (wrong.length === 0) return;
    const { events, mendings } = this.xend;
    const parts = [wrong, this.done.slice(-30), events.slice(-20), mendings.slice(-10)];
    throw new Error(parts.map((lines) => lines.join('\n')).join('\n\n'));
  }

  async timed(what: string, work: Promise<void>): Promise<void> {
    const begun = performance.now();
    await work;
    this.took.set(what, (this.took.get(what) ?? 0) + performance.now() - begun);
  }

  #tell(what: string, how: string): void {
    this.done.push(`${what}: ${how}`);
    this.count.set(how, (this.count.get(how) ?? 0) + 1);
  }
}

/** A process in a cgroup of its own. */
function settleIn(home: string): ChildProcess {
  mkdirSync(home);
  const child = spawn('sleep', ['100001'], { stdio: 'ignore' });
  writeFileSync(`${home}/cgroup.procs`, `${child.pid}`);
  return child;
}

test(
  'whatever is asked of xend and whatever others do to it, the law holds or the trouble is told',
  async () => {
    const kernel = kernelOf(release());
    console.log(`        LAB_SEED=${SEED} LAB_STEPS=${STEPS} npm run test:linux ${kernel} xend/chaos.lab.ts`);
    const resident = settleIn(HOME);
    const before = wholeHost();
    const chaos = new Chaos(await LabXend.open(), resident.pid!);
    const { foreigner, xend } = chaos;
    for (let n = 1; n <= STEPS; n++) {
      if (n % (BETWEEN_QUIET * BETWEEN_PEACE) === 1) foreigner.enter(TREE);
      await chaos.timed('steps', chaos.step());
      if (n % BETWEEN_QUIET === 0) await chaos.timed('quiet', chaos.quiet());
      if (n % (BETWEEN_QUIET * BETWEEN_PEACE) === 0) await chaos.timed('peace', chaos.peace());
    }
    await chaos.peace();
    console.log(`        ${[...chaos.count].map(([how, many]) => `${many} ${how}`).join(', ')}`);
    console.log(
      `        ${[...chaos.took].map(([what, ms]) => `${what} ${Math.round(ms / 1000)} s`).join(', ')}`,
    );
    foreigner.leave();
    for (const cpu of [...xend.definitions.offline])
      await xend.change({ kind: 'cpu-modify', cpu, online: true });
    await xend.release();
    foreigner.end();
    expect(await wholeHostWhen(before)).toEqual(before);
    resident.kill('SIGKILL');
    await new Promise((resolve) => resident.once('exit', resolve));
    rmdirSync(HOME);
  },
  LIMIT_MS,
);
