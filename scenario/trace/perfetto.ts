import { DOMAIN0 } from '../../interface/index.ts';
import type { Named, Records, Sink } from '../sink.ts';
import { FtraceBundles } from './ftrace.ts';
import { int, message, text } from './protobuf.ts';

/** The most cpus that Perfetto opens (kMaxCpuCount of its ftrace_tokenizer.cc); one more and it refuses the file. */
export const PERFETTO_CPUS = 1024;

/** A domain is a process, its vcpus are threads: the first has the number of the process, as Linux counts. */
const PIDS_PER_DOMAIN = 1000;
export const pidOf = (domain: number, vcpu = 0) => domain * PIDS_PER_DOMAIN + 1 + vcpu;

/** All packets are of one writer: trusted_packet_sequence_id. */
const SEQUENCE = int(10, 1);
const SEQ_INCREMENTAL_STATE_CLEARED = 1;
const ACTIONS_UUID = 1;
const TYPE_INSTANT = 3;

/** A run as a trace for https://ui.perfetto.dev: what the kernel's scheduler would have reported, and the actions. */
export class PerfettoTrace implements Sink {
  readonly #file: { write(bytes: Uint8Array): void };
  readonly #bundles: FtraceBundles;
  /** By id, as they were described last. */
  readonly #domains = new Map<number, Named>();
  /** How many threads of the trace have been named. */
  #named = 0;
  #threads: Records['threads'] = [];

  constructor(cpus: number, file: { write(bytes: Uint8Array): void }) {
    this.#file = file;
    this.#bundles = new FtraceBundles(cpus, (bytes) => file.write(bytes));
    // track_descriptor { uuid, name }, sequence_flags: what stands here may be relied upon from now on
    this.#packet([
      ...message(60, [...int(1, ACTIONS_UUID), ...text(2, 'actions')]),
      ...int(13, SEQ_INCREMENTAL_STATE_CLEARED),
    ]);
  }

  described({ nowNs, domains }: { readonly nowNs: number; readonly domains: readonly Named[] }): void {
    for (const domain of domains) {
      const { id, name, vcpus } = domain;
      const known = this.#domains.get(id);
      if (id === DOMAIN0 || (known?.name === name && known.vcpus === vcpus)) continue;
      this.#domains.set(id, domain);
      this.#packet([...int(8, nowNs), ...message(2, processTree(domain))]);
      this.#nameThreads(id, 0);
    }
  }

  took(records: Records): void {
    this.#threads = records.threads;
    this.#nameThreads(null, this.#named);
    this.#named = records.threads.length;
    this.#bundles.take(records);
  }

  acted(atNs: number, words: string): void {
    // track_event { type, track_uuid, name }
    const event = [...int(9, TYPE_INSTANT), ...int(11, ACTIONS_UUID), ...text(23, words)];
    this.#packet([...int(8, atNs), ...message(11, event)]);
  }

  ended(atNs: number): void {
    this.#bundles.end(atNs);
  }

  /** Threads from this one on, of one domain or of all. */
  #nameThreads(only: number | null, from: number): void {
    for (let thread = from; thread < this.#threads.length; thread++) {
      const { domain, vcpu } = this.#threads[thread]!;
      if (only !== null && domain !== only) continue;
      this.#bundles.name(thread, pidOf(domain, vcpu), `${this.#domains.get(domain)?.name ?? domain}/${vcpu}`);
    }
  }

  #packet(fields: readonly number[]): void {
    this.#file.write(Uint8Array.from(message(1, [...fields, ...SEQUENCE])));
  }
}

/** process_tree { processes { pid, cmdline }, threads { tid, name, tgid } ... } */
function processTree({ id, name, vcpus }: Named): number[] {
  const threads = Array.from({ length: vcpus }, (_, vcpu) =>
    message(2, [...int(1, pidOf(id, vcpu)), ...text(2, `${name}/${vcpu}`), ...int(3, pidOf(id))]),
  );
  return [...message(1, [...int(1, pidOf(id)), ...text(3, name)]), ...threads.flat()];
}
