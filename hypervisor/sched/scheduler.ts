import type { SchedulerParams } from '../../interface/host.ts';
import type { SchedulerName } from '../../interface/words.ts';
import type { Room } from '../arrays.ts';

/**
 * The contract between a pool and its scheduler. The pool owns the mechanism (who runs where since when, timers, what
 * a workload does); the scheduler owns the policy and its own state, one instance a pool, so that two pools with the
 * same scheduler share nothing. All cpu, vcpu and domain numbers are the pool's.
 *
 * A scheduler is told of every change and asked one question, `schedule`. It acts on the pool by `raise` (this cpu
 * must choose again) and by `park`; it never runs anything itself.
 */
export interface Scheduler {
  readonly name: SchedulerName;
  /** How often `tick` is called on a busy cpu, ns; 0: never. */
  readonly tickNs: number;
  readonly params: SchedulerParams;
  /** Values are in range; takes effect at once, with everything that derives from them. */
  setParams(params: SchedulerParams): void;

  /** The pool has other cpus now: `from[i]` is the old index of cpu i, -1 of a new one. Nothing waits on one that left. */
  rebuildCpus(from: Int32Array): void;
  growVcpus(capacity: number): void;
  growDomains(capacity: number): void;
  /** After any of these three: its arrays move into the pool's buffer. Who leaves some out only takes more memory. */
  pack?(room: Room): void;

  /** A domain's weight or cap become these, or a domain is new; until now `pool.domains` has what they were. */
  setDomain(domain: number, weight: number, cap: number): void;
  /** A vcpu's reservation is another now (`vcpus.reservation`). */
  setReservation(vcpu: number): void;
  /** A vcpu joins, not runnable yet; the scheduler says where it belongs (`vcpus.where`). */
  insert(vcpu: number): void;
  /** A vcpu leaves; it is neither on a cpu nor, afterwards, known here in any way. */
  remove(vcpu: number): void;

  /** It has become runnable. */
  wake(vcpu: number): void;
  /** It is runnable no more; if it is on a cpu, `schedule` follows there. */
  sleep(vcpu: number): void;
  /** It is on a cpu and lets others go first. */
  yield(vcpu: number): void;
  /** Its cpu left the pool, or its affinity changed, or it was MIGRATING: find it a cpu and, if runnable, a place there. */
  place(vcpu: number): void;

  /** Books what the current vcpu of this cpu has used until now: it is taken off without being asked. */
  charge(cpu: number): void;
  /**
   * Which vcpu shall be on this cpu now, or NONE; and for how long, in `pool.sliceNs`; Infinity: until it
   * blocks or the cpu is raised. `cpus.current` is the one until now. An idle cpu looks again when it is raised.
   */
  schedule(cpu: number): number;
  /** Every `tickNs` on a busy cpu. */
  tick(cpu: number): void;
  /** The timer the scheduler armed by `pool.armScheduler` is due. */
  timer(): void;

  /** Throws if the scheduler's own beliefs do not hold. */
  assertInvariants(): void;
}
