import { cpuOf, IDLE_THREAD, kindOf, PREEMPTED, threadOf, WOKEN } from '../../hypervisor/index.ts';
import type { Records } from '../sink.ts';
import { int, text, varint } from './protobuf.ts';

/** Where the events of one cpu gather until they make a packet; about 30 of them. */
const CHUNK_BYTES = 1024;
/** What a chunk must have room for: the longest event, and the rest of the last word. */
const LONGEST_EVENT = 64;
/** Packet { trusted_packet_sequence_id, ftrace_events { cpu, event ... } }: what stands before the first event. */
const HEAD_BYTES = 15;

/** Words of a cpu: where its next event goes, then the first words of the thread that is on it. */
const CPU_WORDS = 4;
const THREAD_WORDS = 10;
/** Words of a thread: its `pid` field in two and the bytes of it, then the bytes of next_comm and next_pid, and these. */
const NEXT_AT = 4;
/** The kernel's would be 15; names of domains are longer. */
const COMM_BYTES = 15;

/** prev_state by kind, as Linux writes it: R, S, D for a used-up cap, T for paused. */
const PREV_STATE = Uint8Array.of(0, 1, 2, 4);

/** A time is written in two parts: 28 bits in four bytes, and the rest, which seldom changes. */
const LOW = 2 ** 28;
const PER_LOW = 2 ** -28;

/** The bit that says that a varint goes on, in four bytes. */
const GOES_ON = 0x80808080 | 0;

/**
 * The scheduling events of a trace as Linux's ftrace would have recorded them: for each cpu bundles of sched_switch and
 * sched_waking (https://perfetto.dev/docs/data-sources/cpu-scheduling). Here goes the time of a traced run, so an event
 * is put together of words that were prepared when its thread appeared, and lies in its cpu's bundle from the start.
 */
export class FtraceBundles {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #cpus: Int32Array;
  #threads = new Int32Array(0);

  constructor(cpus: number, write: (bytes: Uint8Array) => void) {
    this.#write = write;
    this.#bytes = new Uint8Array(cpus * CHUNK_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
    this.#cpus = new Int32Array(cpus * CPU_WORDS);
    this.name(IDLE_THREAD, 0, 'swapper');
    for (let cpu = 0; cpu < cpus; cpu++) {
      this.#cpus[cpu * CPU_WORDS] = cpu * CHUNK_BYTES + HEAD_BYTES;
      this.#cpus.set(this.#threads.subarray(0, CPU_WORDS - 1), cpu * CPU_WORDS + 1);
    }
  }

  /** What a thread of the trace is called. */
  name(thread: number, tid: number, comm: string): void {
    const at = (thread + 1) * THREAD_WORDS;
    if (at + THREAD_WORDS > this.#threads.length) {
      const more = new Int32Array(2 * (at + THREAD_WORDS));
      more.set(this.#threads);
      this.#threads = more;
    }
    const pid = int(2, tid);
    const next = [...text(5, shortened(comm)), ...int(6, tid)];
    const [first = 0, second = 0] = wordsOf(pid);
    this.#threads.set([first, second, pid.length, next.length, ...wordsOf(next)], at);
  }

  take({ count, records }: Records): void {
    const cpus = this.#cpus;
    let high = -1;
    let highWord = 0;
    let highBytes = 0;
    for (let i = 0; i < count; i++) {
      const code = records[2 * i + 1]!;
      const cpu = cpuOf(code);
      const timeNs = records[2 * i]!;
      const timeHigh = (timeNs * PER_LOW) | 0;
      if (timeHigh !== high) {
        const bytes = varint(timeHigh);
        high = timeHigh;
        highWord = wordsOf(bytes)[0]!;
        highBytes = bytes.length;
      }
      if (cpus[cpu * CPU_WORDS]! - cpu * CHUNK_BYTES > CHUNK_BYTES - LONGEST_EVENT) this.#flush(cpu);
      const low = (timeNs - high * LOW) | 0;
      const kind = kindOf(code);
      const at = (threadOf(code) + 1) * THREAD_WORDS;
      if (kind === WOKEN) this.#waking(cpu, low, highWord, highBytes, at);
      else this.#switch(cpu, low, highWord, highBytes, at, kind);
    }
  }

  /** FtraceEvent { timestamp, pid, sched_switch { prev_pid, prev_state, next_comm, next_pid } } */
  #switch(cpu: number, low: number, highWord: number, highBytes: number, next: number, kind: number): void {
    const view = this.#view;
    const cpus = this.#cpus;
    const threads = this.#threads;
    const c = cpu * CPU_WORDS;
    const pid = cpus[c + 1]!;
    const pidMore = cpus[c + 2]!;
    const pidBytes = cpus[c + 3]!;
    const nextBytes = threads[next + 3]!;
    const inner = pidBytes + 2 + nextBytes;
    let at = cpus[c]!;
    view.setInt32(at, 0x080012 | ((7 + highBytes + pidBytes + inner) << 8), true);
    view.setInt32(at + 3, spread(low), true);
    view.setInt32(at + 7, highWord, true);
    at += 7 + highBytes;
    view.setInt32(at, pid, true);
    view.setInt32(at + 4, pidMore, true);
    at += pidBytes;
    view.setInt16(at, 0x22 | (inner << 8), true);
    view.setInt32(at + 2, pid, true);
    view.setInt32(at + 6, pidMore, true);
    at += pidBytes + 2;
    view.setInt16(at, 0x20 | (PREV_STATE[kind]! << 8), true);
    at += 2;
    for (let done = 0; done < nextBytes; done += 4)
      view.setInt32(at + done, threads[next + NEXT_AT + (done >> 2)]!, true);
    cpus[c] = at + nextBytes;
    cpus[c + 1] = threads[next]!;
    cpus[c + 2] = threads[next + 1]!;
    cpus[c + 3] = threads[next + 2]!;
  }

  /** FtraceEvent { timestamp, pid, sched_waking { pid, target_cpu } }, told by the cpu where the vcpu will wait */
  #waking(cpu: number, low: number, highWord: number, highBytes: number, woken: number): void {
    const view = this.#view;
    const cpus = this.#cpus;
    const threads = this.#threads;
    const c = cpu * CPU_WORDS;
    const pidBytes = cpus[c + 3]!;
    const wokenBytes = threads[woken + 2]!;
    const inner = wokenBytes + 3;
    let at = cpus[c]!;
    view.setInt32(at, 0x080012 | ((8 + highBytes + pidBytes + inner) << 8), true);
    view.setInt32(at + 3, spread(low), true);
    view.setInt32(at + 7, highWord, true);
    at += 7 + highBytes;
    view.setInt32(at, cpus[c + 1]!, true);
    view.setInt32(at + 4, cpus[c + 2]!, true);
    at += pidBytes;
    view.setInt32(at, 0x01a2 | (inner << 16), true);
    view.setInt32(at + 3, threads[woken]!, true);
    view.setInt32(at + 7, threads[woken + 1]!, true);
    at += 3 + wokenBytes;
    view.setInt32(at, 0x8028 | ((cpu & 0x7f) << 8) | ((cpu >> 7) << 16), true);
    cpus[c] = at + 3;
  }

  /** The last of it: who is on a cpu leaves it. Perfetto would leave a slice without an end out of its sums. */
  end(atNs: number): void {
    const timeHigh = Math.floor(atNs * PER_LOW);
    const bytes = varint(timeHigh);
    const low = atNs - timeHigh * LOW;
    for (let cpu = 0; cpu * CPU_WORDS < this.#cpus.length; cpu++) {
      this.#flush(cpu);
      if (this.#cpus[cpu * CPU_WORDS + 1] !== this.#threads[0])
        this.#switch(cpu, low, wordsOf(bytes)[0]!, bytes.length, 0, PREEMPTED);
      this.#flush(cpu);
    }
  }

  flush(): void {
    for (let cpu = 0; cpu * CPU_WORDS < this.#cpus.length; cpu++) this.#flush(cpu);
  }

  #flush(cpu: number): void {
    const start = cpu * CHUNK_BYTES;
    const end = this.#cpus[cpu * CPU_WORDS]!;
    this.#cpus[cpu * CPU_WORDS] = start + HEAD_BYTES;
    if (end === start + HEAD_BYTES) return;
    const view = this.#view;
    view.setUint8(start, 0x0a);
    view.setInt32(start + 1, padded(end - start - 5), true);
    view.setInt32(start + 5, 0x0a0150, true);
    view.setInt32(start + 8, padded(end - start - 12), true);
    view.setUint8(start + 12, 0x08);
    view.setInt16(start + 13, 0x80 | (cpu & 0x7f) | ((cpu >> 7) << 8), true);
    this.#write(this.#bytes.subarray(start, end));
  }
}

/** 28 bits, seven to a byte, as a varint that goes on. */
const spread = (low: number) =>
  (low & 0x7f) | ((low << 1) & 0x7f00) | ((low << 2) & 0x7f0000) | ((low << 3) & 0x7f000000) | GOES_ON;

/** A length in four bytes, however small, so that it can be filled in at the end. */
const padded = (length: number) => spread(length) & 0x7fffffff;

function wordsOf(bytes: readonly number[]): number[] {
  const words: number[] = [];
  bytes.forEach((byte, n) => {
    words[n >> 2] = (words[n >> 2] ?? 0) | (byte << (8 * (n & 3)));
  });
  return words;
}

/** What is left of a thread's name keeps its vcpu: `very-long-na/3`. */
function shortened(comm: string): string {
  const slash = comm.lastIndexOf('/');
  let name = comm.slice(0, Math.max(0, slash));
  const bytes = () => Buffer.byteLength(name) + comm.length - slash;
  while (slash > 0 && bytes() > COMM_BYTES) name = [...name].slice(0, -1).join('');
  return slash > 0 ? name + comm.slice(slash) : comm;
}
