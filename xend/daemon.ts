import { lstatSync, mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { unwritable } from '../interface/errno.ts';
import { done, type Host, type Outcome } from '../interface/index.ts';
import { openHost } from '../libxc/open.ts';
import { parseHostUri } from '../libxc/uri.ts';
import { Events } from './events.ts';
import { Guard } from './guard.ts';
import { openJournalFile } from './journal-file.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { takeLock } from './lock.ts';
import { Observer } from './observer.ts';
import type { XendOptions } from './options.ts';
import { PoolService } from './pool-service.ts';
import { recover } from './recovery.ts';
import { close, createApp, serve } from './server.ts';
import { version } from './version.ts';
import type { Xend } from './xend.ts';

/** The administrator's socket is for its owner; the system's read-only one is for everybody. */
const OWNER_ONLY = 0o600;
const EVERYBODY = 0o666;

export interface RunningXend extends Xend {
  /** Resolves when it has stopped, asked over the API or here. */
  readonly ended: Promise<void>;
}

/** Starts a whole xend: lock, host, journal, recovery, sockets. Whatever is refused leaves nothing running. */
export async function startXend(options: XendOptions, log: Logger): Promise<Outcome<RunningXend>> {
  const prepared = prepareDirectories(options);
  if (!prepared.ok) return prepared;
  const lock = takeLock(options.stateDir);
  if (!lock.ok) return lock;
  const opened = await openState(options);
  if (!opened.ok) {
    lock.value.release();
    return opened;
  }
  const { host, ledger } = opened.value;
  const started = await startOn(host, ledger, options, log);
  if (!started.ok) {
    await ledger.close();
    lock.value.release();
  }
  return started;
}

async function openState({ uri, stateDir }: XendOptions): Promise<Outcome<{ host: Host; ledger: Ledger }>> {
  const parsed = parseHostUri(uri);
  if (!parsed.ok) return parsed;
  const host = await openHost(parsed.value, () => Number(process.hrtime.bigint()));
  if (!host.ok) return host;
  const path = join(stateDir, 'journal');
  const file = await openJournalFile(path).catch((error) => unwritable(path, error));
  if ('ok' in file) return file;
  const ledger = await openLedger(file);
  return ledger.ok ? done({ host: host.value, ledger: ledger.value }) : ledger;
}

async function startOn(
  host: Host,
  ledger: Ledger,
  options: XendOptions,
  log: Logger,
): Promise<Outcome<RunningXend>> {
  const recovered = await recover(host, ledger);
  if (!recovered.ok) return recovered;
  const { definitions } = ledger;
  const events = new Events(
    definitions.start,
    () => new Date(),
    ({ id, kind, text }) => log[kind === 'problem' ? 'warn' : 'info']({ event: id, kind }, text),
  );
  for (const said of recovered.value) events.publish(said);
  const about = { uri: options.uri, xendVersion: version };
  const observer = new Observer(host, await host.describe(), definitions, about, ledger.last);
  await observer.beginShares();
  const service = new PoolService(host, ledger, observer, events);
  const guard = new Guard({ host, ledger, observer, service, events }, () => performance.now());
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const xend: Xend = {
    observer,
    service,
    guard,
    events,
    ledger,
    log,
    startedAt: new Date(),
    stop: () => stop(),
  };
  const servers = await openSockets(xend, options);
  if (!servers.ok) return servers;
  guard.start();
  events.publish({ kind: 'start', text: `xend ${version} started on ${options.uri}` });
  log.info({ socket: options.socket, state: options.stateDir }, 'ready');
  return done({
    ...xend,
    ended: stopped.then(() => shutDown(xend, guard, service, servers.value, ledger, host)),
  });
}

/** The change under way ends first, then the conversations, then what they were about. */
async function shutDown(
  xend: Xend,
  guard: Guard,
  service: PoolService,
  servers: readonly Server[],
  ledger: Ledger,
  host: Host,
) {
  guard.stop();
  await service.stop();
  xend.events.end();
  await Promise.all(servers.map(close));
  await ledger.close();
  await host.close();
  xend.log.info('stopped');
}

/** The full socket comes last: whoever gets an answer there finds the other one too. */
async function openSockets(xend: Xend, options: XendOptions): Promise<Outcome<Server[]>> {
  const mode = options.isPrivate ? OWNER_ONLY : EVERYBODY;
  const readOnly = await serve(createApp(xend, { isReadOnly: true }), options.readOnlySocket, mode);
  if (!readOnly.ok) return readOnly;
  const full = await serve(createApp(xend, { isReadOnly: false }), options.socket, OWNER_ONLY);
  if (full.ok) return done([full.value, readOnly.value]);
  await close(readOnly.value);
  return full;
}

/** The state is its owner's alone; so is the directory of a private xend's sockets. */
export function prepareDirectories({ stateDir, socket, isPrivate }: XendOptions): Outcome<void> {
  const state = prepare(stateDir, 0o700);
  if (!state.ok) return state;
  return prepare(dirname(socket), isPrivate ? 0o700 : 0o755);
}

function prepare(path: string, mode: number): Outcome<void> {
  try {
    mkdirSync(path, { recursive: true, mode });
    const why = unsafe(path);
    return why === null ? done(undefined) : unwritable(path, new Error(why));
  } catch (error) {
    return unwritable(path, error);
  }
}

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Under /tmp anybody could have made it first: to serve there would be to serve them. */
function unsafe(path: string): string | null {
  const { uid, mode } = lstatSync(path);
  if (uid !== process.getuid!() && uid !== 0) return 'it belongs to another user';
  return (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0 ? 'others can write there, too' : null;
}
