import { join } from 'node:path';
import { checkName, type DomainId, domainId, LIMITS, POOL0 } from '../../interface/index.ts';
import type { Names } from './carrier.ts';

const PREFIX = 'xm-';
/** Everything else is written as its bytes, so that every name fits everybody who lists cgroups. */
const UNSAFE = /[^A-Za-z0-9_.:+-]/gu;

/** Plain directories: `xm-build/dom-7`. */
export const PLAIN_NAMES: Names = {
  pool0: `${PREFIX}${POOL0}`,
  poolDirectory,
  poolNameOf,
  domainDirectory: (home, id) => join(home, `dom-${id}`),
  domainIdOf,
};

function poolDirectory(name: string, taken: ReadonlySet<string>): string {
  const plain = `${PREFIX}${name.replace(UNSAFE, escaped)}`;
  let directory = plain;
  for (let n = 2; taken.has(directory); n++) directory = `${plain}~${n}`;
  return directory;
}

function poolNameOf(directory: string): string | null {
  if (!directory.startsWith(PREFIX)) return null;
  const written = directory.slice(PREFIX.length).replace(/~\d+$/, '');
  try {
    const name = checkName('pool', decodeURIComponent(written));
    return name.ok ? name.value : null;
  } catch {
    return null;
  }
}

function domainIdOf(directory: string): DomainId | null {
  const [, id] = /^dom-(\d{1,5})$/.exec(directory) ?? [];
  return id === undefined || Number(id) >= LIMITS.domains ? null : domainId(Number(id));
}

const escaped = (text: string) =>
  [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
