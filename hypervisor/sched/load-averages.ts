import { gathered, grown } from '../arrays.ts';

/** A load of one vcpu: fixed point with 18 binary places (Xen's load_precision_shift). */
export const ONE_LOAD = 2 ** 18;
/** Time counts in units of 1024 ns (Xen's granularity), a window has 2^20 of them, about a second. */
const NS_PER_UNIT = 1024;
const WINDOW = 2 ** 20;

/**
 * How many vcpus are runnable in each run queue, over about the last second, and what each vcpu adds to that: averages
 * that forget exponentially, `avg += Δ·load/W − Δ·avg/W`, each term rounded down. Exact: the largest product is a window
 * times the load, below 2^53 up to 32,768 vcpus a queue.
 */
export class LoadAverages {
  // by queue
  /** Runnable now. */
  runnable = new Int32Array(0);
  /** The average; a vcpu that comes or goes counts at once with all it brings (Xen's b_avgload, the one that decides). */
  planned = new Float64Array(0);
  #queueAt = new Float64Array(0);
  // by vcpu
  vcpu = new Float64Array(0);
  #vcpuAt = new Float64Array(0);
  readonly #clock: { readonly nowNs: number };

  constructor(clock: { readonly nowNs: number }) {
    this.#clock = clock;
  }

  /** Brings the average of a queue up to now; from now on so many more are runnable. */
  updateQueue(queue: number, change: number): void {
    const now = Math.floor(this.#clock.nowNs / NS_PER_UNIT);
    const passed = now - this.#queueAt[queue]!;
    this.#queueAt[queue] = now;
    const runnable = this.runnable[queue]!;
    this.planned[queue] = aged(this.planned[queue]!, runnable * ONE_LOAD, passed);
    this.runnable[queue] = runnable + change;
  }

  /** The same of a vcpu, which since the last time has been runnable or not. */
  updateVcpu(vcpu: number, wasRunnable: boolean): void {
    const now = Math.floor(this.#clock.nowNs / NS_PER_UNIT);
    const passed = now - this.#vcpuAt[vcpu]!;
    this.#vcpuAt[vcpu] = now;
    this.vcpu[vcpu] = aged(this.vcpu[vcpu]!, wasRunnable ? ONE_LOAD : 0, passed);
  }

  /** Both at once, as mostly needed. */
  update(queue: number, change: number, vcpu: number, wasRunnable: boolean): void {
    const now = Math.floor(this.#clock.nowNs / NS_PER_UNIT);
    const runnable = this.runnable[queue]!;
    this.planned[queue] = aged(this.planned[queue]!, runnable * ONE_LOAD, now - this.#queueAt[queue]!);
    this.#queueAt[queue] = now;
    this.runnable[queue] = runnable + change;
    this.vcpu[vcpu] = aged(this.vcpu[vcpu]!, wasRunnable ? ONE_LOAD : 0, now - this.#vcpuAt[vcpu]!);
    this.#vcpuAt[vcpu] = now;
  }

  /** Of a vcpu nothing is known: half a load. */
  begin(vcpu: number): void {
    this.vcpu[vcpu] = ONE_LOAD / 2;
    this.#vcpuAt[vcpu] = Math.floor(this.#clock.nowNs / NS_PER_UNIT);
  }

  plan(queue: number, vcpu: number): void {
    this.planned[queue]! += this.vcpu[vcpu]!;
  }

  unplan(queue: number, vcpu: number): void {
    this.planned[queue] = Math.max(0, this.planned[queue]! - this.vcpu[vcpu]!);
  }

  grow(capacity: number): void {
    this.vcpu = grown(this.vcpu, capacity);
    this.#vcpuAt = grown(this.#vcpuAt, capacity);
  }

  /** Other queues; `from[i]` is the queue that queue i goes on from, or NONE. Nobody is in any as yet. */
  rebuildQueues(from: Int32Array): void {
    for (let queue = 0; queue < this.runnable.length; queue++) this.updateQueue(queue, 0);
    this.runnable = new Int32Array(from.length);
    this.planned = gathered(this.planned, from);
    this.#queueAt = gathered(this.#queueAt, from, Math.floor(this.#clock.nowNs / NS_PER_UNIT));
  }
}

/** An average after a load has held for so long; after more than a window it is the load. */
function aged(average: number, load: number, passed: number): number {
  if (passed > WINDOW) return load;
  return average + Math.floor((passed * load) / WINDOW) - Math.floor((passed * average) / WINDOW);
}
