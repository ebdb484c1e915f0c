/** Where a xend keeps its sockets and its state. */
export interface XendPaths {
  /** Private to its user (0700); the system's is everybody's to enter. */
  readonly runtimeDir: string;
  readonly socket: string;
  readonly readOnlySocket: string;
  readonly stateDir: string;
  /** Where the standard error of a xend started by `xm` goes. */
  readonly log: string;
}

/**
 * The system's xend lives where Linux keeps daemons; a private one where the XDG base directory specification puts a
 * user's sockets and state. Where the session names no such directories (cron, su) the fallbacks carry the uid.
 */
export function xendPaths(
  kind: 'private' | 'system',
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
): XendPaths {
  if (kind === 'system') return pathsIn('/run/xend', '/var/lib/xend');
  const own = `/tmp/cpu-pools-${uid}`;
  const runtime = absolute(env.XDG_RUNTIME_DIR);
  const home = absolute(env.HOME);
  const state = absolute(env.XDG_STATE_HOME) ?? (home === null ? null : `${home}/.local/state`);
  return pathsIn(
    runtime === null ? own : `${runtime}/cpu-pools`,
    state === null ? `${own}/state` : `${state}/cpu-pools`,
  );
}

/** `X.sock` → `X-ro.sock`: the socket for watchers stands beside the administrator's. */
export const readOnlySocketOf = (socket: string): string =>
  socket.endsWith('.sock') ? `${socket.slice(0, -'.sock'.length)}-ro.sock` : `${socket}-ro`;

function pathsIn(runtimeDir: string, stateDir: string): XendPaths {
  const socket = `${runtimeDir}/xend.sock`;
  return {
    runtimeDir,
    socket,
    readOnlySocket: readOnlySocketOf(socket),
    stateDir,
    log: `${stateDir}/xend.log`,
  };
}

/** A relative path in these variables is to be ignored, says the specification. */
const absolute = (path: string | undefined): string | null =>
  path?.startsWith('/') ? path.replace(/\/+$/, '') : null;
