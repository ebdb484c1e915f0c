import type { Cpu } from '../../../interface/index.ts';

/** A thread, and where it may run now. */
export interface Spreadable {
  readonly tid: number;
  /** Whether it wants a cpu. */
  readonly isEager: boolean;
  readonly allowed: readonly Cpu[];
}

/**
 * One cpu for each thread, as nobody else balances them: those that want one as evenly as can be, whoever is alone there
 * already staying; those that do not stay where they are, or begin with the first.
 */
export function spread(threads: readonly Spreadable[], cpus: readonly Cpu[]): Map<number, Cpu> {
  const seats = new Map<number, Cpu>();
  const load = new Map(cpus.map((cpu) => [cpu, 0]));
  const at = ({ allowed }: Spreadable) =>
    allowed.length === 1 && load.has(allowed[0]!) ? allowed[0]! : null;
  const eager = threads.filter(({ isEager }) => isEager);
  const most = Math.ceil(eager.length / cpus.length);
  const left: Spreadable[] = [];
  for (const thread of eager) {
    const cpu = at(thread);
    if (cpu === null || load.get(cpu)! >= most) left.push(thread);
    else {
      seats.set(thread.tid, cpu);
      load.set(cpu, load.get(cpu)! + 1);
    }
  }
  for (const { tid } of left) {
    const [cpu] = [...load].reduce((least, other) => (other[1] < least[1] ? other : least));
    seats.set(tid, cpu);
    load.set(cpu, load.get(cpu)! + 1);
  }
  for (const thread of threads) if (!thread.isEager) seats.set(thread.tid, at(thread) ?? cpus[0]!);
  return seats;
}
