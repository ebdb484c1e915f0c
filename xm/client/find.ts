import { resolve } from 'node:path';
import { done, type Outcome, refuse } from '../../interface/outcome.ts';
import { xendPaths } from '../../interface/paths.ts';
import type { HostView } from '../../interface/views.ts';
import type { Caller } from '../caller.ts';
import type { Line } from '../grammar/line.ts';
import { answers } from './http.ts';
import { ask } from './xend.ts';

/**
 * The socket of the xend that a command is for: the one named with --connect or XM_CONNECT, else the system's, else
 * the private one of this user, which is started when it does not run.
 */
export async function findXend(line: Line, caller: Caller): Promise<Outcome<string>> {
  const uri = line.options.get('connect') ?? caller.env.XM_CONNECT ?? '';
  if (uri !== '') return connectTo(uri, caller);
  const running = await runningXend(caller);
  return running === null ? startPrivate(caller) : done(running);
}

/** The system's xend or the private one, whichever answers; null when neither does. */
export async function runningXend(caller: Caller): Promise<string | null> {
  const system = xendPaths('system', caller.env, caller.uid).socket;
  if (await answers(system)) return system;
  const own = xendPaths('private', caller.env, caller.uid).socket;
  return (await answers(own, caller.uid)) ? own : null;
}

async function connectTo(uri: string, caller: Caller): Promise<Outcome<string>> {
  if (uri.startsWith('unix:')) return done(resolve(caller.cwd, uri.slice('unix:'.length)));
  if (/^(linux|xen):/.test(uri)) {
    const { socket } = xendPaths('system', caller.env, caller.uid);
    return serving(uri, socket);
  }
  if (uri.startsWith('embedded:')) return connectPrivate(withWholePath(uri, caller.cwd), caller);
  if (uri.includes('/')) return done(resolve(caller.cwd, uri));
  return refuse({ code: 'bad-uri', uri, why: 'it is neither a host nor the path of a socket' });
}

async function connectPrivate(uri: string, caller: Caller): Promise<Outcome<string>> {
  const { socket } = xendPaths('private', caller.env, caller.uid);
  return (await answers(socket, caller.uid)) ? serving(uri, socket) : startPrivate(caller, uri);
}

/** The socket, if the xend behind it serves the host that is asked for. */
async function serving(uri: string, socket: string): Promise<Outcome<string>> {
  const host = await ask<HostView>(socket, { method: 'GET', path: '/v1/host' });
  if (!host.ok) return host;
  if (host.value.uri !== uri) return refuse({ code: 'other-host', wanted: uri, running: host.value.uri });
  return done(socket);
}

async function startPrivate(caller: Caller, uri?: string): Promise<Outcome<string>> {
  const { start } = await import('./start.ts');
  return start(caller, uri);
}

/** A private xend works in another directory: a topology file is named by its whole path. */
function withWholePath(uri: string, cwd: string): string {
  return uri.replace(/([?&]topology=)(?!sys(?:&|$))([^&/][^&]*)/, (_, key, relative) => {
    const directory = encodeURIComponent(cwd).replaceAll('%2F', '/');
    return `${key}${directory}/${relative}`;
  });
}
