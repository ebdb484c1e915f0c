import { done, type Outcome, refuse } from '../interface/index.ts';
import { openHost } from '../libxc/open.ts';
import { parseHostUri } from '../libxc/uri.ts';
import { prepareDirectories } from './daemon.ts';
import { takeLock } from './lock.ts';
import type { XendOptions } from './options.ts';
import { removeLeft } from './server.ts';

/** Gives back what pools took of a host that lives on without them. What is defined stays defined. */
export async function releaseHost(options: XendOptions): Promise<Outcome<void>> {
  const uri = parseHostUri(options.uri);
  if (!uri.ok) return uri;
  const prepared = prepareDirectories(options);
  if (!prepared.ok) return prepared;
  const lock = takeLock(options.stateDir);
  if (!lock.ok) return lock;
  try {
    const released = await release(uri.value);
    if (released.ok) for (const path of [options.socket, options.readOnlySocket]) await removeLeft(path);
    return released;
  } finally {
    lock.value.release();
  }
}

async function release(uri: Parameters<typeof openHost>[0]): Promise<Outcome<void>> {
  const host = await openHost(uri, () => Number(process.hrtime.bigint()));
  if (!host.ok) return host;
  const { driver } = await host.value.describe();
  const released = await (host.value.release?.() ??
    refuse({ code: 'not-offered', what: 'to be given back: it ends with its xend', driver }));
  await host.value.close();
  return released.ok ? done(undefined) : released;
}
