import { checkName, type DomainId, domainId, LIMITS, POOL0 } from '../../interface/index.ts';

/*
 * How pools and domains are called in the cgroup tree. A cgroup cannot be renamed, so a directory keeps the name that
 * its pool was created with; what it is called now is in the state file.
 */

const PREFIX = 'xm-';
/** Everything else is written as its bytes, so that every name fits everybody who lists cgroups. */
const UNSAFE = /[^A-Za-z0-9_.:+-]/gu;

/** Where the domains of pool0 live: a plain member of the root, not a partition. */
export const POOL0_DIRECTORY = `${PREFIX}${POOL0}`;

/** A directory for a new pool of this name; not one of those taken by a pool that was renamed since. */
export function poolDirectory(name: string, taken: ReadonlySet<string>): string {
  const plain = `${PREFIX}${name.replace(UNSAFE, escaped)}`;
  let directory = plain;
  for (let n = 2; taken.has(directory); n++) directory = `${plain}~${n}`;
  return directory;
}

/** The name that a directory was made for; `null` for a directory that is no pool's. */
export function poolNameOf(directory: string): string | null {
  if (!directory.startsWith(PREFIX)) return null;
  const written = directory.slice(PREFIX.length).replace(/~\d+$/, '');
  try {
    const name = checkName('pool', decodeURIComponent(written));
    return name.ok ? name.value : null;
  } catch {
    return null;
  }
}

export const domainDirectory = (id: DomainId): string => `dom-${id}`;

export function domainIdOf(directory: string): DomainId | null {
  const [, id] = /^dom-(\d{1,5})$/.exec(directory) ?? [];
  return id === undefined || Number(id) >= LIMITS.domains ? null : domainId(Number(id));
}

const escaped = (text: string) =>
  [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
