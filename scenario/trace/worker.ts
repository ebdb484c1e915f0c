import { parentPort, workerData } from 'node:worker_threads';
import type { Trace } from '../../hypervisor/index.ts';
import { Appender } from '../appender.ts';
import type { Named } from '../sink.ts';
import { PerfettoTrace } from './perfetto.ts';

/** What is told about the run, in its order. */
export type ToTracer =
  | { readonly tell: 'named'; readonly nowNs: number; readonly domains: readonly Named[] }
  | {
      readonly tell: 'took';
      readonly count: number;
      readonly enrolled: Trace['threads'];
      readonly records: Float64Array<ArrayBuffer>;
    }
  | { readonly tell: 'acted'; readonly atNs: number; readonly words: string }
  | { readonly tell: 'ended'; readonly atNs: number };

/** Records that have been read, what went wrong, and the end. */
export type FromTracer =
  | { readonly tell: 'read'; readonly records: Float64Array<ArrayBuffer> }
  | {
      readonly tell: 'failed';
      readonly error: { readonly code?: string | undefined; readonly message: string };
    }
  | { readonly tell: 'ended' };

main(workerData);

/** The thread that writes a trace: thread.ts has the other end. */
function main({ cpus, descriptor }: { cpus: number; descriptor: number }): void {
  const port = parentPort!;
  const tell = (message: FromTracer, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const file = new Appender(descriptor);
  const perfetto = new PerfettoTrace(cpus, file);
  const threads: Trace['threads'] = [];
  let hasFailed = false;
  port.on('message', (message: ToTracer) => {
    switch (message.tell) {
      case 'named':
        perfetto.described(message);
        break;
      case 'acted':
        perfetto.acted(message.atNs, message.words);
        break;
      case 'took': {
        const { records } = message;
        for (const one of message.enrolled) threads.push(one);
        perfetto.took({ ...message, threads });
        tell({ tell: 'read', records }, [records.buffer]);
        break;
      }
      case 'ended':
        perfetto.ended(message.atNs);
        file.flush();
    }
    if (file.error !== null && !hasFailed) {
      hasFailed = true;
      tell({ tell: 'failed', error: { code: file.error.code, message: file.error.message } });
    }
    if (message.tell === 'ended') tell({ tell: 'ended' });
  });
}
