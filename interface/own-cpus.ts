import type { Cpu } from './words.ts';

/** A domain whose vcpus are each to have a cpu of their own. */
export interface Sitter {
  /** Where each vcpu may be; `null`: anywhere. */
  readonly wants: readonly (readonly Cpu[] | null)[];
  /** The cpus they have now, which they keep where they can. */
  readonly has?: readonly Cpu[];
}

/**
 * A cpu for each vcpu of these domains, none twice, each where it may be; `null` where that cannot be. Who has one keeps
 * it as far as others find another one: an augmenting path for each vcpu that has none.
 */
export function ownCpus(cpus: readonly Cpu[], sitters: readonly Sitter[]): Cpu[][] | null {
  const vcpus = sitters.flatMap(({ wants, has }, sitter) =>
    wants.map((pin, vcpu) => ({ sitter, may: pin ?? cpus, had: has?.[vcpu] })),
  );
  const takenBy = new Map<Cpu, number>();
  const free = new Set(cpus);
  for (const [i, { may, had }] of vcpus.entries())
    if (had !== undefined && free.has(had) && may.includes(had)) {
      takenBy.set(had, i);
      free.delete(had);
    }
  const seated = new Set(takenBy.values());
  for (const i of vcpus.keys()) if (!seated.has(i) && !findCpu(i, vcpus, takenBy, new Set(cpus))) return null;
  const cpuOf = new Map([...takenBy].map(([cpu, i]) => [i, cpu]));
  const each = sitters.map((): Cpu[] => []);
  for (const [i, { sitter }] of vcpus.entries()) each[sitter]!.push(cpuOf.get(i)!);
  return each;
}

/** Finds a cpu for one more vcpu, moving others if need be. `untried`: cpus that nobody has been asked to give up. */
function findCpu(
  i: number,
  vcpus: readonly { readonly may: readonly Cpu[] }[],
  takenBy: Map<Cpu, number>,
  untried: Set<Cpu>,
): boolean {
  const may = vcpus[i]!.may.filter((cpu) => untried.has(cpu));
  const found = may.find((cpu) => !takenBy.has(cpu));
  if (found !== undefined) {
    takenBy.set(found, i);
    return true;
  }
  for (const cpu of may) {
    if (!untried.delete(cpu)) continue;
    if (!findCpu(takenBy.get(cpu)!, vcpus, takenBy, untried)) continue;
    takenBy.set(cpu, i);
    return true;
  }
  return false;
}
