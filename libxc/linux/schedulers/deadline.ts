import {
  DEFAULT_RESERVATION,
  done,
  NS_PER_MS,
  NS_PER_US,
  type Outcome,
  type Reservation,
  sameCpus,
} from '../../../interface/index.ts';
import { pinThread } from '../affinity.ts';
import type { CgroupFiles } from '../cgroup-files.ts';
import type { DomainLook, Ground } from '../look.ts';
import { isFrozen, setFrozen } from '../members.ts';
import { BUSY, changeThread, judged, NOT_PERMITTED } from '../programs.ts';
import { allowedFor, DEADLINE_POLICY, threadAt, tidsIn } from '../threads.ts';
import { checkAdmission } from './admit.ts';
import type { PoolScheduler } from './scheduler.ts';

/*
 * rtds: threads of the kernel's deadline class, runtime for budget, deadline and period for period. A partition is what
 * the kernel admits them in, so its promise counts per pool, as it should. The thread of a guest's vcpu is one; of a
 * command as many threads as it has vcpus, the busy ones first. All others stay in the fair class, behind these.
 *
 * A deadline thread may not fork unless its children start in the fair class, and not be pinned inside its partition.
 */
export const RTDS: PoolScheduler = {
  fidelity: {
    how: 'partial',
    why: 'deadline threads: budget and period of as many threads as there are vcpus; no extratime, no pins',
  },
  partition: 'root',
  seesNewcomers: true,
  admit: checkAdmission,
  group: () => ({ cap: 0, pin: null }),
  apply,
  leave,
};

async function apply(
  ground: Ground,
  domain: DomainLook,
  _members: readonly DomainLook[],
  isChange: boolean,
): Promise<Outcome<void>> {
  // It gets its reservations when it runs again.
  if (isFrozen(ground.groups, domain.directory)) return done(undefined);
  // What is less now makes room for what is more.
  const left = isChange ? await leave(ground, domain) : done(undefined);
  if (!left.ok) return left;
  for (const [vcpu, tid] of chosen(ground, domain).entries()) {
    if (isDeadline(tid)) continue;
    const reserved = domain.scheduling.reservations?.[vcpu] ?? DEFAULT_RESERVATION;
    const set = await reserve(ground, domain, tid, reserved);
    if (!set.ok) return set;
  }
  return done(undefined);
}

/** The thread of each vcpu. Of a command those that have a reservation keep it; then come those that want a cpu, by age. */
function chosen({ groups }: Ground, { directory, vcpus, vcpuThreads }: DomainLook): readonly number[] {
  if (vcpuThreads !== undefined) return vcpuThreads;
  const rank = (tid: number) => {
    const thread = threadAt(tid);
    return thread?.policy === DEADLINE_POLICY ? 0 : thread?.state === 'R' ? 1 : 2;
  };
  const ranked = tidsIn(groups, directory).map((tid) => [tid, rank(tid)] as const);
  return ranked
    .sort((a, b) => a[1] - b[1])
    .slice(0, vcpus)
    .map(([tid]) => tid);
}

const isDeadline = (tid: number) => threadAt(tid)?.policy === DEADLINE_POLICY;

/** What a thread that loses its reservation gives back is free only when it could have been used up. */
const GIVEN_BACK_MS = 500;

async function reserve(
  { groups, topology }: Ground,
  { name, directory, pool }: DomainLook,
  tid: number,
  { budgetUs, periodUs }: Reservation,
): Promise<Outcome<void>> {
  const allowed = allowedFor(tid);
  if (allowed !== null && !sameCpus(allowed, pool.cpus)) {
    const free = await pinThread(
      tid,
      topology.cpus.map(({ cpu }) => cpu),
    );
    if (!free.ok) return free;
  }
  const words = deadlineWords(budgetUs * NS_PER_US, periodUs * NS_PER_US);
  const patienceMs = GIVEN_BACK_MS + (2 * periodUs * NS_PER_US) / NS_PER_MS;
  let isNudged = false;
  for (const deadline = performance.now() + patienceMs; ; ) {
    const complaint = await changeThread('chrt', words, tid);
    if (!complaint.ok) return complaint;
    const isEarly = complaint.value === BUSY && performance.now() < deadline;
    const isAway: boolean = complaint.value === NOT_PERMITTED && !isNudged;
    if (!isEarly && !isAway)
      return judged(`reserve ${budgetUs} us in ${periodUs} us for ${name}`, complaint.value);
    if (isAway) await nudge(groups, directory);
    else await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    isNudged ||= isAway;
  }
}

const BETWEEN_MS = 20;

/**
 * A thread that sleeps counts where it ran last, which may be another pool, and gets no reservation from there (6.1 to
 * 7.3). To be frozen and thawed wakes it for a moment.
 */
async function nudge(groups: CgroupFiles, directory: string): Promise<void> {
  await setFrozen(groups, directory, true);
  await setFrozen(groups, directory, false);
}

const deadlineWords = (runtimeNs: number, periodNs: number) => [
  ...['--reset-on-fork', '--deadline', '--sched-runtime', `${runtimeNs}`],
  ...['--sched-deadline', `${periodNs}`, '--sched-period', `${periodNs}`, '-p', '0'],
];

async function leave({ groups }: Ground, { name, directory }: DomainLook): Promise<Outcome<void>> {
  for (const tid of tidsIn(groups, directory)) {
    if (!isDeadline(tid)) continue;
    const complaint = await changeThread('chrt', ['--other', '-p', '0'], tid);
    const free = complaint.ok ? judged(`end the reservations of ${name}`, complaint.value) : complaint;
    if (!free.ok) return free;
  }
  return done(undefined);
}
