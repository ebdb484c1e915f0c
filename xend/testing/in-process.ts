import { pino } from 'pino';
import { regularTopology, type Topology } from '../../interface/index.ts';
import { Events } from '../events.ts';
import { Guard } from '../guard.ts';
import { openLedger } from '../ledger.ts';
import { Observer } from '../observer.ts';
import { PoolService } from '../pool-service.ts';
import { recover } from '../recovery.ts';
import { createApp } from '../server.ts';
import type { Xend } from '../xend.ts';
import { MemoryFile } from './memory-file.ts';
import { ModelHost } from './model-host.ts';

/** The proposal's host: ten cpus. */
export const TEN_CPUS: Topology = regularTopology({ cpus: 10 });

/** A xend without sockets, on a model of a host and a journal in memory. */
export async function xendOn(host = new ModelHost(TEN_CPUS), file = new MemoryFile()) {
  const ledger = await openLedger(file);
  if (!ledger.ok) throw new Error(JSON.stringify(ledger.refusal));
  const recovered = await recover(host, ledger.value);
  if (!recovered.ok) throw new Error(JSON.stringify(recovered.refusal));
  const { definitions } = ledger.value;
  const description = await host.describe();
  const about = { uri: 'model:', xendVersion: '0' };
  const observer = new Observer(host, description, definitions, about, ledger.value.last);
  const events = new Events(definitions.start, () => new Date(0));
  const service = new PoolService(host, ledger.value, observer, events);
  const guard = new Guard({ host, ledger: ledger.value, observer, service, events }, () => host.nowNs / 1e6);
  let isStopAsked = false;
  const xend: Xend = {
    observer,
    service,
    guard,
    events,
    ledger: ledger.value,
    log: pino({ level: 'silent' }),
    startedAt: new Date(0),
    stop: () => {
      isStopAsked = true;
    },
  };
  const app = createApp(xend, { isReadOnly: false });
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : body === undefined ? null : JSON.stringify(body);
    const response = await app.request(path, { method, body: text, headers });
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into an answer wherever it likes
    const answer: any = await response.json();
    return { status: response.status, headers: response.headers, body: answer };
  };
  return {
    host,
    file,
    ...xend,
    service,
    guard,
    said: recovered.value,
    xend,
    app,
    send,
    isStopAsked: () => isStopAsked,
  };
}
