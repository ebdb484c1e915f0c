import { basename, dirname, join } from 'node:path';
import { type DomainId, done, type Outcome, refuse } from '../../../interface/index.ts';
import type { AdoptedMember, Service, Units } from '../carrier.ts';
import type { CgroupFiles } from '../cgroup-files.ts';
import {
  type AdoptedUnit,
  adoptedUnits,
  serviceNamed,
  serviceToAdopt,
  tellUnit,
  untellUnit,
} from './adopted-unit.ts';
import type { Anchors } from './anchors.ts';
import { openScope, show, stopUnit } from './commands.ts';
import { SYSTEMD_NAMES } from './names.ts';
import { settingsIn } from './settings.ts';

/**
 * Services as domains. A running one cannot be put into another slice, but its processes can: into the scope of a domain,
 * while systemd goes on to see its main process. When it starts again it is in the slice of the pool as the service it is.
 */
export class AdoptedUnits implements Units {
  readonly #groups: CgroupFiles;
  readonly #anchors: Anchors;

  constructor(groups: CgroupFiles, anchors: Anchors) {
    this.#groups = groups;
    this.#anchors = anchors;
  }

  adopted(): AdoptedMember[] {
    return adoptedUnits().map(({ unit, id, slice }) => ({
      unit,
      id,
      home: slice,
      directory: join(slice, unit),
    }));
  }

  /** The service whose processes a directory holds. */
  at(directory: string): AdoptedUnit | null {
    const name = basename(directory);
    const isIt = ({ unit, id, slice }: AdoptedUnit) =>
      slice === dirname(directory) && (name === unit || SYSTEMD_NAMES.domainIdOf(name) === id);
    return adoptedUnits().find(isIt) ?? null;
  }

  find(unit: string): Promise<Outcome<Service>> {
    return serviceToAdopt(unit);
  }

  async adopt({ unit, place, mainPid }: Service, id: DomainId, directory: string): Promise<Outcome<void>> {
    const told = await tellUnit(this.#asIn(unit, id, directory));
    const moved = told.ok ? await this.#anchors.moveMembers(place, directory) : told;
    if (!moved.ok) return moved;
    const now = await serviceNamed(unit);
    if (!now.ok || now.value.mainPid === mainPid) return now.ok ? done(undefined) : now;
    return refuse({
      code: 'systemd-refused',
      step: `keep ${unit} running`,
      why: 'it has another main process now',
    });
  }

  /** A scope that a service is told to end before it starts would end the service when it starts itself. */
  async makeWay(scope: string): Promise<Outcome<void>> {
    const told = adoptedUnits().find((adopted) => adopted.scope === scope);
    return told === undefined ? done(undefined) : tellUnit({ ...told, scope: '' });
  }

  /** On its way to another pool, a service will start there. */
  async lead(from: string, to: string): Promise<Outcome<void>> {
    const adopted = this.at(from) ?? this.at(to);
    return adopted === null ? done(undefined) : tellUnit(this.#asIn(adopted.unit, adopted.id, to));
  }

  async settle(unit: string, id: DomainId, directory: string): Promise<Outcome<void>> {
    const { slice } = adoptedUnits().find((adopted) => adopted.unit === unit) ?? {
      slice: dirname(directory),
    };
    return slice === dirname(directory) ? done(undefined) : tellUnit(this.#asIn(unit, id, directory));
  }

  /**
   * Back to where systemd has it. What started in the slice of its pool systemd has there until it starts again: until then it
   * is in a scope beside the others of its own slice.
   */
  async release(unit: string, directory: string): Promise<Outcome<void>> {
    const untold = await untellUnit(unit);
    const found = untold.ok ? await serviceNamed(unit) : untold;
    if (!found.ok) return found;
    const { place, slice } = found.value;
    if (place !== directory)
      return this.#anchors.moveMembers(directory, this.#groups.has(place) ? place : '');
    const scope = unit.replace(/\.service$/, '-released.scope');
    const opened = await openScope(scope, slice, []);
    if (!opened.ok) return opened;
    const shown = await show(scope, ['ControlGroup']);
    const target = (shown.ok && shown.value.ControlGroup?.slice(1)) || join(slice, scope);
    this.#anchors.hold(target, opened.value);
    const ending = await untellUnit(unit, scope);
    return ending.ok ? this.#anchors.moveMembers(directory, target) : ending;
  }

  async stop(unit: string): Promise<Outcome<void>> {
    const stopped = await stopUnit(unit);
    return stopped.ok ? untellUnit(unit) : stopped;
  }

  #asIn(unit: string, id: DomainId, directory: string): AdoptedUnit {
    const bounds = settingsIn(this.#groups, directory).flatMap(({ words }) => words);
    const name = basename(directory);
    return { unit, id, slice: dirname(directory), scope: name === unit ? '' : name, bounds };
  }
}
