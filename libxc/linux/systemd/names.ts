import { basename, join } from 'node:path';
import { checkName, type DomainId, domainId, LIMITS, POOL0 } from '../../../interface/index.ts';
import type { Names } from '../carrier.ts';

/*
 * Units are called what they are called in the tree. A dash in the name of a slice would put it into another slice, so
 * it is escaped, as systemd-escape(1) writes it. A domain's unit needs a name that is nowhere else: that it is in a slice does
 * not make it another.
 */

/** A renamed pool keeps its slice; the next one of that name gets a number: `xm2_build.slice`. */
const SLICE = /^xm(\d*)_(.+)\.slice$/;
const SCOPE = /^xm-dom-(\d{1,5})(?:\.2)?\.scope$/;
/** Everything else is its bytes. What may be left as it is at the beginning of a name does not matter here. */
const UNSAFE = /[^A-Za-z0-9_.:]/gu;

/** Slices and scopes: `xm_build.slice/xm-dom-7.scope`. */
export const SYSTEMD_NAMES: Names = {
  pool0: `xm_${POOL0}.slice`,
  poolDirectory,
  poolNameOf,
  domainDirectory,
  domainIdOf,
};

function poolDirectory(name: string, taken: ReadonlySet<string>): string {
  const written = name.replace(UNSAFE, escaped);
  let directory = `xm_${written}.slice`;
  for (let n = 2; taken.has(directory); n++) directory = `xm${n}_${written}.slice`;
  return directory;
}

function poolNameOf(directory: string): string | null {
  const [, , written] = SLICE.exec(directory) ?? [];
  if (written === undefined) return null;
  // The way of URLs says the same and is read strictly: half a character is none.
  const asUrl = written.replaceAll('%', '%25').replace(/\\x([\da-f]{2})/g, '%$1');
  try {
    const name = checkName('pool', decodeURIComponent(asUrl));
    return name.ok ? name.value : null;
  } catch {
    return null;
  }
}

function domainDirectory(home: string, id: DomainId, leaving?: string): string {
  const usual = `xm-dom-${id}.scope`;
  const isTaken = leaving !== undefined && basename(leaving) === usual;
  return join(home, isTaken ? `xm-dom-${id}.2.scope` : usual);
}

function domainIdOf(name: string): DomainId | null {
  const [, id] = SCOPE.exec(name) ?? [];
  return id === undefined || Number(id) >= LIMITS.domains ? null : domainId(Number(id));
}

const escaped = (text: string) =>
  [...new TextEncoder().encode(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
