import { type DomainDefinition, done, type Outcome } from '../interface/index.ts';
import { readAffinity } from './affinity.ts';
import { readExec } from './exec.ts';
import { readGuest } from './guest.ts';
import { parseOverride } from './override.ts';
import { Settings } from './settings.ts';
import { readWorkload } from './workload.ts';
import { parseXlCfg, plainValue } from './xl-cfg.ts';

/** The keys that become fields of the definition and nothing else; all others are kept as they were written. */
const KEYS: ReadonlySet<string> = new Set([
  'name',
  'pool',
  'vcpus',
  'memory',
  'cpu_weight',
  'cap',
  'period',
  'budget',
  'extratime',
  'cpus',
  'cpus_soft',
  'workload',
  'exec',
]);

/**
 * A domain as its xl.cfg file defines it. `overrides` are `key=value` words of the command line; they win over the
 * file. A domain without a name is called after its file, so that `xm create vm5` does what it says.
 *
 * What the values mean to a host (a weight too high, a pool that does not exist) is for the planner to judge.
 */
export function readDomainFile(
  text: string,
  file: string,
  overrides: readonly string[],
): Outcome<DomainDefinition> {
  const settings = new Settings();
  const written = parseXlCfg(text, file);
  if (!written.ok) return written;
  settings.add(file, written.value);
  for (const word of overrides) {
    const override = parseOverride(word);
    if (!override.ok) return override;
    settings.add('command line', [override.value]);
  }
  const definition = readDefinition(settings, file);
  return settings.fault ?? done(definition);
}

function readDefinition(settings: Settings, file: string): DomainDefinition {
  const vcpus = settings.integer('vcpus');
  settings.read('maxvcpus', (value, complain) =>
    value.kind === 'number' && value.number < (vcpus ?? 1)
      ? complain('is less than vcpus', value)
      : undefined,
  );
  const others = settings.except(KEYS).map(({ key, value }) => [key, plainValue(value)] as const);
  return {
    name: settings.string('name') ?? baseName(file),
    ...given('pool', settings.string('pool')),
    ...given('vcpus', vcpus),
    ...given('memoryMib', settings.integer('memory')),
    ...given('weight', settings.integer('cpu_weight')),
    ...given('cap', settings.integer('cap')),
    ...given('affinity', readAffinity(settings, vcpus ?? 1)),
    ...given('reservation', readReservation(settings)),
    ...given('workload', settings.read('workload', readWorkload)),
    ...given('exec', settings.read('exec', readExec)),
    ...given('guest', readGuest(settings)),
    ...given('otherKeys', others.length === 0 ? undefined : Object.fromEntries(others)),
  };
}

/** rtds: `period` and `budget` in microseconds (xl forgets to read the budget), `extratime` 0 or 1; for each vcpu. */
function readReservation(settings: Settings): DomainDefinition['reservation'] {
  const flag = settings.integer('extratime');
  const reservation = {
    ...given('periodUs', settings.integer('period')),
    ...given('budgetUs', settings.integer('budget')),
    ...given('extratime', flag === undefined ? undefined : flag !== 0),
  };
  return Object.keys(reservation).length === 0 ? undefined : reservation;
}

/** `/etc/xen/vm5.cfg` → `vm5`. */
const baseName = (file: string) => file.replace(/^.*\//, '').replace(/\.(cfg|xl)$/, '');

const given = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
