import { didYouMean, done, LIMITS, type Outcome, type Refused, refuse } from '../interface/index.ts';

/** Which host to speak to, as `--connect` and `XM_CONNECT` name it. */
export type HostUri =
  | EmbeddedUri
  | { readonly driver: 'linux' }
  | { readonly driver: 'xen' }
  /** A running xend. */
  | { readonly driver: 'socket'; readonly path: string };

/** The embedded host: of a shape (`cpus` … `memoryMib`), or of a topology read from somewhere. */
export interface EmbeddedUri {
  readonly driver: 'embedded';
  readonly cpus?: number;
  readonly nodes?: number;
  readonly coresPerSocket?: number;
  readonly threadsPerCore?: number;
  readonly memoryMib?: number;
  /** `sys` is this machine's `/sys`, anything else the path of an hwloc file. */
  readonly topology?: string;
  readonly seed?: number;
}

/** What `embedded:?…` takes: the field it becomes and its largest value. */
const PARAMETERS: Readonly<Record<string, { field: keyof EmbeddedUri; most: number; least?: number }>> = {
  cpus: { field: 'cpus', most: LIMITS.cpus },
  nodes: { field: 'nodes', most: LIMITS.cpus },
  cores: { field: 'coresPerSocket', most: LIMITS.cpus },
  threads: { field: 'threadsPerCore', most: LIMITS.cpus },
  memory: { field: 'memoryMib', most: LIMITS.memoryMib },
  topology: { field: 'topology', most: 0 },
  seed: { field: 'seed', most: 0xffff_ffff, least: 0 },
};
const SHAPE = ['cpus', 'nodes', 'cores', 'threads', 'memory'];

/**
 * `embedded:`, `embedded:?cpus=16&nodes=2`, `embedded:?topology=sys`, `linux:`, `xen:`, `unix:PATH`, or a path that starts
 * with `/` or `.`. Percent escapes in a query mean what they do in every URI.
 */
export function parseHostUri(uri: string): Outcome<HostUri> {
  if (/^\.{0,2}\//.test(uri)) return done({ driver: 'socket', path: uri });
  const [, driver, rest] = /^([a-z]+):(.*)$/s.exec(uri) ?? [];
  switch (driver) {
    case 'embedded':
      return parseEmbedded(uri, rest!);
    case 'linux':
    case 'xen':
      return rest === '' ? done({ driver }) : wrong(uri, `${driver}: takes nothing after the colon`);
    case 'unix':
      return rest === ''
        ? wrong(uri, 'the path of the socket is missing')
        : done({ driver: 'socket', path: rest! });
    default:
      return wrong(uri, `${didYouMean(driver ?? uri, ['embedded', 'linux', 'xen', 'unix'])}it names no host`);
  }
}

function parseEmbedded(uri: string, rest: string): Outcome<EmbeddedUri> {
  if (rest !== '' && !rest.startsWith('?')) return wrong(uri, 'after embedded: there is nothing or ?cpus=16');
  const given = new Map<string, string>();
  for (const part of rest
    .slice(1)
    .split('&')
    .filter((text) => text !== '')) {
    const [, name, written] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (name === undefined) return wrong(uri, `${JSON.stringify(part)} is not like cpus=16`);
    if (given.has(name)) return wrong(uri, `${name} is given twice`);
    given.set(name, written!);
  }
  const result: Record<string, unknown> = { driver: 'embedded' };
  for (const [name, written] of given) {
    const fault = readParameter(name, written, result);
    if (fault !== null) return wrong(uri, fault);
  }
  const twice = given.has('topology') ? SHAPE.find((name) => given.has(name)) : undefined;
  if (twice !== undefined) return wrong(uri, `topology= says already what ${twice}= would`);
  return done(result as unknown as EmbeddedUri);
}

/** Adds one parameter to what is known; a sentence if it cannot. */
function readParameter(name: string, written: string, result: Record<string, unknown>): string | null {
  const known = Object.keys(PARAMETERS);
  const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name]! : null;
  if (parameter === null)
    return `${didYouMean(name, known)}${JSON.stringify(name)} is none of ${known.join(', ')}`;
  if (name === 'topology') {
    const path = decoded(written);
    result[parameter.field] = path;
    return path === null || path === '' ? 'topology= wants sys or the path of an hwloc file' : null;
  }
  const { most, least = 1 } = parameter;
  const value = /^\d{1,15}$/.test(written) ? Number(written) : Number.NaN;
  result[parameter.field] = value;
  return value >= least && value <= most ? null : `${name}= wants a whole number from ${least} to ${most}`;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const wrong = (uri: string, why: string): Refused => refuse({ code: 'bad-uri', uri, why });
