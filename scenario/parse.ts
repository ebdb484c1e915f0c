import {
  type Affinity,
  type Cpu,
  type DomainDefinition,
  done,
  explain,
  LIMITS,
  type NodeId,
  type Outcome,
  type ParamsRequest,
  type PoolCreate,
  parseCpuList,
  refuse,
  regularTopology,
  type Topology,
} from '../interface/index.ts';
import { parseChange } from '../xm/grammar/change.ts';
import { Faults, Field } from './field.ts';
import { isFault, parseJson } from './json.ts';
import { type Action, type PlacedRequest, SCENARIO_RANGES, type Scenario } from './scenario.ts';
import { readWorkload } from './workload.ts';

const LONGEST_TEXT = 16 * 1024 * 1024;
/** The host of a scenario that does not describe one: the proposal's. */
const DEFAULT_CPUS = 10;

/**
 * A scenario file (docs/scenarios.md) as typed requests, or the first thing wrong with its text: file, line and field.
 * Files that it names (traces) are looked for in `folder`.
 *
 * Whether the requests can be met (a cpu in two pools, an unknown pool) is for the planner to say, in `runScenario`.
 */
export function parseScenario(text: string, file: string, folder = '.'): Outcome<Scenario> {
  const wrong = (line: number, why: string) =>
    refuse({ code: 'bad-scenario', file, line, field: 'JSON', why });
  if (text.length > LONGEST_TEXT)
    return wrong(1, `it is ${text.length} characters long, at most ${LONGEST_TEXT} are read`);
  const json = parseJson(text);
  if (isFault(json)) return wrong(json.line, json.why);
  const faults = new Faults(file);
  const scenario = readScenario(new Field('', json, 1, faults), file, folder);
  return faults.first ?? done(scenario);
}

function readScenario(root: Field, file: string, folder: string): Scenario {
  const f = root.fields([
    'about',
    'host',
    'pools',
    'domains',
    'actions',
    'settleS',
    'seconds',
    'repeats',
    'seed',
  ]);
  return {
    file,
    about: f.about.text(''),
    topology: readHost(f.host),
    setup: [
      ...f.pools.items().map(readPool),
      ...f.domains.items().map((domain) => readDomain(domain, folder)),
      // A schedule names domains, so it comes after them.
      ...f.pools.items().flatMap(readPoolSchedule),
    ],
    actions: f.actions
      .items()
      .map(readAction)
      .sort((a, b) => a.atS - b.atS),
    settleS: f.settleS.number(SCENARIO_RANGES.settleS, 4),
    seconds: f.seconds.number(SCENARIO_RANGES.seconds, 60),
    repeats: f.repeats.number(SCENARIO_RANGES.repeats, 1),
    seed: f.seed.number(SCENARIO_RANGES.seed, 1),
  };
}

function readHost(host: Field): Topology {
  const f = host.fields(['cpus', 'nodes', 'coresPerSocket', 'threadsPerCore', 'memoryMib']);
  const cpus = f.cpus.number(count(LIMITS.cpus), DEFAULT_CPUS);
  return regularTopology({
    cpus,
    ...given('nodes', f.nodes.number(count(cpus))),
    ...given('coresPerSocket', f.coresPerSocket.number(count(LIMITS.cpus))),
    ...given('threadsPerCore', f.threadsPerCore.number(count(LIMITS.cpus))),
    ...given('memoryMib', f.memoryMib.number(count(LIMITS.memoryMib))),
  });
}

function readPool(pool: Field): PlacedRequest {
  const f = pool.fields(['name', 'cpus', 'ncpu', 'sched', 'nodes', 'params']);
  if (f.cpus.isThere === f.ncpu.isThere) pool.wrong('give cpus (like "4-5") or ncpu (like 2)');
  const nodes = f.nodes.isThere ? readList(f.nodes) : null;
  const request: PoolCreate = {
    kind: 'pool-create',
    name: f.name.needed().text(''),
    cpus: f.cpus.isThere ? { list: readList(f.cpus) ?? [] } : { count: f.ncpu.number(count(LIMITS.cpus), 1) },
    ...given('scheduler', f.sched.text()),
    ...(nodes !== null && { nodes: nodes.map((n) => n as number as NodeId) }),
    ...(f.params.isThere && { params: readNumbers(f.params) }),
  };
  return { request, field: pool.field, line: pool.line };
}

/** The scheduler has its own bounds. */
const WHOLE = { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true };

const paramsOf = (params: Field) =>
  params.fields(['timesliceMs', 'ratelimitUs', 'migrationDelayUs', 'schedule']);

function readNumbers(params: Field): ParamsRequest {
  const f = paramsOf(params);
  return {
    ...given('timesliceMs', f.timesliceMs.number(WHOLE)),
    ...given('ratelimitUs', f.ratelimitUs.number(WHOLE)),
    ...given('migrationDelayUs', f.migrationDelayUs.number(WHOLE)),
  };
}

/** The schedule of an arinc653 pool, as the change that gives it to the pool. */
function readPoolSchedule(pool: Field): PlacedRequest[] {
  const { name, params } = pool.part(['name', 'params']);
  const { schedule } = params.part(['schedule']);
  if (!schedule.isThere) return [];
  const f = schedule.fields(['frameUs', 'slots']);
  const slots = f.slots
    .needed()
    .items()
    .map((slot) => {
      const of = slot.fields(['domain', 'vcpu', 'runUs']);
      return {
        domain: of.domain.needed().text(''),
        vcpu: of.vcpu.number(WHOLE, 0),
        runUs: of.runUs.needed().number(WHOLE, 0),
      };
    });
  const frameUs = f.frameUs.number(
    WHOLE,
    slots.reduce((sum, { runUs }) => sum + runUs, 0),
  );
  const request = {
    kind: 'pool-modify',
    pool: name.text(''),
    params: { schedule: { frameUs, slots } },
  } as const;
  return [{ request, field: schedule.field, line: schedule.line }];
}

function readDomain(domain: Field, folder: string): PlacedRequest {
  const f = domain.fields([
    'name',
    'pool',
    'vcpus',
    'memoryMib',
    'weight',
    'cap',
    'params',
    'pin',
    'workload',
  ]);
  const vcpus = f.vcpus.number(count(LIMITS.vcpusPerDomain), 1);
  const definition: DomainDefinition = {
    name: f.name.needed().text(''),
    vcpus,
    ...given('pool', f.pool.text()),
    ...given('memoryMib', f.memoryMib.number(count(LIMITS.memoryMib))),
    ...given('weight', f.weight.number({ least: LIMITS.weight.min, most: LIMITS.weight.max, whole: true })),
    ...given('cap', f.cap.number({ least: 0, most: LIMITS.capPerVcpu * vcpus, whole: true })),
    ...given('reservation', readReservation(f.params, vcpus)),
    ...given('affinity', readPin(f.pin, vcpus)),
    ...given('workload', readWorkload(f.workload, folder)),
  };
  return { request: { kind: 'domain-create', ...definition }, field: domain.field, line: domain.line };
}

/** What rtds reserves: for each vcpu, or one a vcpu. */
function readReservation(params: Field, vcpus: number): DomainDefinition['reservation'] {
  const one = (field: Field) => {
    const f = field.fields(['periodUs', 'budgetUs', 'extratime']);
    return {
      ...given('periodUs', f.periodUs.number(WHOLE)),
      ...given('budgetUs', f.budgetUs.number(WHOLE)),
      ...given('extratime', f.extratime.flag()),
    };
  };
  if (!params.isThere) return undefined;
  if (!params.isList) return one(params);
  const each = params.items();
  if (each.length !== vcpus) params.wrong(`has ${each.length} entries, the domain has ${vcpus} vcpus`);
  return each.map(one);
}

/** A list of cpus for all vcpus, or one a vcpu. */
function readPin(pin: Field, vcpus: number): Affinity | readonly Affinity[] | undefined {
  const one = (field: Field): Affinity => ({
    hard: field.text('') === 'all' ? null : readList(field),
    soft: null,
  });
  if (!pin.isThere) return undefined;
  if (!pin.isList) return one(pin);
  const each = pin.items();
  if (each.length !== vcpus) pin.wrong(`has ${each.length} lists, the domain has ${vcpus} vcpus`);
  return each.map(one);
}

/** `1,3,5` or `6-9`; `null` where something else is written. */
function readList(field: Field): Cpu[] | null {
  const list = parseCpuList(field.text(''));
  if (list.ok && list.value.length > 0) return list.value;
  field.wrong(list.ok ? 'names none' : explain(list.refusal).sentence);
  return null;
}

function readAction(action: Field): Action {
  const f = action.fields(['atS', 'do']);
  const atS = f.atS.needed().number({ least: 0, most: SCENARIO_RANGES.seconds.most }, 0);
  const words = f.do.needed().text('').trim();
  const change = parseChange(words.split(/\s+/));
  if (!change.ok) f.do.wrong(explain(change.refusal).sentence);
  // After a fault nothing of this is used.
  const request = change.ok ? change.value : ({ kind: 'pool-destroy', pool: '' } as const);
  return { atS, words, request, field: f.do.field, line: f.do.line };
}

const count = (most: number) => ({ least: 1, most, whole: true });

const given = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
