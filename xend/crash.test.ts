import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ChangeRequest,
  type Cpu,
  describeStep,
  type HostState,
  type PlannedStep,
  regularTopology,
} from '../interface/index.ts';
import { compare } from './compare.ts';
import { Events } from './events.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { Observer } from './observer.ts';
import { lawViolations } from './planning/law.ts';
import { applyToModel } from './planning/model.ts';
import { plan } from './planning/plan.ts';
import { PoolService } from './pool-service.ts';
import { recover } from './recovery.ts';
import { MemoryFile, type WriteFate } from './testing/memory-file.ts';
import { type Fate, ModelHost } from './testing/model-host.ts';

/**
 * Any sequence of changes, with a mishap anywhere: a step that fails, is cut off before or after its effect, a write
 * that is torn at any byte. Whatever happened, the law holds, every change was done whole or not at all, and what is
 * defined is what the host has.
 */
const RUNS = Number(process.env.CRASH_RUNS ?? 2000);

const { CRASH_SEED, CRASH_PATH } = process.env;
const REPEATED = CRASH_SEED ? { seed: Number(CRASH_SEED), path: CRASH_PATH ?? '' } : {};

const TOPOLOGY = regularTopology({ cpus: 8, nodes: 2, memoryMib: 8192 });

/** The nth step, or the nth write, of the change (and of the recovery after it) goes wrong so. */
type Mishap =
  | { readonly at: 'step'; readonly nth: number; readonly fate: Exclude<Fate, null> }
  | { readonly at: 'write'; readonly nth: number; readonly fate: WriteFate };

interface Act {
  readonly request: ChangeRequest;
  readonly mishaps: readonly Mishap[];
  /** How much survives a crash of what was not waited for. */
  readonly unsynced: number;
}

const poolName = fc.constantFrom('p1', 'p2', 'p3');
const domainName = fc.constantFrom('A', 'B', 'C');
const aCpu = fc.nat({ max: 8 }).map((n) => n as Cpu);
const cpus = fc.oneof(
  fc.integer({ min: 1, max: 5 }).map((count) => ({ count })),
  fc.uniqueArray(aCpu, { minLength: 1, maxLength: 4 }).map((list) => ({ list })),
);
const nodes = fc.constantFrom<number[][]>([0], [1], [0, 1]);
const params = fc.record({ timesliceMs: fc.integer({ min: 1, max: 50 }) });

const request = fc.oneof(
  fc.record(
    { kind: fc.constant('pool-create'), name: poolName, cpus, nodes, params },
    { requiredKeys: ['kind', 'name', 'cpus'] },
  ),
  fc.record(
    {
      kind: fc.constant('pool-modify'),
      pool: poolName,
      name: poolName,
      cpus,
      nodes: fc.option(nodes),
      params,
    },
    { requiredKeys: ['kind', 'pool'] },
  ),
  fc.record({ kind: fc.constant('pool-destroy'), pool: poolName }),
  fc.record(
    {
      kind: fc.constant('domain-create'),
      name: domainName,
      pool: poolName,
      vcpus: fc.integer({ min: 1, max: 3 }),
      memoryMib: fc.constantFrom(100, 3000),
      otherKeys: fc.constant({ vif: ['bridge=x'] }),
    },
    { requiredKeys: ['kind', 'name'] },
  ),
  fc.record(
    {
      kind: fc.constant('domain-modify'),
      domain: domainName,
      name: domainName,
      pool: fc.oneof(poolName, fc.constant('pool0')),
      weight: fc.integer({ min: 1, max: 1000 }),
      paused: fc.boolean(),
      pin: fc.record({
        vcpu: fc.constant('all'),
        hard: fc.uniqueArray(aCpu, { minLength: 1, maxLength: 4 }),
      }),
    },
    { requiredKeys: ['kind', 'domain'] },
  ),
  fc.record({ kind: fc.constant('domain-destroy'), domain: domainName }),
  fc.record({ kind: fc.constant('cpu-modify'), cpu: aCpu, online: fc.boolean() }),
) as fc.Arbitrary<ChangeRequest>;

const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  fc.record({
    at: fc.constant('step' as const),
    nth: fc.nat({ max: 6 }),
    fate: fc.constantFrom(
      'crash-before' as const,
      'crash-after' as const,
      'refuse' as const,
      'throw' as const,
    ),
  }),
  fc.record({
    at: fc.constant('write' as const),
    nth: fc.nat({ max: 3 }),
    fate: fc.record({
      kind: fc.constantFrom('crash' as const, 'full' as const),
      bytes: fc.nat({ max: 900 }),
    }),
  }),
);

/** Two mishaps at most, and a failing step once: one that cannot be taken back either has a test of its own. */
const mishaps = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  fc.tuple(mishap).map((one) => [...one]),
  fc.tuple(mishap, mishap.filter(isCrash)).map((two) => [...two]),
);

const act: fc.Arbitrary<Act> = fc.record({ request, mishaps, unsynced: fc.nat({ max: 100 }) });

function tellHowToRepeat(run: fc.RunDetails<[Act[]]>): void {
  if (!run.failed) return;
  const command = `CRASH_SEED=${run.seed} CRASH_PATH=${run.counterexamplePath} npx vitest run xend/crash.test.ts`;
  throw new Error(`${fc.defaultReportMessage(run)}\n\nrepeat with: ${command}`, { cause: run.errorInstance });
}

/** One life of a xend on a host: dies with the first crash that befalls it. */
class Life {
  readonly host: ModelHost;
  readonly file: MemoryFile;
  readonly died: Promise<'died'>;
  service!: PoolService;
  ledger!: Ledger;
  #die!: () => void;

  constructor(host: ModelHost, file: MemoryFile) {
    this.host = host;
    this.file = file;
    this.died = new Promise((resolve) => {
      this.#die = () => resolve('died');
    });
  }

  /** Counts steps and writes from here, and lets the mishaps happen. */
  arm(mishaps: readonly Mishap[]): void {
    let [steps, writes] = [0, 0];
    this.host.fate = () => {
      const n = steps++;
      return this.#suffer(mishaps.find((one) => one.at === 'step' && one.nth === n)) as Fate;
    };
    this.file.fate = () => {
      const n = writes++;
      return this.#suffer(mishaps.find((one) => one.at === 'write' && one.nth === n)) as WriteFate | null;
    };
  }

  #suffer(mishap: Mishap | undefined): Mishap['fate'] | null {
    if (mishap === undefined) return null;
    if (isCrash(mishap)) this.#die();
    return mishap.fate;
  }

  /** Starts; false when it died over it, or was refused for a full disk. */
  async start(): Promise<boolean> {
    const start = (async () => {
      const ledger = await openLedger(this.file);
      if (!ledger.ok) return 'refused';
      const recovered = await recover(this.host, ledger.value);
      if (!recovered.ok) return 'refused';
      const description = await this.host.describe();
      const about = { uri: 'model:', xendVersion: '0' };
      const observer = new Observer(this.host, description, ledger.value.definitions, about, 1);
      const events = new Events(1, () => new Date(0));
      this.ledger = ledger.value;
      this.service = new PoolService(this.host, ledger.value, observer, events);
      return 'started';
    })();
    return (await Promise.race([start, this.died])) === 'started';
  }
}

async function play(acts: readonly Act[], losesHost: boolean): Promise<void> {
  let life = new Life(new ModelHost(TOPOLOGY, !losesHost), new MemoryFile());
  expect(await life.start()).toBe(true);
  for (const { request, mishaps, unsynced } of acts) {
    const before = life.host.state;
    const whole = after(before, life, request);
    life.arm(mishaps);
    const answer = await Promise.race([life.service.change(request), life.died]);
    if (answer === 'died') life = await reborn(life, mishaps, unsynced, losesHost);

    life.arm([]);
    const expected = answer === 'died' ? [before, whole] : [answer.ok ? whole : before];
    expect(expected.map(essence)).toContainEqual(essence(life.host.state));
    expect(lawViolations(life.host.state)).toEqual([]);
    expect(compare(life.ledger.definitions, await life.host.describe(), life.host.state)).toEqual([]);
  }
}

/** Starts again and again until a start survives; the mishaps befall the first of them. */
async function reborn(
  dead: Life,
  mishaps: readonly Mishap[],
  unsynced: number,
  losesHost: boolean,
): Promise<Life> {
  let life = dead;
  for (let trial = 0; ; trial++) {
    const host = losesHost ? new ModelHost(TOPOLOGY, false) : life.host;
    host.fate = () => null;
    life = new Life(host, life.file.afterCrash(unsynced));
    // Only crashes: a host that refuses to become what it was before is another host.
    life.arm(trial === 0 ? mishaps.slice(1).filter(isCrash) : []);
    if (await life.start()) return life;
  }
}

/** The state that the whole change leads to; the same where it is refused. */
function after(before: HostState, life: Life, request: ChangeRequest): HostState {
  const host = {
    driver: 'model',
    version: '',
    topology: TOPOLOGY,
    schedulers: ['credit' as const],
    keepsDomains: true,
    changesScheduler: true,
    movesMemory: false,
    executes: false,
    runsGuests: false,
  };
  const planned = plan(host, before, request, { nextDomainId: life.ledger.definitions.nextId() });
  const steps: readonly PlannedStep[] = planned.ok ? planned.value.steps : [];
  return steps.reduce((state, { step }) => applyToModel(state, step), before);
}

/** What counts of a state: not the order of its pools, nor what its memory was before it was split. */
const essence = ({ online, pools, domains, memory }: HostState) => ({
  online,
  pools: [...pools].sort((a, b) => (a.name < b.name ? -1 : 1)),
  domains,
  memory,
});

for (const [what, losesHost] of [
  ['on a host that survives', false],
  ['on a host that is lost with it', true],
] as const)
  test(`a crash anywhere leaves every change whole or undone, and the law kept, ${what}`, async () => {
    const property = fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), (acts) =>
      play(acts, losesHost),
    );
    await fc.assert(property, { numRuns: RUNS, reporter: tellHowToRepeat, ...REPEATED });
  });

test('the mishaps do happen: a plan is cut off in its middle, and the next start finishes it', async () => {
  const life = new Life(new ModelHost(TOPOLOGY), new MemoryFile());
  await life.start();
  life.arm([{ at: 'step', nth: 2, fate: 'crash-after' }]);
  const change = life.service.change({ kind: 'pool-create', name: 'p1', cpus: { count: 3 } });
  expect(await Promise.race([change, life.died])).toBe('died');
  expect(life.host.taken.map(describeStep)).toHaveLength(3);
  const ledger = await openLedger(life.file.afterCrash(0));
  if (!ledger.ok) throw new Error('not opened');
  life.arm([]);
  expect(await recover(life.host, ledger.value)).toMatchObject({
    value: [{ kind: 'recovery', text: 'finished what was begun: pool-create p1 ncpu=3' }],
  });
  expect(life.host.state.pools).toMatchObject([{ name: 'pool0' }, { name: 'p1', cpus: [5, 6, 7] }]);
});

function isCrash({ fate }: Mishap): boolean {
  return (typeof fate === 'object' ? fate.kind : fate).startsWith('crash');
}

test('a change that the host neither finishes nor takes back is told so, and is no wish', async () => {
  const life = new Life(new ModelHost(TOPOLOGY), new MemoryFile());
  await life.start();
  life.arm([
    { at: 'step', nth: 1, fate: 'refuse' },
    { at: 'step', nth: 2, fate: 'throw' },
  ]);
  const answer = await life.service.change({ kind: 'pool-create', name: 'p1', cpus: { count: 1 } });
  expect(answer).toMatchObject({ refusal: { code: 'host-failed', undone: false } });
  expect(lawViolations(life.host.state)).toEqual([]);
  expect(life.ledger.definitions.pools.has('p1')).toBe(false);
  life.arm([]);
  expect(await life.service.change({ kind: 'pool-destroy', pool: 'p1' })).toMatchObject({ ok: true });
});
