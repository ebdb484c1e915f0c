import { readFileSync } from 'node:fs';
import {
  type Adoptable,
  adoptableInWords,
  type DomainSpec,
  done,
  type Outcome,
  refuse,
} from '../../interface/index.ts';
import { releaseService, startService } from './adopt-unit.ts';
import { serviceOf } from './adopted.ts';
import { establish, forget, gather } from './domains.ts';
import type { DomainLook, Ground, Look, PoolLook } from './look.ts';
import { isFrozen, setFrozen } from './members.ts';
import { keepOffPools, keepPlaces, leavePlaces, originOf, repin, seat } from './origins.ts';
import { ancestorsOf, isContained, type Process, processAt, treeOf } from './processes.ts';
import { schedulerOf } from './schedulers/offered.ts';
import { membersIn, settleDomain } from './schedulers/settle.ts';
import type { Origin } from './state-file.ts';
import { straysOf } from './strays.ts';
import { processesIn } from './threads.ts';

/** libvirt writes the process of each guest here, under the guest's name. */
const LIBVIRT = '/run/libvirt/qemu';
/** Processes fork while they are moved. */
const PASSES = 100;

/** A domain of what runs already: as `start`, but processes come instead of beginning. */
export async function startAdopted(
  ground: Ground,
  seen: Look,
  pool: PoolLook,
  spec: DomainSpec & { readonly adopted: Adoptable },
): Promise<Outcome<void>> {
  const { adopted } = spec;
  if ('unit' in adopted) return startService(ground, seen, pool, { ...spec, adopted });
  const found = findOrigins(ground, adopted);
  const origins = found.ok ? await keepPlaces(ground.carrier, found.value) : found;
  if (!origins.ok) return origins;
  const established = await establish(ground, seen, pool, spec, {
    begin: ({ directory }) => takeIn(ground, directory, origins.value),
    undo: (domain) => release(ground, seen, domain),
    origins: origins.value,
  });
  if (!established.ok) leavePlaces(origins.value);
  return established;
}

/** Gives the processes of a domain back to where they were; it is one no more. */
export async function release(ground: Ground, seen: Look, domain: DomainLook): Promise<Outcome<void>> {
  const unit = serviceOf(domain);
  if (unit !== null) return releaseService(ground, seen, domain, unit);
  const { groups } = ground;
  if (groups.has(domain.directory)) {
    const whole = await gather(ground, domain, straysOf(ground, domain));
    if (!whole.ok) return whole;
  }
  const pids = processesIn(groups, domain.directory);
  const isPaused = isFrozen(groups, domain.directory);
  // What stands still would stand still where nobody knows why.
  const thawed = await setFrozen(groups, domain.directory, false);
  const free = thawed.ok ? await schedulerOf(domain.pool.scheduler).leave(ground, domain) : thawed;
  const given = free.ok ? await letGo(ground, domain) : free;
  const released = given.ok ? await forget(ground, seen, domain) : given;
  if (!released.ok && groups.has(domain.directory)) await callBack(ground, seen, domain, pids, isPaused);
  return released;
}

/** A release that cannot be whole is none: its processes come back. */
async function callBack(
  ground: Ground,
  seen: Look,
  domain: DomainLook,
  pids: readonly number[],
  isPaused: boolean,
): Promise<void> {
  for (const pid of pids) await ground.carrier.putProcess(domain.directory, pid);
  await settleDomain(ground, domain, membersIn(seen, domain.pool));
  if (isPaused) await setFrozen(ground.groups, domain.directory, true);
}

/** What is to be moved, as it is now: where each process is and where each thread may run. Or why it cannot be. */
function findOrigins({ carrier, groups }: Ground, adopted: Adoptable): Outcome<Origin[]> {
  const root = rootOf(adopted);
  if (!root.ok) return root;
  const refused = mayNotAdopt(adopted, root.value, (place) => carrier.names.poolNameOf(place.split('/')[0]!));
  if (refused !== null) return refused;
  return done(treeOf(root.value.pid).map((one) => originOf(groups, one)));
}

/** Moves all of them and what they have born meanwhile; puts them back if one cannot be. */
async function takeIn(
  { carrier }: Ground,
  directory: string,
  origins: readonly Origin[],
): Promise<Outcome<void>> {
  const root = origins[0]!;
  const moved = new Set<number>();
  for (let pass = 0; pass < PASSES; pass++) {
    const left = treeOf(root.pid).filter(({ place }) => !`${place}/`.startsWith(`${directory}/`));
    if (left.length === 0 && moved.size > 0) return done(undefined);
    for (const { pid } of left) {
      const put = await carrier.putProcess(directory, pid);
      if (!put.ok && processAt(pid) !== null) return put;
      moved.add(pid);
    }
    if (processAt(root.pid) === null) break;
  }
  return processAt(root.pid) === null
    ? gone(`process ${root.pid}`)
    : refuse({
        code: 'kernel-refused',
        step: `empty the tree of ${root.pid}`,
        why: 'it makes new processes faster',
      });
}

/**
 * Puts every process of a domain back where it was; those born since go where the nearest ancestor was. Threads that
 * were pinned are pinned again: kernels before 6.2 forget pins when a thread comes to other cpus.
 */
async function letGo(
  { groups, cpuFiles }: Ground,
  domain: Pick<DomainLook, 'directory' | 'origins'>,
): Promise<Outcome<void>> {
  const origins = domain.origins ?? [];
  const known = new Map(origins.map((origin) => [origin.pid, origin]));
  const putInRoot: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const pids = processesIn(groups, domain.directory);
    if (pids.length === 0) break;
    for (const pid of pids) {
      const near = ancestorsOf(pid).find((one) => known.has(one));
      const { place } = known.get(near ?? -1) ?? origins[0] ?? { place: '' };
      // Where it was may be gone by now: then it is nobody's, in the root.
      const to = groups.has(place) ? place : '';
      const put = await groups.write(to, 'cgroup.procs', `${pid}`);
      if (!put.ok && processAt(pid) !== null) return put;
      if (to === '') putInRoot.push(pid);
    }
  }
  await keepOffPools(groups, cpuFiles.list('', 'online'), putInRoot);
  await seat(groups, origins);
  await repin(origins);
  return done(undefined);
}

function rootOf(adopted: Adoptable): Outcome<Process> {
  const what = adoptableInWords(adopted);
  const pid = 'pid' in adopted ? adopted.pid : 'libvirt' in adopted ? pidOfGuest(adopted.libvirt) : null;
  if (pid === null)
    return refuse({
      code: 'cannot-adopt',
      what,
      why: 'libvirt runs no guest of that name',
      remedy: 'virsh list shows those that run',
    });
  const found = processAt(pid);
  return found === null ? gone(what) : done(found);
}

function pidOfGuest(name: string): number | null {
  if (name.includes('/') || name.startsWith('.')) return null;
  try {
    const pid = Number(readFileSync(`${LIBVIRT}/${name}.pid`, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

const gone = (what: string) =>
  refuse({
    code: 'cannot-adopt',
    what,
    why: 'it does not run',
    remedy: 'name one that runs (ps, systemctl, virsh list)',
  });

function mayNotAdopt(adopted: Adoptable, process: Process, poolOf: (place: string) => string | null) {
  const what = adoptableInWords(adopted);
  const no = (why: string, remedy: string) => refuse({ code: 'cannot-adopt', what, why, remedy });
  const { pid, isKernel, place } = process;
  if (isKernel) return no('it is a thread of the kernel', 'kernel threads stay where the kernel has them');
  if (pid === 1)
    return no('it is the first process, and everything descends from it', 'name a process of yours');
  if (ancestorsOf(globalThis.process.pid).includes(pid))
    return no('xend is it or descends from it', 'xend stays outside of the pools it makes');
  if (isContained(pid))
    return no('it is in a container', 'adopt the whole container by the process that its runtime started');
  if (poolOf(place) !== null)
    return no(`it is in ${place} already`, 'move the domain instead (xm pool-migrate)');
  return null;
}
