import {
  type Cpu,
  done,
  type Fidelity,
  type Outcome,
  type Scheduling,
  sameCpus,
} from '../../../interface/index.ts';
import { pinThread } from '../affinity.ts';
import type { DomainLook, Ground } from '../look.ts';
import { allowedFor } from '../threads.ts';
import type { PoolScheduler } from './scheduler.ts';

/*
 * credit and credit2: the kernel's fair class inside a partition. It shares by cgroup weight and caps by quota, which is
 * what both promise; how long a slice is and who is boosted is its own affair.
 */

const fair = (why: string): PoolScheduler => ({
  fidelity: { how: 'close', why } satisfies Fidelity,
  partition: 'root',
  seesNewcomers: false,
  admit: () => null,
  group: ({ guest, scheduling }) => ({
    cap: scheduling.cap,
    // Of a guest each vcpu is pinned, and the rest of its emulator is not.
    pin: guest === undefined ? pinOf(scheduling.affinity) : null,
  }),
  apply,
  leave: async () => done(undefined),
});

const SAME = 'the kernel’s fair class: weights and caps count, timeslice and ratelimit are its own';
export const CREDIT = fair(`${SAME}; no boost`);
export const CREDIT2 = fair(SAME);

/** Linux pins the threads of a command, and does not know vcpus: it gets what any of its vcpus may use. */
export function pinOf(affinity: Scheduling['affinity']): Cpu[] | null {
  const lists = affinity.map(({ hard }) => hard);
  if (lists.some((hard) => hard === null)) return null;
  return [...new Set(lists.flatMap((hard) => hard ?? []))].sort((a, b) => a - b);
}

/** Kernels before 6.2 forget where a thread was pinned whenever the cpus of its cgroup change. */
async function apply({ topology }: Ground, domain: DomainLook): Promise<Outcome<void>> {
  const { vcpuThreads = [], scheduling, pool } = domain;
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
