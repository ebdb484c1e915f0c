import { parseArgs } from 'node:util';
import { done, type Outcome, refuse } from '../interface/index.ts';
import { readOnlySocketOf, xendPaths } from '../interface/paths.ts';

export interface XendOptions {
  /** Which host to drive. */
  readonly uri: string;
  /** A private xend shows its state to its user only. */
  readonly isPrivate: boolean;
  readonly socket: string;
  readonly readOnlySocket: string;
  readonly stateDir: string;
}

export type Command =
  | { readonly do: 'run'; readonly options: XendOptions }
  /** The first of these that runs. */
  | { readonly do: 'stop'; readonly places: readonly XendOptions[] }
  /** Leave the host as it was found. */
  | { readonly do: 'release'; readonly options: XendOptions }
  | { readonly do: 'help' }
  | { readonly do: 'version' };

export const HELP = `usage: xend [--connect URI] [--private] [--socket PATH] [--state DIR]
            [--stop | --release-all]

The daemon of pools: keeps the law of pools on a host, and serves xm on a unix socket.

  --connect URI   the host: embedded: (default), embedded:?cpus=16, embedded:?topology=sys, linux:
  --private       sockets and state of this user; without it, those of the system when root
  --socket PATH   listen there; the read-only socket is beside it, PATH-ro.sock
  --state DIR     keep the journal there
  --stop          stop the xend that xm finds, or the one of these paths, and wait until it is gone
  --release-all   give back what the pools took of a linux: host; the definitions stay for the next start
  --version       print the version
  --help          print this

example: xend --private --connect 'embedded:?cpus=16&nodes=2'
`;

const OPTIONS = {
  connect: { type: 'string' },
  private: { type: 'boolean' },
  socket: { type: 'string' },
  state: { type: 'string' },
  stop: { type: 'boolean' },
  'release-all': { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export function parseOptions(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
): Outcome<Command> {
  const parsed = parse(words);
  if (!parsed.ok) return parsed;
  const given = parsed.value;
  if (given.help) return done({ do: 'help' });
  if (given.version) return done({ do: 'version' });
  const empty = (['connect', 'socket', 'state'] as const).find((name) => given[name] === '');
  if (empty !== undefined) return usage(`--${empty} needs a value`);

  const place = (isPrivate: boolean): XendOptions => {
    const paths = xendPaths(isPrivate ? 'private' : 'system', env, uid);
    const socket = given.socket ?? paths.socket;
    return {
      uri: given.connect ?? 'embedded:',
      isPrivate,
      socket,
      readOnlySocket: given.socket === undefined ? paths.readOnlySocket : readOnlySocketOf(socket),
      stateDir: given.state ?? paths.stateDir,
    };
  };
  const isPrivate = given.private ?? uid !== 0;
  if (given.stop && given['release-all']) return usage('--stop and --release-all are two commands');
  if (given['release-all']) return done({ do: 'release', options: place(isPrivate) });
  if (!given.stop) return done({ do: 'run', options: place(isPrivate) });
  // Root who says nothing means the xend that xm would find: the system's, else root's own.
  const isSaid = given.private ?? given.socket ?? given.state;
  return done({ do: 'stop', places: isPrivate || isSaid ? [place(isPrivate)] : [place(false), place(true)] });
}

function parse(words: readonly string[]) {
  try {
    return done(parseArgs({ args: [...words], options: OPTIONS, allowPositionals: false }).values);
  } catch (error) {
    const [why] = (error as Error).message.split('. ');
    return usage(`${why![0]!.toLowerCase()}${why!.slice(1)}`);
  }
}

const usage = (why: string) => refuse({ code: 'usage', why, hint: 'xend --help shows the options' });
