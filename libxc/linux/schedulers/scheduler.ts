import type { Cpu, Fidelity, Outcome, Refused } from '../../../interface/index.ts';
import type { DomainLook, Ground, PoolLook } from '../look.ts';
import type { PartitionWord } from '../partition.ts';

/** What the cgroup of a domain is set to. */
export interface GroupSettings {
  /** Percent of one cpu; 0: none. */
  readonly cap: number;
  /** The cpus of all that is in it; `null`: those of its pool. */
  readonly pin: readonly Cpu[] | null;
}

/**
 * What stands for one of Xen's schedulers here: a kind of partition, and what is made of the threads in it. A scheduler
 * of our own, loaded into the kernel for one pool, would be another of these.
 *
 * `members` are all domains of the pool, with the scheduling that they shall have.
 */
export interface PoolScheduler {
  readonly fidelity: Fidelity;
  readonly partition: PartitionWord;
  /** Whether a thread that begins in a domain is to be looked after. */
  readonly seesNewcomers: boolean;
  /** Why these domains cannot be together in this pool under it; `null`: they can. Nothing is changed for this. */
  admit(pool: PoolLook, members: readonly DomainLook[]): Refused | null;
  group(domain: DomainLook, members: readonly DomainLook[]): GroupSettings;
  /**
   * Makes the threads of a domain what they shall be. Called before its first instruction, when something has changed
   * (`isChange`), and now and then, for threads that have come since.
   */
  apply(
    ground: Ground,
    domain: DomainLook,
    members: readonly DomainLook[],
    isChange: boolean,
  ): Promise<Outcome<void>>;
  /** Takes back from the threads of a domain what it did to them. */
  leave(ground: Ground, domain: DomainLook): Promise<Outcome<void>>;
}
