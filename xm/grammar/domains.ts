import { readDomainFile } from '../../config/domain-file.ts';
import { checkName } from '../../interface/names.ts';
import { done, type Outcome } from '../../interface/outcome.ts';
import type { DomainCreate, DomainDestroy, DomainModify, DomainShutdown } from '../../interface/requests.ts';
import { type Line, showUsage, usageFault } from './line.ts';
import { domainName, poolName } from './values.ts';

/** `create name=vm5 pool=pool1`: without a file, which somebody else has to read (`domainFromFile`). */
export function domainCreate(line: Line): Outcome<DomainCreate> {
  if (line.operands.length > 0) return usageFault('a file cannot be read here', 'give name=... instead');
  if (!line.keys.has('name')) return usageFault('create is not told what to start', showUsage(line.command));
  return domainFromFile('', 'command line', line);
}

/** The domain that a file defines, with the line's `key=value` words in place of its own. */
export function domainFromFile(text: string, file: string, line: Line): Outcome<DomainCreate> {
  const overrides = [...line.keys].map(([key, value]) => `${key}=${value}`);
  const definition = readDomainFile(text, file, overrides);
  return definition.ok ? done({ kind: 'domain-create', ...definition.value }) : definition;
}

export function domainDestroy(line: Line): Outcome<DomainDestroy> {
  const domain = domainName(line.operands[0]!);
  return domain.ok ? done({ kind: 'domain-destroy', domain: domain.value }) : domain;
}

export function domainShutdown(line: Line): Outcome<DomainShutdown> {
  const domain = domainName(line.operands[0]!);
  return domain.ok ? done({ kind: 'domain-shutdown', domain: domain.value }) : domain;
}

export function domainRename(line: Line): Outcome<DomainModify> {
  const name = checkName('domain', line.operands[1]!);
  return name.ok ? modify(line.operands[0]!, { name: name.value }) : name;
}

export function paused(line: Line, paused: boolean): Outcome<DomainModify> {
  return modify(line.operands[0]!, { paused });
}

export function poolMigrate(line: Line): Outcome<DomainModify> {
  const pool = poolName(line.operands[1]!);
  return pool.ok ? modify(line.operands[0]!, { pool: pool.value }) : pool;
}

/** A change of the domain that a word names. */
export function modify(word: string, change: Omit<DomainModify, 'kind' | 'domain'>): Outcome<DomainModify> {
  const domain = domainName(word);
  return domain.ok ? done({ kind: 'domain-modify', domain: domain.value, ...change }) : domain;
}
