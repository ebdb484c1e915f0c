import {
  CPU_HOG,
  checkName,
  DOMAIN0,
  type DomainCreate,
  type DomainDestroy,
  type DomainId,
  type DomainModify,
  type DomainRelease,
  type DomainShutdown,
  type DomainState,
  done,
  formatCpuList,
  type HostDescription,
  type HostState,
  LIMITS,
  type Outcome,
  type Plan,
  type PlannedStep,
  POOL0,
  type PoolState,
  type Refused,
  refuse,
  type Scheduling,
  sameAffinity,
} from '../../interface/index.ts';
import { affinityOf, pinned, widenForMove } from './affinity.ts';
import { checkWhole } from './bounds.ts';
import { checkExec } from './check-exec.ts';
import { checkWorkload } from './check-workload.ts';
import { fitNotes } from './fit.ts';
import { findDomain, findPool, membersOf } from './occupancy.ts';
import { nodesOf, placeMemory } from './place-memory.ts';
import { planGuest, unreadKeys } from './plan-guest.ts';
import { checkUnder } from './plan-scheduler.ts';
import {
  createDomain,
  destroyDomain,
  moveDomain,
  releaseDomain,
  renameDomain,
  setPaused,
  setScheduling,
  shutdownDomain,
} from './planned-steps.ts';
import { reservationsOf, reserved, sameReservations } from './reservations.ts';

/** What Xen's shipped example (xlexample.pvlinux) gives a guest; the format itself has no default. */
const DEFAULT_MEMORY_MIB = 128;

/** `id` is the caller's to choose: it knows which have been used before. */
export function planDomainCreate(
  host: HostDescription,
  state: HostState,
  request: DomainCreate,
  id: DomainId,
): Outcome<Plan> {
  const { topology } = host;
  const { name, workload = CPU_HOG, exec, adopt } = request;
  const { weight = LIMITS.weight.default, cap = 0 } = request;
  // Nobody knows how much adopted processes need: as many cpus as there are, and whatever memory they have.
  const most = state.pools.find((pool) => pool.name === (request.pool ?? POOL0))?.cpus.length || 1;
  const { vcpus = adopt === undefined ? 1 : Math.min(most, LIMITS.vcpusPerDomain) } = request;
  const { memoryMib = DEFAULT_MEMORY_MIB } = request;
  const refused =
    checkNewName(state, name) ??
    checkRoom(state) ??
    checkWhole('vcpus', vcpus, 1, LIMITS.vcpusPerDomain) ??
    checkWhole('memory', memoryMib, 1, LIMITS.memoryMib) ??
    checkShares({ weight, cap }, vcpus) ??
    checkWorkload(workload) ??
    checkExec(host, request);
  if (refused) return refused;
  const pool = findPoolWithCpus(state, request.pool ?? POOL0);
  if (!pool.ok) return pool;
  const affinity = affinityOf({ topology, domain: name, pool: pool.value }, vcpus, request.affinity);
  if (!affinity.ok) return affinity;
  const reservations = reservationsOf(vcpus, request.reservation);
  if (!reservations.ok) return reservations;
  const memory = adopt === undefined ? placeMemory(topology, state, pool.value, memoryMib) : done([]);
  if (!memory.ok) return memory;

  const guest = host.runsGuests && request.guest ? planGuest(name, request.guest) : null;
  if (guest?.ok === false) return guest;

  const scheduling = schedulingOf({ weight, cap, affinity: affinity.value }, reservations.value);
  const paused = request.paused ?? false;
  const spec = {
    id,
    name,
    pool: pool.value.name,
    vcpus,
    scheduling,
    memory: memory.value,
    paused,
    workload,
    ...(exec && { exec }),
    ...(guest && { guest: guest.value.guest }),
    ...(adopt && { adopted: adopt }),
  };
  return done({
    steps: [createDomain(spec)],
    notes: [
      ...farMemory(host, pool.value, spec),
      ...fitNotesFor(state, pool.value, spec),
      ...(guest?.value.notes ?? []),
      ...notUsed(name, unreadKeys(host, request)),
    ],
  });
}

export function planDomainModify(
  host: HostDescription,
  state: HostState,
  request: DomainModify,
): Outcome<Plan> {
  const found = findDomain(state, request.domain);
  if (!found.ok) return found;
  const domain = found.value;
  const refused =
    checkDomain0(domain, request) ??
    checkRename(state, domain, request.name) ??
    checkShares(request, domain.vcpus);
  if (refused) return refused;

  const { name = domain.name, paused = domain.paused } = request;
  const scheduled = planScheduling(host, state, domain, request);
  if (!scheduled.ok) return scheduled;
  return done({
    steps: [
      ...scheduled.value.steps,
      ...(paused === domain.paused ? [] : [setPaused(domain, paused)]),
      ...(name === domain.name ? [] : [renameDomain(domain, name)]),
    ],
    notes: scheduled.value.notes,
  });
}

export function planDomainDestroy(state: HostState, request: DomainDestroy): Outcome<Plan> {
  const domain = findDomain(state, request.domain);
  if (!domain.ok) return domain;
  return domain.value.id === DOMAIN0
    ? refuse({ code: 'domain0-stays', what: 'destroyed' })
    : done({ steps: [destroyDomain(domain.value)], notes: [] });
}

export function planDomainRelease(state: HostState, request: DomainRelease): Outcome<Plan> {
  const domain = findDomain(state, request.domain);
  if (!domain.ok) return domain;
  return domain.value.adopted === undefined
    ? refuse({ code: 'not-adopted', domain: domain.value.name })
    : done({ steps: [releaseDomain(domain.value)], notes: [] });
}

export function planDomainShutdown(state: HostState, request: DomainShutdown): Outcome<Plan> {
  const found = findDomain(state, request.domain);
  if (!found.ok) return found;
  const domain = found.value;
  if (domain.id === DOMAIN0) return refuse({ code: 'domain0-stays', what: 'shut down' });
  return domain.paused
    ? refuse({ code: 'domain-paused', domain: domain.name })
    : done({ steps: [shutdownDomain(domain)], notes: [] });
}

/** Pool, weight, cap and pin in one step at most: nobody sees a domain moved and not yet weighed. */
function planScheduling(
  host: HostDescription,
  state: HostState,
  domain: DomainState,
  request: DomainModify,
): Outcome<Plan> {
  const { weight = domain.scheduling.weight, cap = domain.scheduling.cap } = request;
  const pool = findPoolWithCpus(state, request.pool ?? domain.pool);
  if (!pool.ok) return pool;
  const home = findPool(state, domain.pool);
  const refused = home.ok ? checkUnder(home.value, request.under) : null;
  if (refused) return refused;
  const ground = { topology: host.topology, domain: domain.name, pool: pool.value };
  const asked =
    request.pin === undefined ? done(domain.scheduling.affinity) : pinned(ground, domain, request.pin);
  if (!asked.ok) return asked;
  const reservations = reserved(domain, request.reserve);
  if (!reservations.ok) return reservations;

  if (pool.value.name === domain.pool) {
    const scheduling = schedulingOf({ weight, cap, affinity: asked.value }, reservations.value);
    const steps = planSettings(domain, scheduling);
    const notes = steps.length === 0 ? [] : fitNotesFor(state, pool.value, { ...domain, scheduling });
    return done({ steps, notes });
  }
  const { affinity, notes } = widenForMove(domain.name, asked.value, pool.value);
  const scheduling = schedulingOf({ weight, cap, affinity }, reservations.value);
  return done({
    steps: [moveDomain(domain, pool.value.name, scheduling)],
    notes: [
      ...notes,
      ...memoryAfter(host, domain, pool.value),
      ...fitNotesFor(state, pool.value, { ...domain, scheduling }),
    ],
  });
}

const schedulingOf = (
  scheduling: Omit<Scheduling, 'reservations'>,
  reservations: Scheduling['reservations'],
): Scheduling => (reservations === undefined ? scheduling : { ...scheduling, reservations });

/** What is to be known when a domain comes to a pool, or changes there. */
function fitNotesFor(state: HostState, pool: PoolState, domain: DomainState): string[] {
  const others = membersOf(state, pool.name).filter(({ id }) => id !== domain.id);
  return fitNotes(pool, [...others, domain], [domain]);
}

function planSettings(domain: DomainState, after: Scheduling): PlannedStep[] {
  const { weight, cap, affinity } = domain.scheduling;
  const isSame =
    weight === after.weight &&
    cap === after.cap &&
    affinity.every((present, vcpu) => sameAffinity(present, after.affinity[vcpu]!)) &&
    sameReservations(domain.scheduling.reservations, after.reservations);
  return isSame ? [] : [setScheduling(domain, after)];
}

function checkNewName(state: HostState, name: string): Refused | null {
  const checked = checkName('domain', name);
  if (!checked.ok) return checked;
  const other = findDomain(state, name);
  return other.ok ? refuse({ code: 'domain-exists', domain: name, id: other.value.id }) : null;
}

const checkRename = (state: HostState, domain: DomainState, name = domain.name) =>
  name === domain.name ? null : checkNewName(state, name);

function checkRoom(state: HostState): Refused | null {
  const limit = LIMITS.domains;
  return state.domains.length < limit ? null : refuse({ code: 'too-many-domains', limit });
}

function checkShares({ weight, cap }: Pick<DomainModify, 'weight' | 'cap'>, vcpus: number): Refused | null {
  const { min, max } = LIMITS.weight;
  return (
    (weight === undefined ? null : checkWhole('weight', weight, min, max)) ??
    (cap === undefined ? null : checkWhole('cap', cap, 0, LIMITS.capPerVcpu * vcpus))
  );
}

function checkDomain0(domain: DomainState, { name, pool, paused }: DomainModify): Refused | null {
  if (domain.id !== DOMAIN0) return null;
  if (pool !== undefined && pool !== domain.pool) return refuse({ code: 'domain0-stays', what: 'moved' });
  if (name !== undefined && name !== domain.name) return refuse({ code: 'domain0-stays', what: 'renamed' });
  return paused === true ? refuse({ code: 'domain0-stays', what: 'paused' }) : null;
}

function findPoolWithCpus(state: HostState, name: string): Outcome<PoolState> {
  const pool = findPool(state, name);
  return pool.ok && pool.value.cpus.length === 0 ? refuse({ code: 'pool-needs-a-cpu', pool: name }) : pool;
}

const notUsed = (name: string, keys: object = {}) =>
  Object.keys(keys).length === 0 ? [] : [`${name}: not used here: ${Object.keys(keys).join(', ')}`];

function farMemory(
  host: HostDescription,
  pool: PoolState,
  { name, memory }: Pick<DomainState, 'name' | 'memory'>,
) {
  const far = memory.map(({ node }) => node).filter((node) => !nodesOf(host.topology, pool).includes(node));
  return far.length === 0
    ? []
    : [
        `${name} has memory on node ${formatCpuList(far)}, away from the cpus of ${pool.name}: nearer ones are full`,
      ];
}

/** Where what it has will be. */
function memoryAfter(host: HostDescription, { name, memory }: DomainState, to: PoolState): string[] {
  if (memory.length === 0) return [];
  const nodes = memory.map(({ node }) => node);
  if (host.movesMemory && to.nodes !== null)
    return nodes.every((node) => to.nodes!.includes(node))
      ? []
      : [`the memory of ${name} moves to node ${formatCpuList(to.nodes)}, which may take its time`];
  const near = nodesOf(host.topology, to);
  const where = `the memory of ${name} stays where it is, on node ${formatCpuList(nodes)}`;
  return [
    nodes.every((node) => near.includes(node))
      ? where
      : `${where}; ${to.name} is on node ${formatCpuList(near)}`,
  ];
}
