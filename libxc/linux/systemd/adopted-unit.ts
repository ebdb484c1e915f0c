import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DomainId, domainId, done, type Outcome, refuse, unwritable } from '../../../interface/index.ts';
import type { Service } from '../carrier.ts';
import { processAt } from '../processes.ts';
import { reload, show } from './commands.ts';

/*
 * Services of systemd that have become domains. A file beside each, until the next boot, tells systemd and us: whenever the
 * service starts again, it starts in the slice of its pool and bounded as the domain is. Those files are the truth of what
 * is adopted.
 */

const UNITS = '/run/systemd/system';
/** Among the files of a unit the last one counts. */
const FILE = 'zz-xend.conf';
/** What stays of an adoption until the service starts again. */
const REST = 'zz-xend-released.conf';

export interface AdoptedUnit {
  readonly unit: string;
  readonly id: DomainId;
  /** Of its pool. */
  readonly slice: string;
  /** What holds its processes, as long as they are those that were adopted; empty: nothing does. */
  readonly scope: string;
  /** As in its file: `CPUWeight=200`. */
  readonly bounds: readonly string[];
}

const HEAD = '# xend has adopted this as domain';

export function adoptedUnits(): AdoptedUnit[] {
  const folders = existsSync(UNITS) ? readdirSync(UNITS) : [];
  return folders.flatMap((folder) => {
    const unit = folder.replace(/\.d$/, '');
    const text = unit === folder ? null : textIn(join(UNITS, folder, FILE));
    const read = text === null ? null : parse(unit, text);
    return read === null ? [] : [read];
  });
}

/** Settings whose property is named again replace what was there. */
export function withBounds(adopted: AdoptedUnit, words: readonly string[]): AdoptedUnit {
  const nameOf = (word: string) => word.slice(0, word.indexOf('='));
  const named = new Set(words.map(nameOf));
  return { ...adopted, bounds: [...adopted.bounds.filter((word) => !named.has(nameOf(word))), ...words] };
}

export async function tellUnit(adopted: AdoptedUnit): Promise<Outcome<void>> {
  const folder = join(UNITS, `${adopted.unit}.d`);
  try {
    mkdirSync(folder, { recursive: true });
    rmSync(join(folder, REST), { force: true });
    const text = print(adopted.scope, `Slice=${adopted.slice}`, ...adopted.bounds);
    writeFileSync(join(folder, FILE), `${HEAD} ${adopted.id}\n${text}`);
  } catch (error) {
    return unwritable(folder, error);
  }
  const reloaded = await reload();
  const found = reloaded.ok ? await serviceNamed(adopted.unit) : reloaded;
  if (!found.ok) return found;
  const why = `other files of it put it into ${found.value.slice}`;
  return found.value.slice === adopted.slice
    ? done(undefined)
    : refuse({ code: 'systemd-refused', step: `have ${adopted.unit} start in ${adopted.slice}`, why });
}

/** `rest`: a scope in which its processes are until it starts again. */
export async function untellUnit(unit: string, rest?: string): Promise<Outcome<void>> {
  const folder = join(UNITS, `${unit}.d`);
  if (!existsSync(folder) && rest === undefined) return done(undefined);
  mkdirSync(folder, { recursive: true });
  for (const file of [FILE, REST]) rmSync(join(folder, file), { force: true });
  if (rest !== undefined) writeFileSync(join(folder, REST), print(rest));
  if (readdirSync(folder).length === 0) rmdirSync(folder);
  const reloaded = await reload();
  return reloaded.ok ? done(undefined) : reloaded;
}

export async function serviceNamed(unit: string): Promise<Outcome<Service>> {
  const shown = await show(unit, ['Id', 'MainPID', 'ControlGroup', 'Slice']);
  if (!shown.ok) return shown;
  const { Id = unit, MainPID, ControlGroup = '', Slice = '' } = shown.value;
  return done({ unit: Id, mainPid: Number(MainPID), place: ControlGroup.slice(1), slice: Slice });
}

/** A running service that can be moved without breaking what systemd knows of it. */
export async function serviceToAdopt(name: string): Promise<Outcome<Service>> {
  const unit = name.includes('.') ? name : `${name}.service`;
  const no = (why: string, remedy: string) =>
    refuse({ code: 'cannot-adopt', what: `unit ${unit}`, why, remedy });
  if (!/^[A-Za-z0-9:_.\\@-]+\.service$/.test(unit))
    return no('it is no service', 'name a service, or adopt a process of it (pid=)');
  const shown = await show(unit, ['LoadState', 'ActiveState', 'SubState', 'Delegate', 'KillMode']);
  if (!shown.ok) return shown;
  const { LoadState, ActiveState, SubState, Delegate, KillMode } = shown.value;
  if (LoadState !== 'loaded')
    return no(`systemd calls it ${LoadState}`, 'systemctl list-units --type=service shows what there is');
  if (ActiveState !== 'active' || SubState !== 'running')
    return no(`it is ${ActiveState} (${SubState})`, `start it first (systemctl start ${unit})`);
  if (Delegate === 'yes')
    return no(
      'it has cgroups of its own to manage (Delegate=yes)',
      'adopt what it has started, by pid= or libvirt=',
    );
  if (KillMode !== 'control-group' && KillMode !== 'mixed')
    return no(`what it starts shall outlive it (KillMode=${KillMode})`, 'adopt its processes (pid=)');
  const service = await serviceNamed(unit);
  if (!service.ok) return service;
  // Not the cgroup that systemd has it in: it may be elsewhere since it was released.
  const main = processAt(service.value.mainPid);
  return main === null
    ? no('systemd knows no main process of it', 'adopt its processes (pid=)')
    : done({ ...service.value, place: main.place });
}

/**
 * A file of a service whose processes are in this scope: what is left there ends after the service has, as it would have
 * in the service's cgroup, and before the service starts again. ExecStopPost is for a service that ends by itself; nobody
 * can run it when the service's cgroup went with the slice of a pool.
 */
const print = (scope: string, ...lines: readonly string[]) =>
  [
    '[Unit]',
    ...['After', 'Conflicts', 'PropagatesStopTo'].map((name) => `${name}=${scope}`),
    '[Service]',
    ...(scope === '' ? [] : [`ExecStopPost=-+systemctl --no-block stop ${scope}`]),
    ...lines,
    '',
  ].join('\n');

function parse(unit: string, text: string): AdoptedUnit | null {
  const id = new RegExp(`^${HEAD} (\\d+)$`, 'm').exec(text)?.[1];
  const slice = /^Slice=(.*)$/m.exec(text)?.[1];
  const scope = /^Conflicts=(.*)$/m.exec(text)?.[1];
  if (id === undefined || slice === undefined || scope === undefined) return null;
  const bounds = text.split('\n').filter((line) => /^(CPU|Allowed)\w+=/.test(line));
  return { unit, id: domainId(Number(id)), slice, scope, bounds };
}

function textIn(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
