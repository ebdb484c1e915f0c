import type { Contention, Ns } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';

const NS_PER_US = 1_000;

/** How much of its time a cgroup had to wait: at its quota, and for a cpu. A kernel without PSI does not say the latter. */
export function contentionOf(groups: CgroupFiles, directory: string): Contention {
  const throttledUs = groups.field(directory, 'cpu.stat', 'throttled_usec');
  const pressure = parsePressure(groups.text(directory, 'cpu.pressure') ?? '');
  return {
    ...(throttledUs !== null && { throttledNs: (throttledUs * NS_PER_US) as Ns }),
    ...(pressure !== null && { pressurePercent: pressure }),
  };
}

/** `some avg10=1.23 avg60=…`: part of the last ten seconds in which at least one thread waited. */
export function parsePressure(text: string): number | null {
  const [, percent] = /^some avg10=(\d+(?:\.\d+)?) /m.exec(text) ?? [];
  return percent === undefined ? null : Number(percent);
}
