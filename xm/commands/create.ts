import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { done, type Outcome, refuse } from '../../interface/outcome.ts';
import type { DomainCreate } from '../../interface/requests.ts';
import type { Caller } from '../caller.ts';
import { readChange } from '../grammar/change.ts';
import { domainFromFile } from '../grammar/domains.ts';
import type { Line } from '../grammar/line.ts';
import { carryOut } from './carry-out.ts';

/** Far more than any domain file has; a disk image named by mistake is not read into memory. */
const FILE_BYTES = 16 * 1024 * 1024;

/** `create FILE|NAME [key=value ...]` */
export async function run(line: Line, caller: Caller): Promise<Outcome<number>> {
  const [word] = line.operands;
  const request = word ? readNamed(word, line, caller) : readChange({ ...line, operands: [] });
  if (!request.ok) return request;
  return carryOut(request.value as DomainCreate, line, caller);
}

/** The file as it is given, else as NAME.cfg, else in the directories of domain files. */
function readNamed(word: string, line: Line, caller: Caller): Outcome<DomainCreate> {
  const directories = isAbsolute(word)
    ? ['/']
    : [caller.cwd, caller.env.XM_CONFIG_DIR, '/etc/xen'].filter(Boolean);
  for (const directory of directories)
    for (const name of [word, `${word}.cfg`]) {
      const file = resolve(directory!, name);
      const text = read(file);
      if (text !== null) return text.ok ? domainFromFile(text.value, file, line) : text;
    }
  const why = isAbsolute(word)
    ? 'there is no such file'
    : `there is no ${word} and no ${word}.cfg in ${directories.join(', ')}`;
  return refuse({ code: 'unreadable-file', file: word, why });
}

/** What a file or a pipe (a shell's `<(...)`) says; null where there is neither. */
function read(file: string): Outcome<string> | null {
  try {
    const found = statSync(file);
    if (found.size > FILE_BYTES)
      return refuse({ code: 'unreadable-file', file, why: 'it is too large for a domain file' });
    return found.isFile() || found.isFIFO() ? done(readFileSync(file, 'utf8')) : null;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return null;
    return refuse({ code: 'unreadable-file', file, why: message.replace(/^\w+: ([^,]*),.*$/s, '$1') });
  }
}
