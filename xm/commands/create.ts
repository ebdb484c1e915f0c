import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { done, type Outcome, refuse } from '../../interface/outcome.ts';
import type { DomainCreate } from '../../interface/requests.ts';
import type { Caller } from '../caller.ts';
import { readChange } from '../grammar/change.ts';
import { domainFromFile } from '../grammar/domains.ts';
import type { Line } from '../grammar/line.ts';
import { note } from '../print/answer.ts';
import { carryOut } from './carry-out.ts';

/** Far more than any domain file has; a disk image named by mistake is not read into memory. */
const FILE_BYTES = 16 * 1024 * 1024;

/** `create FILE|NAME [key=value ...]` */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const [word] = line.operands;
  const request = word === undefined ? readChange(line) : readNamed(word, line, caller);
  if (!request.ok) return request;
  const domain = request.value as DomainCreate;
  const outcome = await carryOut(domain, line, caller);
  const unused = Object.keys(domain.otherKeys ?? {});
  if (outcome.ok && unused.length > 0)
    note(caller, `${word ?? domain.name}: not used here: ${unused.join(', ')}`);
  return outcome;
}

function readNamed(word: string, line: Line, caller: Caller): Outcome<DomainCreate> {
  const file = findFile(word, caller);
  if (!file.ok) return file;
  const text = readText(file.value);
  return text.ok ? domainFromFile(text.value, file.value, line) : text;
}

/** As it is given, then as NAME.cfg, then in the directories of domain files. */
function findFile(word: string, caller: Caller): Outcome<string> {
  const directories = isAbsolute(word) ? [''] : [caller.cwd, caller.env.XM_CONFIG_DIR ?? '', '/etc/xen'];
  for (const directory of directories)
    for (const name of [word, `${word}.cfg`]) {
      const path = directory === '' ? name : join(directory, name);
      if (isAbsolute(path) && statSync(path, { throwIfNoEntry: false })?.isFile()) return done(path);
    }
  const looked = directories.filter((directory) => directory !== '').join(', ');
  return refuse({
    code: 'unreadable-file',
    file: resolve(caller.cwd, word),
    why: looked === '' ? 'there is no such file' : `there is no ${word} and no ${word}.cfg in ${looked}`,
  });
}

function readText(file: string): Outcome<string> {
  try {
    if (statSync(file).size > FILE_BYTES)
      return refuse({ code: 'unreadable-file', file, why: 'it is too large for a domain file' });
    return done(readFileSync(file, 'utf8'));
  } catch (error) {
    return refuse({ code: 'unreadable-file', file, why: (error as Error).message });
  }
}
