import {
  type Cpu,
  type DomainId,
  done,
  type Outcome,
  ownCpus,
  POOL0,
  refuse,
  sameCpus,
} from '../../../interface/index.ts';
import { pinThread } from '../affinity.ts';
import type { DomainLook, Ground } from '../look.ts';
import { allowedFor, threadAt, tidsIn } from '../threads.ts';
import { checkAdmission } from './admit.ts';
import type { PoolScheduler } from './scheduler.ts';
import { spread } from './spread.ts';

/*
 * null: an isolated partition, in which the kernel moves no thread by itself. Each vcpu has a cpu of its own: the thread of
 * a guest's vcpu is pinned to it; the threads of a command are spread over as many cpus as it has vcpus, and share them
 * where there are more. What else an emulator does may run on any cpu of its domain. The kernel's own threads, its timer
 * tick and interrupts remain.
 */
export const NULL: PoolScheduler = {
  fidelity: {
    how: 'partial',
    why: 'an isolated partition, a vcpu a cpu; the kernel’s own threads, its ticks and interrupts remain',
  },
  partition: 'isolated',
  seesNewcomers: true,
  admit: (pool, members) =>
    pool.name === POOL0
      ? refuse({
          code: 'scheduler-unfit',
          pool: POOL0,
          scheduler: 'null',
          why: 'it is where everything else on this host runs, and cannot be isolated from that',
        })
      : checkAdmission(pool, members),
  group: (domain, members) => ({ cap: 0, pin: [...seatsOf(domain, members)].sort((a, b) => a - b) }),
  apply,
  leave,
};

/** The cpu of each vcpu of a domain; all of the pool if somebody took so many that there is none for each. */
function seatsOf(domain: DomainLook, members: readonly DomainLook[]): readonly Cpu[] {
  const { cpus } = domain.pool;
  const sitters = members.map(({ scheduling, seats }) => ({
    wants: scheduling.affinity.map(({ hard }) => hard),
    ...(seats && { has: seats }),
  }));
  const at = members.findIndex(({ id }) => id === domain.id);
  return ownCpus(cpus, sitters)?.[at] ?? cpus;
}

async function apply(
  ground: Ground,
  domain: DomainLook,
  members: readonly DomainLook[],
): Promise<Outcome<void>> {
  const seats = seatsOf(domain, members);
  const saved = await keepSeats(ground, domain.id, seats);
  if (!saved.ok) return saved;
  for (const [tid, cpus] of placesOf(ground, domain, seats)) {
    const allowed = allowedFor(tid);
    if (allowed === null || sameCpus(allowed, cpus)) continue;
    const pinned = await pinThread(tid, cpus);
    if (!pinned.ok) return pinned;
  }
  return done(undefined);
}

/** Where each thread of a domain shall be. */
function placesOf(
  { groups }: Ground,
  { directory, vcpuThreads }: DomainLook,
  seats: readonly Cpu[],
): Map<number, readonly Cpu[]> {
  const tids = tidsIn(groups, directory);
  if (vcpuThreads !== undefined) {
    const own = new Map(vcpuThreads.map((tid, vcpu) => [tid, [seats[vcpu] ?? seats[0]!]]));
    const all = [...new Set(seats)].sort((a, b) => a - b);
    return new Map(tids.map((tid) => [tid, own.get(tid) ?? all]));
  }
  const threads = tids.flatMap((tid) => {
    const [thread, allowed] = [threadAt(tid), allowedFor(tid)];
    return thread === null || allowed === null ? [] : [{ tid, isEager: thread.state === 'R', allowed }];
  });
  return new Map([...spread(threads, seats)].map(([tid, cpu]) => [tid, [cpu]]));
}

/** Written down, so that nobody is moved because somebody else has come or gone. */
async function keepSeats({ store }: Ground, id: DomainId, seats: readonly Cpu[]): Promise<Outcome<void>> {
  const { records } = store;
  const before = records.domains.find((domain) => domain.id === id);
  if (before === undefined || sameCpus(before.seats ?? null, seats)) return done(undefined);
  const domains = records.domains.map((domain) => (domain.id === id ? { ...domain, seats } : domain));
  return store.save({ ...records, domains });
}

/** Its threads may run wherever they are taken. */
async function leave({ groups, topology }: Ground, { directory }: DomainLook): Promise<Outcome<void>> {
  const all = topology.cpus.map(({ cpu }) => cpu);
  for (const tid of tidsIn(groups, directory)) {
    const freed = await pinThread(tid, all);
    if (!freed.ok) return freed;
  }
  return done(undefined);
}
