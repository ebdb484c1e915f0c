import { gathered } from '../arrays.ts';
import type { CpuSet } from '../cpu-set.ts';
import { type Cpus, NONE } from '../cpus.ts';
import { layOut } from './run-queue-layout.ts';

/**
 * The cpus of each run queue and what they are at. Inside a queue a set of cpus is the bits of a number, ascending with
 * the cpus; there are never more than 32 (run-queue-layout.ts).
 */
export class QueueCpus {
  /** By cpu: its queue, its bit there, and the bits of its core. */
  queueOf = new Int32Array(0);
  bit = new Int32Array(0);
  #core = new Int32Array(0);
  /** By queue: its cpus, ascending. */
  members: readonly Int32Array[] = [];
  all = new Int32Array(0);
  /** Idle at the last choice. */
  idle = new Int32Array(0);
  /** Called to choose, but have not chosen yet: Xen's `tickled`. */
  called = new Int32Array(0);
  /** Those whose whole core is idle and not called. */
  idleCores = new Int32Array(0);
  /** Where somebody began lately, as `age` has last seen it: a list a queue, the one that began first at its head. */
  young = new Int32Array(0);
  #oldest = new Int32Array(0);
  #youngest = new Int32Array(0);
  #older = new Int32Array(0);
  #younger = new Int32Array(0);
  #beganNs = new Float64Array(0);
  readonly #clock: { readonly nowNs: number };

  constructor(clock: { readonly nowNs: number }) {
    this.#clock = clock;
  }

  get count(): number {
    return this.members.length;
  }

  call(cpu: number): void {
    const queue = this.queueOf[cpu]!;
    const core = this.#core[cpu]!;
    this.called[queue]! |= this.bit[cpu]!;
    this.idleCores[queue]! &= ~core;
  }

  isCalled(cpu: number): boolean {
    return (this.called[this.queueOf[cpu]!]! & this.bit[cpu]!) !== 0;
  }

  /** The cpu has come to choose. */
  answer(cpu: number): void {
    const queue = this.queueOf[cpu]!;
    if ((this.called[queue]! & this.bit[cpu]!) === 0) return;
    this.called[queue]! &= ~this.bit[cpu]!;
    this.#noteCore(queue, cpu);
  }

  setIdle(cpu: number, idles: boolean): void {
    const queue = this.queueOf[cpu]!;
    const bit = this.bit[cpu]!;
    if (((this.idle[queue]! & bit) !== 0) === idles) return;
    if (idles) {
      this.idle[queue]! |= bit;
      this.#noteCore(queue, cpu);
    } else {
      this.idle[queue]! &= ~bit;
      this.idleCores[queue]! &= ~this.#core[cpu]!;
    }
  }

  #noteCore(queue: number, cpu: number): void {
    const core = this.#core[cpu]!;
    if ((core & this.idle[queue]! & ~this.called[queue]!) === core) this.idleCores[queue]! |= core;
  }

  /** Another vcpu begins on the cpu. */
  begin(cpu: number): void {
    this.#beganNs[cpu] = this.#clock.nowNs;
    this.#append(this.queueOf[cpu]!, cpu);
  }

  #append(queue: number, cpu: number): void {
    if ((this.young[queue]! & this.bit[cpu]!) !== 0) this.#unlink(queue, cpu);
    const last = this.#youngest[queue]!;
    this.#older[cpu] = last;
    this.#younger[cpu] = NONE;
    if (last === NONE) this.#oldest[queue] = cpu;
    else this.#younger[last] = cpu;
    this.#youngest[queue] = cpu;
    this.young[queue]! |= this.bit[cpu]!;
  }

  #unlink(queue: number, cpu: number): void {
    const older = this.#older[cpu]!;
    const younger = this.#younger[cpu]!;
    if (older === NONE) this.#oldest[queue] = younger;
    else this.#younger[older] = younger;
    if (younger === NONE) this.#youngest[queue] = older;
    else this.#older[younger] = older;
    this.young[queue]! &= ~this.bit[cpu]!;
  }

  /** Young are from now on those cpus where somebody began at most so long ago: the others are found at the head. */
  age(queue: number, youthNs: number): void {
    const { nowNs } = this.#clock;
    let cpu = this.#oldest[queue]!;
    while (cpu !== NONE && nowNs - this.#beganNs[cpu]! > youthNs) {
      this.#unlink(queue, cpu);
      cpu = this.#oldest[queue]!;
    }
  }

  /** Nobody has looked as yet who is young. */
  rejuvenate(): void {
    const order = Int32Array.from(this.queueOf, (_, cpu) => cpu);
    order.sort((a, b) => this.#beganNs[a]! - this.#beganNs[b]! || a - b);
    for (const cpu of order) this.#append(this.queueOf[cpu]!, cpu);
  }

  /** The cpu of this queue behind a bit. */
  at(queue: number, bit: number): number {
    return this.members[queue]![31 - Math.clz32(bit)]!;
  }

  /** The bits of those members of a set that are in the queue; `null`: all. */
  within(queue: number, set: CpuSet | null): number {
    if (set === null) return this.all[queue]!;
    const members = this.members[queue]!;
    let bits = 0;
    for (let i = 0; i < members.length; i++) if (set.has(members[i]!)) bits |= 1 << i;
    return bits;
  }

  /** The first cpu of the queue among these above `after`, from the start again if there is none: Xen's cpumask_cycle. */
  cycle(queue: number, bits: number, after: number): number {
    const members = this.members[queue]!;
    for (let i = 0; i < members.length; i++) {
      if (members[i]! > after && (bits & (1 << i)) !== 0) return members[i]!;
    }
    return this.at(queue, bits & -bits);
  }

  /**
   * Lays the pool's cpus out anew; `from[i]` is the old index of cpu i, or NONE. Nobody is called at such a moment. Each
   * queue goes on from an old one that it shares a cpu with, and each old one goes on in one place: answers from which,
   * NONE for a new one.
   */
  rebuild(cpus: Cpus, from: Int32Array): Int32Array {
    const before = this.queueOf;
    this.#beganNs = gathered(this.#beganNs, from);
    this.#layOut(cpus);
    this.rejuvenate();
    const taken = new Set([NONE]);
    return Int32Array.from(this.members, (list) => {
      const shared = list.find((cpu) => from[cpu] !== NONE && !taken.has(before[from[cpu]!]!));
      const origin = shared === undefined ? NONE : before[from[shared]!]!;
      taken.add(origin);
      return origin;
    });
  }

  #layOut(cpus: Cpus): void {
    this.queueOf = layOut(cpus);
    const members: number[][] = [];
    for (const [cpu, queue] of this.queueOf.entries()) {
      members[queue] ??= [];
      members[queue].push(cpu);
    }
    this.members = members.map((list) => Int32Array.from(list));
    this.bit = new Int32Array(cpus.count);
    for (const list of this.members) for (const [i, cpu] of list.entries()) this.bit[cpu] = 1 << i;
    this.#core = Int32Array.from(this.queueOf, (queue, cpu) =>
      members[queue]!.reduce(
        (bits, peer) => bits | (cpus.core[peer] === cpus.core[cpu] ? this.bit[peer]! : 0),
        0,
      ),
    );
    this.all = Int32Array.from(members, (list) => list.reduce((bits, cpu) => bits | this.bit[cpu]!, 0));
    this.idle = new Int32Array(this.count);
    this.called = new Int32Array(this.count);
    this.idleCores = new Int32Array(this.count);
    this.young = new Int32Array(this.count);
    this.#oldest = new Int32Array(this.count).fill(NONE);
    this.#youngest = new Int32Array(this.count).fill(NONE);
    this.#older = new Int32Array(cpus.count);
    this.#younger = new Int32Array(cpus.count);
    for (let cpu = 0; cpu < cpus.count; cpu++) this.setIdle(cpu, cpus.current[cpu] === NONE);
  }

  /** assertIdle: idle are the cpus that run nothing, idle cores those with idle cpus only, and all who were called have chosen. */
  assertIdle(current: Int32Array): void {
    for (const [cpu, queue] of this.queueOf.entries()) {
      const idles = (this.idle[queue]! & this.bit[cpu]!) !== 0;
      if (idles !== (current[cpu] === NONE)) throw new Error(`cpu ${cpu} is ${idles ? '' : 'not '}idle`);
      if (this.isCalled(cpu)) throw new Error(`cpu ${cpu} was called and has not chosen`);
      const core = this.#core[cpu]!;
      const whole = (this.idle[queue]! & core) === core;
      if (whole !== ((this.idleCores[queue]! & core) === core))
        throw new Error(`the core of cpu ${cpu} is ${whole ? '' : 'not '}idle`);
    }
  }
}

/** The first of these bits at or above `bit`, from the start again if there is none; 0 if there are no bits. */
export function firstFrom(bits: number, bit: number): number {
  const above = bits & -bit;
  return above !== 0 ? above & -above : bits & -bits;
}
