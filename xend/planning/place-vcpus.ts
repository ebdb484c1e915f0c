import type { Affinity, Cpu } from '../../interface/index.ts';

/**
 * Which cpu each vcpu has to itself under `null`, an entry a domain and in it one a vcpu; `null`: it waits. First come,
 * first served: the first free cpu that the vcpu likes, else the first where it may run. Who came when is not kept
 * anywhere, so they are taken to have come in this order.
 */
export function placeVcpus(
  cpus: readonly Cpu[],
  domains: readonly (readonly Affinity[])[],
): (Cpu | null)[][] {
  const pool = new Set(cpus);
  const free = new Set(cpus);
  return domains.map((vcpus) =>
    vcpus.map((affinity) => {
      const cpu = firstFor(affinity, pool, free);
      if (cpu !== null) free.delete(cpu);
      return cpu;
    }),
  );
}

/** Soft counts only inside hard; a hard mask without a cpu in the pool binds nobody: every host widens it. */
function firstFor({ hard, soft }: Affinity, pool: ReadonlySet<Cpu>, free: ReadonlySet<Cpu>): Cpu | null {
  const bound = hard?.some((cpu) => pool.has(cpu)) ? hard : null;
  const liked = soft?.find((cpu) => free.has(cpu) && (bound === null || bound.includes(cpu)));
  if (liked !== undefined) return liked;
  const [first] = bound === null ? free : bound.filter((cpu) => free.has(cpu));
  return first ?? null;
}
