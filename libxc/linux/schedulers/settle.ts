import { type Cpu, done, type Outcome, sameCpus } from '../../../interface/index.ts';
import { pinThread } from '../affinity.ts';
import type { DomainLook, Ground } from '../look.ts';
import { allowedFor } from '../threads.ts';

/**
 * Puts the threads of a domain where its scheduling and its pool want them. To be called when either has changed, and
 * now and then: kernels before 6.2 forget where a thread was pinned whenever the cpus of its cgroup change.
 */
export async function settleThreads(
  { topology }: Ground,
  { vcpuThreads = [], scheduling, pool }: DomainLook,
): Promise<Outcome<void>> {
  const all = topology.cpus.map(({ cpu }) => cpu);
  for (const [vcpu, thread] of vcpuThreads.entries()) {
    const inPool = within(scheduling.affinity[vcpu]!.hard, pool.cpus);
    const allowed = allowedFor(thread);
    // Ended, or where it shall be: then nothing is started for it.
    if (allowed === null || sameCpus(allowed, inPool ?? pool.cpus)) continue;
    // All there are: then newer kernels let it follow its pool.
    const pinned = await pinThread(thread, inPool ?? all);
    if (!pinned.ok) return pinned;
  }
  return done(undefined);
}

/** What of a pin is in the pool; `null`: nothing, or there is no pin. */
function within(pin: readonly Cpu[] | null, pool: readonly Cpu[]): readonly Cpu[] | null {
  const left = pin?.filter((cpu) => pool.includes(cpu)) ?? [];
  return left.length > 0 ? left : null;
}
