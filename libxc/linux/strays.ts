import type { DomainId } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { beganAt } from './processes.ts';
import { textIn } from './text-in.ts';

/** A process of a domain that somebody put into another cgroup. */
export interface Stray {
  readonly pid: number;
  /** The cgroup it is in now, from the root of the tree. */
  readonly place: string;
}

interface Known {
  readonly directory: string;
  readonly procs: string;
  readonly pids: ReadonlySet<number>;
  readonly strays: readonly Stray[];
  /** When these processes were seen, in seconds since the boot. */
  readonly atS: number;
}

const TICKS_PER_S = 100;

/**
 * Who has left a domain without having ended. The kernel tells nobody of it, so the processes of each domain are
 * compared with those of the look before.
 */
export class Strays {
  readonly #known = new Map<DomainId, Known>();

  /** `procs` is what cgroup.procs of the domain's directory reads now. Says whether its strays are others than before. */
  look(id: DomainId, directory: string, procs: string): boolean {
    const before = this.#known.get(id);
    if (before?.procs === procs && before.directory === directory && before.strays.length === 0) return false;
    const pids = new Set(procs.split('\n').filter(Boolean).map(Number));
    const isSame = before?.directory === directory;
    const gone = isSame ? [...before.pids].filter((pid) => !pids.has(pid)) : [];
    const earlier = isSame ? before.strays.map(({ pid }) => pid).filter((pid) => !pids.has(pid)) : [];
    const strays = [
      ...gone.flatMap((pid) => strayed(pid, directory, before!.atS)),
      ...earlier.flatMap((pid) => placeOf(pid, directory)),
    ];
    this.#known.set(id, { directory, procs, pids, strays, atS: uptimeS() });
    return strays.length !== (before?.strays.length ?? 0);
  }

  of(id: DomainId): readonly Stray[] {
    return this.#known.get(id)?.strays ?? [];
  }

  keepOnly(ids: ReadonlySet<DomainId>): void {
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
  }
}

/** Processes of a domain that are elsewhere now, also who was put there since the last look. */
export function straysOf(
  { groups, strays }: { readonly groups: CgroupFiles; readonly strays: Strays },
  { id, directory }: { readonly id: DomainId; readonly directory: string },
): readonly Stray[] {
  strays.look(id, directory, groups.text(directory, 'cgroup.procs') ?? '');
  return strays.of(id);
}

/** A process of that number which began after it was seen is another one. */
function strayed(pid: number, directory: string, seenAtS: number): Stray[] {
  const places = placeOf(pid, directory);
  if (places.length === 0) return [];
  const ticks = beganAt(pid);
  return ticks !== null && ticks / TICKS_PER_S <= seenAtS ? places : [];
}

const uptimeS = () => Number(textIn('/proc/uptime').split(' ')[0]);

/** Where a process is if that is not in this directory or below it; none for one that has ended. */
function placeOf(pid: number, directory: string): Stray[] {
  const [, place] = /^0::\/(.*)$/m.exec(textIn(`/proc/${pid}/cgroup`)) ?? [];
  if (place === undefined || `${place}/`.startsWith(`${directory}/`) || isZombie(pid)) return [];
  return [{ pid, place }];
}

const isZombie = (pid: number) => /^State:\s+[ZX]/m.test(textIn(`/proc/${pid}/status`));
