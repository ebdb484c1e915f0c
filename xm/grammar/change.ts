import { done, type Outcome } from '../../interface/outcome.ts';
import type { ChangeRequest } from '../../interface/requests.ts';
import { domainAdopt, domainRelease } from './adopt.ts';
import { domainCreate, domainDestroy, domainRename, domainShutdown, paused, poolMigrate } from './domains.ts';
import { type Line, readLine, usageFault } from './line.ts';
import { poolCreate, poolDestroy, poolModify, poolRename, xlPoolCreate } from './pools.ts';
import { SCHED_COMMANDS, sched } from './sched.ts';
import { cpuOnline, vcpuPin } from './scheduling.ts';

type Reader = (line: Line) => Outcome<ChangeRequest | null>;

/** How the words of each changing command become a request; `null`: they ask to see, not to change. */
const READERS: Readonly<Record<string, Reader>> = {
  'pool-create': poolCreate,
  'pool-modify': poolModify,
  'pool-destroy': poolDestroy,
  'pool-rename': poolRename,
  'pool-migrate': poolMigrate,
  create: domainCreate,
  shutdown: domainShutdown,
  adopt: domainAdopt,
  release: domainRelease,
  destroy: domainDestroy,
  pause: (line) => paused(line, true),
  unpause: (line) => paused(line, false),
  rename: domainRename,
  'vcpu-pin': vcpuPin,
  ...Object.fromEntries(Object.keys(SCHED_COMMANDS).map((name) => [name, sched])),
  'cpu-offline': (line) => cpuOnline(line, false),
  'cpu-online': (line) => cpuOnline(line, true),
  'cpupool-create': xlPoolCreate,
  'cpupool-destroy': poolDestroy,
  'cpupool-rename': poolRename,
  'cpupool-migrate': poolMigrate,
};

/**
 * `pool-create pool1 ncpu=4` → the request it stands for, or what is wrong with the words. Options that say how a
 * change is asked for or shown (--dry-run, --json) are xm's own: here there is nobody to show it to.
 */
export function parseChange(words: readonly string[]): Outcome<ChangeRequest> {
  const line = readLine(words);
  if (!line.ok) return line;
  const { command, options } = line.value;
  const foreign = [...options.keys()].find((name) => !command.options?.some(({ long }) => long === name));
  if (foreign !== undefined) return usageFault(`--${foreign} means nothing here`, 'leave it out');
  const request = readChange(line.value);
  if (!request.ok) return request;
  if (request.value !== null) return done(request.value);
  return usageFault(`${JSON.stringify(words.join(' '))} changes nothing`, 'xm help shows the commands');
}

/** The request a line stands for; `null` when it only asks to see something. */
export function readChange(line: Line): Outcome<ChangeRequest | null> {
  const reader = READERS[line.command.name];
  return reader === undefined ? done(null) : reader(line);
}
