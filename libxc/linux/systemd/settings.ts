import { type Cpu, formatCpuList, sameCpus } from '../../../interface/index.ts';
import type { Bounds } from '../carrier.ts';
import type { CgroupFiles } from '../cgroup-files.ts';
import type { PartitionWord } from '../partition.ts';

/** Properties in the words of unit files, and how the file that they end in then reads: literally, or as a list. */
export interface Setting {
  readonly words: readonly string[];
  readonly file: string;
  readonly wanted: string | readonly Cpu[];
}

export const allowedCpus = (cpus: readonly Cpu[]): Setting => ({
  words: [`AllowedCPUs=${formatCpuList(cpus)}`],
  file: 'cpuset.cpus',
  wanted: cpus,
});

export const partition = (word: PartitionWord | 'member'): Setting => ({
  words: [`CPUSetPartition=${word}`],
  file: 'cpuset.cpus.partition',
  wanted: word,
});

export const allowedNodes = (nodes: readonly Cpu[]): Setting => ({
  words: [`AllowedMemoryNodes=${formatCpuList(nodes)}`],
  file: 'cpuset.mems',
  wanted: nodes,
});

export const cpuWeight = (weight: number): Setting => ({
  words: [`CPUWeight=${weight}`],
  file: 'cpu.weight',
  wanted: `${weight}`,
});

export const boundsOf = ({ max, pin }: Bounds): Setting[] => {
  const quota = { words: quotaWords(max), file: 'cpu.max', wanted: max };
  return pin === null ? [quota] : [quota, allowedCpus(pin)];
};

/** What a cgroup is set to. */
export function settingsIn(groups: CgroupFiles, directory: string): Setting[] {
  const pin = groups.list(directory, 'cpuset.cpus');
  const max = groups.text(directory, 'cpu.max') ?? 'max';
  const weight = Number(groups.text(directory, 'cpu.weight') ?? 100);
  return [cpuWeight(weight), ...boundsOf({ max, pin: pin.length > 0 ? pin : null })];
}

/** A kernel takes the word of a partition that cannot be, and says so behind it: `root invalid (why)`. */
export function isHeeded(groups: CgroupFiles, directory: string, { file, wanted }: Setting): boolean {
  if (typeof wanted !== 'string') return sameCpus(groups.list(directory, file), wanted);
  const text = groups.text(directory, file) ?? '';
  return text === wanted || text.startsWith(`${wanted} `);
}

export const textOf = ({ wanted }: Setting): string =>
  typeof wanted === 'string' ? wanted : formatCpuList(wanted);

/** systemd counts in percent of a cpu. */
function quotaWords(max: string): string[] {
  const [quotaUs, periodUs] = max.split(' ');
  if (quotaUs === 'max') return ['CPUQuota=', 'CPUQuotaPeriodSec='];
  const percent = (100 * Number(quotaUs)) / Number(periodUs);
  return [`CPUQuota=${percent}%`, `CPUQuotaPeriodSec=${periodUs}us`];
}
