import { done, type Outcome } from '../../interface/outcome.ts';
import type { ChangeRequest, ParamsRequest, Reserve, ScheduleRequest } from '../../interface/requests.ts';
import { POOL0, type SchedulerName } from '../../interface/words.ts';
import { modify } from './domains.ts';
import { type Line, usageFault } from './line.ts';
import { poolName, wholeNumber } from './values.ts';

/** A request, or `null`: the line asks to see. */
type Setting = Outcome<ChangeRequest | null>;

/** The commands of xl that show and set what a scheduler knows, by the scheduler they are about. */
export const SCHED_COMMANDS: Readonly<Record<string, SchedulerName>> = {
  'sched-credit': 'credit',
  'sched-credit2': 'credit2',
  'sched-rtds': 'rtds',
  'sched-arinc653': 'arinc653',
};

const OF_DOMAIN = ['domain', 'weight', 'cap'];
const OF_POOL = ['schedparam', 'cpupool'];

/** xl's: `-d D -w 512` sets a domain, `-s -p POOL -t 5` a pool; without a setting it lists. */
export function sched(line: Line): Setting {
  const under = SCHED_COMMANDS[line.command.name]!;
  if (under === 'rtds') return reservation(line);
  const has = (long: string) => line.options.has(long);
  const about = `xm ${line.command.name} --help`;
  const isParam = (long: string) => PARAMETERS.some(([word]) => word === long);
  const given = [...line.options.keys()].filter(isParam);
  if (OF_DOMAIN.some(has) && [...OF_POOL.filter(has), ...given].length > 0)
    return usageFault('a domain and a pool cannot be set at once', `use either -d or -s (${about})`);
  if ((has('weight') || has('cap')) && !has('domain'))
    return usageFault('-w and -c need a domain', `name one with -d (${about})`);
  if (given.length > 0 && !has('schedparam'))
    return usageFault(
      `${inShort(line, given)} without -s: those are parameters of a pool`,
      `add -s (${about})`,
    );
  return has('domain') ? shares(line, under) : parameters(line, under);
}

/** `-t` or `-t and -r`: the options of a pool that were given, as they are written shortly. */
function inShort({ command }: Line, given: readonly string[]): string {
  return (command.options ?? [])
    .filter(({ long }) => given.includes(long))
    .map(({ short }) => `-${short}`)
    .join(' and ');
}

function shares({ options }: Line, under: SchedulerName): Setting {
  const change: { weight?: number; cap?: number } = {};
  for (const name of ['weight', 'cap'] as const) {
    const word = options.get(name);
    if (word === undefined) continue;
    const number = wholeNumber(
      name,
      word,
      name === 'weight' ? 'a whole number from 1 to 65535' : 'a percentage',
    );
    if (!number.ok) return number;
    change[name] = number.value;
  }
  const request = modify(options.get('domain')!, { ...change, under });
  return request.ok && Object.keys(change).length === 0 ? done(null) : request;
}

function parameters({ options }: Line, under: SchedulerName): Setting {
  const pool = poolName(options.get('cpupool') ?? POOL0);
  if (!pool.ok) return pool;
  const params = readParams(options);
  if (!params.ok) return params;
  if (params.value === undefined) return done(null);
  return done({ kind: 'pool-modify', pool: pool.value, params: params.value, under });
}

/** `sched-rtds -d D -v 0 -p 10000 -b 4000 -v 1 -e 0`: what follows a -v is about that vcpu. */
function reservation(line: Line): Setting {
  const about = `xm ${line.command.name} --help`;
  const reserve: { -readonly [K in keyof Reserve]: Reserve[K] }[] = [];
  for (const [name, word] of line.given) {
    if (name !== 'vcpuid' && !(name in RESERVED)) continue;
    if (name === 'vcpuid') {
      const vcpu = word === 'all' ? done('all' as const) : wholeNumber('a vcpu', word, 'its number, or all');
      if (!vcpu.ok) return vcpu;
      reserve.push({ vcpu: vcpu.value });
      continue;
    }
    const last = reserve.at(-1);
    if (last === undefined)
      return usageFault('-p, -b and -e need a vcpu', `name it with -v, or -v all (${about})`);
    const value = wholeNumber(name, word, name === 'extratime' ? '0 or 1' : 'microseconds');
    if (!value.ok) return value;
    if (name === 'extratime' && value.value > 1)
      return usageFault(`extratime cannot be ${word}`, 'give 0 or 1');
    Object.assign(last, RESERVED[name]!(value.value));
  }
  const domain = line.options.get('domain');
  if (reserve.length > 0 && domain === undefined)
    return usageFault('-v needs a domain', `name one with -d (${about})`);
  if (domain !== undefined && line.options.has('cpupool'))
    return usageFault('-d and -c cannot be used together', `use one of them (${about})`);
  const settings = reserve.filter((one) => Object.keys(one).length > 1);
  return settings.length === 0 ? done(null) : modify(domain!, { reserve: settings, under: 'rtds' });
}

const RESERVED: Readonly<Record<string, (value: number) => Partial<Reserve>>> = {
  period: (periodUs) => ({ periodUs }),
  budget: (budgetUs) => ({ budgetUs }),
  extratime: (flag) => ({ extratime: flag === 1 }),
};

const PARAMETERS = [
  ['tslice_ms', 'timesliceMs'],
  ['ratelimit_us', 'ratelimitUs'],
  ['migration_delay_us', 'migrationDelayUs'],
  ['frame_us', 'frameUs'],
  ['slots', 'slots'],
] as const;

/** The scheduler's parameters under xl's names, of keys or of options. */
export function readParams(given: ReadonlyMap<string, string>): Outcome<ParamsRequest | undefined> {
  const params: Record<string, number> = {};
  for (const [word, name] of PARAMETERS.slice(0, 3)) {
    const value = given.get(word);
    if (value === undefined) continue;
    const number = wholeNumber(word, value, 'a whole number');
    if (!number.ok) return number;
    params[name] = number.value;
  }
  const schedule = readSchedule(given.get('frame_us'), given.get('slots'));
  if (!schedule.ok) return schedule;
  const all = { ...params, ...(schedule.value && { schedule: schedule.value }) };
  return done(Object.keys(all).length === 0 ? undefined : all);
}

/** `frame_us=20000 slots=A/0:10000,B/0:5000`; without a frame it is as long as its slots. */
function readSchedule(
  frame: string | undefined,
  written: string | undefined,
): Outcome<ScheduleRequest | undefined> {
  if (written === undefined)
    return frame === undefined
      ? done(undefined)
      : usageFault('a frame needs slots', 'for example: frame_us=20000 slots=vm1/0:10000,vm2/0:5000');
  const slots = readSlots(written);
  if (!slots.ok) return slots;
  const sumUs = slots.value.reduce((sum, { runUs }) => sum + runUs, 0);
  const frameUs = frame === undefined ? done(sumUs) : wholeNumber('frame_us', frame, 'microseconds');
  return frameUs.ok ? done({ frameUs: frameUs.value, slots: slots.value }) : frameUs;
}

/** `vm1/0:10000,vm2/0:5000`: a domain, a vcpu of it, microseconds. A name may have a comma or a colon in it. */
function readSlots(written: string): Outcome<ScheduleRequest['slots']> {
  const slots: ScheduleRequest['slots'][number][] = [];
  for (let at = 0; at <= written.length; ) {
    const [whole, domain, vcpu, runUs] =
      /^([^/]+)\/(\d{1,9}):(\d{1,15})(?:,|$)/.exec(written.slice(at)) ?? [];
    if (whole === undefined)
      return usageFault(
        `cannot read the slots at ${JSON.stringify(written.slice(at, at + 40))}`,
        'write them like vm1/0:10000,vm2/0:5000 (domain/vcpu:microseconds)',
      );
    slots.push({ domain: domain!, vcpu: Number(vcpu), runUs: Number(runUs) });
    if (!whole.endsWith(',')) break;
    at += whole.length;
  }
  return done(slots);
}
