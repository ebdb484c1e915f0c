import { type Cpu, formatCpuList, POOL0 } from '../../interface/index.ts';
import type { Look, PoolLook } from './look.ts';
import { processAt } from './processes.ts';
import { allowedFor } from './threads.ts';

/**
 * Processes in the root cgroup that may run on cpus which the root does not have. Kernels before 6.2 let a process that
 * comes into the root run everywhere, until they count the root's cpus anew; its files say nothing of it.
 */
export class Intruders {
  #procs = '';
  #known: ReadonlySet<number> = new Set();
  #intruding = new Map<number, readonly Cpu[]>();

  /** `procs` is what cgroup.procs of the root reads now. Says whether somebody has come to intrude. */
  look(procs: string, rootEffective: readonly Cpu[]): boolean {
    if (procs === this.#procs && this.#intruding.size === 0) return false;
    this.#procs = procs;
    const pids = procs.split('\n').filter(Boolean).map(Number);
    const others = pids.filter((pid) => !this.#known.has(pid));
    const suspects = [
      ...others.filter((pid) => processAt(pid)?.isKernel === false),
      ...this.#intruding.keys(),
    ];
    const found = suspects.flatMap((pid): [number, readonly Cpu[]][] => {
      const beyond = (allowedFor(pid) ?? []).filter((cpu) => !rootEffective.includes(cpu));
      return beyond.length > 0 && pids.includes(pid) ? [[pid, beyond]] : [];
    });
    const isNews = found.some(([pid]) => !this.#intruding.has(pid));
    this.#known = new Set(pids);
    this.#intruding = new Map(found);
    return isNews;
  }

  /** Who may run on which of these cpus. */
  on(cpus: readonly Cpu[]): string[] {
    return [...this.#intruding].flatMap(([pid, beyond]) => {
      const common = beyond.filter((cpu) => cpus.includes(cpu));
      return common.length === 0
        ? []
        : [`process ${pid} in the root cgroup may run on cpus ${formatCpuList(common)}`];
    });
  }
}

/**
 * Cgroups that are no partitions and may run on a pool's cpus all the same: on 6.1 those whose own cpus went offline, and
 * which then have what their parent once had.
 */
export function intrudersOf({ strangers, pools }: Look, pool: PoolLook): string[] {
  if (pool.name === POOL0) return [];
  const others = [...strangers, ...pools.filter((other) => other !== pool)];
  return others.flatMap(({ directory, effective }) => {
    const common = effective.filter((cpu) => pool.cpus.includes(cpu));
    return common.length === 0 ? [] : [`${directory} may run on cpus ${formatCpuList(common)}`];
  });
}
