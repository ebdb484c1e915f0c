import { done, type Outcome } from '../../interface/outcome.ts';
import type { CpuModify, DomainModify } from '../../interface/requests.ts';
import type { Cpu } from '../../interface/words.ts';
import { modify } from './domains.ts';
import { type Line, usageFault } from './line.ts';
import { cpuList, wholeNumber } from './values.ts';

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
