import { Worker } from 'node:worker_threads';
import type { Trace } from '../../hypervisor/index.ts';
import type { HostState } from '../../interface/index.ts';
import type { OutputFile } from '../output-file.ts';
import type { Named, Sink } from '../sink.ts';
import type { FromTracer, ToTracer } from './worker.ts';

/** How many sets of records may be on their way: the writer shall not fall behind without end. */
const MOST_ON_THE_WAY = 4;

/**
 * A trace that another thread writes: this one goes on simulating in the meantime. Records go there as they are, array by
 * array, and the arrays come back.
 */
export class TraceThread implements Sink {
  readonly #worker: Worker;
  readonly #file: OutputFile;
  /** By domain id, as it was told. */
  readonly #told = new Map<number, Named>();
  #toldThreads = 0;
  readonly #free: Float64Array<ArrayBuffer>[] = [];
  #onTheWay = 0;
  #isGone = false;
  /** Whoever waits for the writer. */
  #wake: (() => void) | null = null;

  constructor(cpus: number, file: OutputFile, program: string) {
    this.#file = file;
    this.#worker = new Worker(program, { workerData: { cpus, descriptor: file.descriptor } });
    this.#worker.on('message', (message: FromTracer) => this.#hear(message));
    this.#worker.on('error', (error) => {
      file.fail(error);
      this.#isGone = true;
      this.#wake?.();
    });
  }

  described({ nowNs, domains }: HostState): void {
    const news = domains.filter(({ id, name, vcpus }) => {
      const told = this.#told.get(id);
      return told?.name !== name || told.vcpus !== vcpus;
    });
    if (news.length === 0) return;
    const named = news.map(({ id, name, vcpus }) => ({ id, name, vcpus }));
    for (const one of named) this.#told.set(one.id, one);
    this.#tell({ tell: 'named', nowNs, domains: named });
  }

  async took(trace: Trace): Promise<void> {
    if (trace.count === 0) return;
    while (this.#onTheWay === MOST_ON_THE_WAY && !this.#isGone) await this.#news();
    const { count, records, threads } = trace;
    const enrolled = threads.slice(this.#toldThreads);
    const room = records.length;
    this.#toldThreads = threads.length;
    this.#onTheWay++;
    this.#tell({ tell: 'took', count, records, enrolled }, [records.buffer]);
    trace.refill(this.#free.pop() ?? new Float64Array(room));
  }

  acted(atNs: number, words: string): void {
    this.#tell({ tell: 'acted', atNs, words });
  }

  /** When everything has been written. */
  async ended(atNs: number): Promise<void> {
    this.#tell({ tell: 'ended', atNs });
    while (!this.#isGone) await this.#news();
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #tell(message: ToTracer, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #hear(message: FromTracer): void {
    if (message.tell === 'failed') this.#file.fail(message.error);
    else if (message.tell === 'ended') this.#isGone = true;
    else {
      this.#onTheWay--;
      this.#free.push(message.records);
    }
    this.#wake?.();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
