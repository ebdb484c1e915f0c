import { checkName } from '../../interface/names.ts';
import { done, type Outcome } from '../../interface/outcome.ts';
import type { DomainCreate, DomainRelease } from '../../interface/requests.ts';
import { type Line, showUsage, usageFault } from './line.ts';
import { cpuList, domainName, poolName, wholeNumber } from './values.ts';

const NUMBERS = ['weight', 'cap', 'vcpus'] as const;
type Numbers = { readonly [key in (typeof NUMBERS)[number]]?: number };

/** `adopt web unit=nginx.service pool=pool1` */
export function domainAdopt(line: Line): Outcome<DomainCreate> {
  const name = checkName('domain', line.operands[0]!);
  if (!name.ok) return name;
  const adopt = adoptable(line);
  if (!adopt.ok) return adopt;
  const pool = line.keys.has('pool') ? poolName(line.keys.get('pool')!) : done(undefined);
  if (!pool.ok) return pool;
  const hard = line.keys.has('cpus') ? cpuList(line.keys.get('cpus')!) : done(undefined);
  if (!hard.ok) return hard;
  const numbers = readNumbers(line);
  if (!numbers.ok) return numbers;
  return done({
    kind: 'domain-create',
    name: name.value,
    adopt: adopt.value,
    ...(pool.value !== undefined && { pool: pool.value }),
    ...(hard.value !== undefined && { affinity: { hard: hard.value, soft: null } }),
    ...numbers.value,
  });
}

/** `release web` */
export function domainRelease(line: Line): Outcome<DomainRelease> {
  const domain = domainName(line.operands[0]!);
  return domain.ok ? done({ kind: 'domain-release', domain: domain.value }) : domain;
}

function adoptable({ keys, command }: Line): Outcome<NonNullable<DomainCreate['adopt']>> {
  const [pid, unit, libvirt] = [keys.get('pid'), keys.get('unit'), keys.get('libvirt')];
  if ([pid, unit, libvirt].filter((word) => word !== undefined).length !== 1)
    return usageFault('adopt takes one of pid=, unit= and libvirt=', showUsage(command));
  if (unit !== undefined) return done({ unit });
  if (libvirt !== undefined) return done({ libvirt });
  const number = wholeNumber('pid=', pid!, 'the number of a process');
  return number.ok ? done({ pid: number.value }) : number;
}

function readNumbers({ keys }: Line): Outcome<Numbers> {
  const numbers: [string, number][] = [];
  for (const key of NUMBERS) {
    if (!keys.has(key)) continue;
    const number = wholeNumber(`${key}=`, keys.get(key)!, 'a whole number');
    if (!number.ok) return number;
    numbers.push([key, number.value]);
  }
  return done(Object.fromEntries(numbers));
}
