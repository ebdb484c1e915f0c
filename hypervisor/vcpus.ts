import type { Affinity, Reservation } from '../interface/host.ts';
import { grown, type Room } from './arrays.ts';
import { CpuSet } from './cpu-set.ts';
import { type Cpus, NONE } from './cpus.ts';

/** Bits of `flags`. A vcpu is runnable when it wants the cpu and nothing holds it. */
export const WANTS = 1;
export const PAUSED = 2;
/** Held by its scheduler: its cap is used up. */
export const PARKED = 4;
/** On its way to another cpu: not runnable until it has arrived (Xen's _VPF_migrating). */
export const MIGRATING = 8;
/** Has an affinity of its own. */
export const PINNED = 16;
const ANYWHERE: Affinity = { hard: null, soft: null };
/** What decides whether a vcpu is runnable. */
export const RUNNABLE_MASK = WANTS | PAUSED | PARKED | MIGRATING;

/** A vcpu's affinity, as it was asked for and as it is in this pool. */
export interface PinnedTo {
  readonly wish: Affinity;
  /** Over the pool's cpus; `null`: all of them. */
  hard: CpuSet | null;
  /** `null`: no preference that would decide anything. */
  soft: CpuSet | null;
}

/** The vcpus and domains of one pool, by slot. Slots are reused; the arrays only grow. */
export class Vcpus {
  flags = new Uint8Array(0);
  /** The cpu it runs on, waits at or ran on last. */
  where = new Int16Array(0);
  domain = new Int16Array(0);
  /** The next vcpu of the same domain, or NONE. */
  sibling = new Int32Array(0);
  cpuNs = new Float64Array(0);
  /** By vcpu, with holes: an empty map would take five times the room. */
  readonly #pins: PinnedTo[] = [];
  readonly #reservations: Reservation[] = [];
  /** How many have a soft affinity: while nobody has, a scheduler may leave out that pass. */
  softPinned = 0;
  #free: number[] = [];
  #used = 0;

  get capacity(): number {
    return this.flags.length;
  }

  /** One past the highest slot ever used. */
  get end(): number {
    return this.#used;
  }

  isRunnable(vcpu: number): boolean {
    return (this.flags[vcpu]! & RUNNABLE_MASK) === WANTS;
  }

  /** Whether a slot is there for one more; if not, the owner grows everything that is indexed by slot. */
  get isFull(): boolean {
    return this.#free.length === 0 && this.#used === this.capacity;
  }

  take(): number {
    return this.#free.pop() ?? this.#used++;
  }

  give(vcpu: number): void {
    this.setPin(vcpu, null);
    this.setReservation(vcpu, null);
    this.flags[vcpu] = 0;
    this.domain[vcpu] = NONE;
    // Nobody keeps it up to date from now on: the cpu may leave before the slot is taken again.
    this.where[vcpu] = NONE;
    this.#free.push(vcpu);
  }

  grow(capacity: number): void {
    this.flags = grown(this.flags, capacity);
    this.where = grown(this.where, capacity, NONE);
    this.domain = grown(this.domain, capacity, NONE);
    this.sibling = grown(this.sibling, capacity, NONE);
    this.cpuNs = grown(this.cpuNs, capacity);
  }

  pack(room: Room): void {
    this.flags = room.moved(this.flags);
    this.where = room.moved(this.where);
    this.domain = room.moved(this.domain);
    this.sibling = room.moved(this.sibling);
    this.cpuNs = room.moved(this.cpuNs);
  }

  mayRunOn(vcpu: number, cpu: number): boolean {
    if ((this.flags[vcpu]! & PINNED) === 0) return true;
    const { hard } = this.#pins[vcpu]!;
    return hard === null || hard.has(cpu);
  }

  likes(vcpu: number, cpu: number): boolean {
    return this.pin(vcpu)?.soft?.has(cpu) ?? false;
  }

  /** As it was asked for. */
  affinity(vcpu: number): Affinity {
    return this.pin(vcpu)?.wish ?? ANYWHERE;
  }

  /** `null`: it may be anywhere and likes it there. */
  pin(vcpu: number): PinnedTo | null {
    return (this.flags[vcpu]! & PINNED) === 0 ? null : this.#pins[vcpu]!;
  }

  /** `null`: the default. */
  reservation(vcpu: number): Reservation | null {
    return this.#reservations[vcpu] ?? null;
  }

  setReservation(vcpu: number, reservation: Reservation | null): void {
    if (reservation !== null) this.#reservations[vcpu] = reservation;
    else if (vcpu in this.#reservations) delete this.#reservations[vcpu];
  }

  setPin(vcpu: number, pin: PinnedTo | null): void {
    if (this.pin(vcpu)?.soft) this.softPinned--;
    if (pin?.soft) this.softPinned++;
    if (pin === null) {
      delete this.#pins[vcpu];
      this.flags[vcpu]! &= ~PINNED;
    } else {
      this.#pins[vcpu] = pin;
      this.flags[vcpu]! |= PINNED;
    }
  }
}

/**
 * What an affinity means among these cpus. A hard one that meets none of them counts as all, as in Xen (a vcpu must
 * run somewhere); a soft one counts only where it excludes something the hard one allows.
 */
export function pinnedTo(wish: Affinity, cpus: Cpus): PinnedTo | null {
  if (wish.hard === null && wish.soft === null) return null;
  const hard = within(wish.hard, cpus);
  const soft = within(wish.soft, cpus);
  const decides =
    soft !== null &&
    (hard === null ? soft.size < cpus.count : soft.intersects(hard) && !soft.containsAllOf(hard));
  if (decides && hard !== null) soft.setToIntersection(soft, hard);
  return { wish, hard, soft: decides ? soft : null };
}

function within(ids: readonly number[] | null, cpus: Cpus): CpuSet | null {
  if (ids === null) return null;
  const set = new CpuSet(cpus.count);
  for (const id of ids) {
    const cpu = cpus.indexOf(id);
    if (cpu !== NONE) set.add(cpu);
  }
  return set.size === 0 ? null : set;
}
