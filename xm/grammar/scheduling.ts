import { done, type Outcome } from '../../interface/outcome.ts';
import type { ChangeRequest, CpuModify, DomainModify } from '../../interface/requests.ts';
import { type Cpu, POOL0 } from '../../interface/words.ts';
import { modify } from './domains.ts';
import { type Line, usageFault } from './line.ts';
import { readParams } from './pools.ts';
import { cpuList, poolName, wholeNumber } from './values.ts';

/** `vcpu-pin D 0 4-5`, `vcpu-pin D all - 4-5`: `all` lifts the pin, `-` leaves it. */
export function vcpuPin(line: Line): Outcome<DomainModify> {
  const [domain, vcpuWord, hardWord, softWord = '-'] = line.operands;
  const vcpu =
    vcpuWord === 'all' ? done('all' as const) : wholeNumber('a vcpu', vcpuWord!, 'its number, or all');
  if (!vcpu.ok) return vcpu;
  const hard = affinity(hardWord!);
  if (!hard.ok) return hard;
  const soft = affinity(softWord);
  if (!soft.ok) return soft;
  if (hard.value === undefined && soft.value === undefined)
    return usageFault('- and - leave everything as it is', 'give a list of cpus, or all');
  return modify(domain!, {
    pin: {
      vcpu: vcpu.value,
      ...(hard.value !== undefined && { hard: hard.value }),
      ...(soft.value !== undefined && { soft: soft.value }),
    },
  });
}

function affinity(word: string): Outcome<Cpu[] | null | undefined> {
  if (word === '-') return done(undefined);
  return word === 'all' ? done(null) : cpuList(word);
}

/** `cpu-offline 3` */
export function cpuOnline(line: Line, online: boolean): Outcome<CpuModify> {
  const cpu = wholeNumber('a cpu', line.operands[0]!, 'the number of one cpu');
  return cpu.ok ? done({ kind: 'cpu-modify', cpu: cpu.value, online }) : cpu;
}

const DOMAIN_OPTIONS = ['domain', 'weight', 'cap'];
const POOL_OPTIONS = ['schedparam', 'cpupool', 'tslice_ms', 'ratelimit_us', 'migration_delay_us'];

/** xl's: `-d D -w 512` sets a domain, `-s -p POOL -t 5` a pool; without a setting it lists (`null`). */
export function schedCredit(line: Line): Outcome<ChangeRequest | null> {
  const has = (long: string) => line.options.has(long);
  const about = 'xm sched-credit --help';
  if (DOMAIN_OPTIONS.some(has) && POOL_OPTIONS.some(has))
    return usageFault('a domain and a pool cannot be set at once', `use either -d or -s (${about})`);
  if ((has('weight') || has('cap')) && !has('domain'))
    return usageFault('-w and -c need a domain', `name one with -d (${about})`);
  if (POOL_OPTIONS.slice(2).some(has) && !has('schedparam'))
    return usageFault('-t, -r and -m set the parameters of a pool', `add -s (${about})`);
  return has('domain') ? domainSetting(line) : poolSetting(line);
}

function domainSetting({ options }: Line): Outcome<ChangeRequest | null> {
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
  const request = modify(options.get('domain')!, change);
  return request.ok && Object.keys(change).length === 0 ? done(null) : request;
}

function poolSetting({ options }: Line): Outcome<ChangeRequest | null> {
  const pool = poolName(options.get('cpupool') ?? POOL0);
  if (!pool.ok) return pool;
  const params = readParams(options);
  if (!params.ok) return params;
  if (params.value === undefined) return done(null);
  return done({ kind: 'pool-modify', pool: pool.value, params: params.value });
}
