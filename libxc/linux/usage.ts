import type { Cpu, DomainUsage, Ns, VcpuState } from '../../interface/index.ts';
import { demandPercent } from '../../interface/workload.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { contentionOf } from './contention.ts';
import type { DomainLook } from './look.ts';
import { isFrozen, usedNs } from './members.ts';
import { allowedFor, processesIn, type Thread, threadAt, threadsOf } from './threads.ts';

/**
 * What a domain has used, and what keeps it waiting. Of a command Linux counts for the whole cgroup: each vcpu is given an
 * equal part; of a guest for each vcpu, which is a thread. Nor does it know what any of them could use at most.
 */
export function usageOf(groups: CgroupFiles, domain: DomainLook): DomainUsage {
  const { id, directory, vcpuThreads, exec, workload } = domain;
  const vcpus = vcpuThreads?.map(threadAt);
  let states: VcpuState[] | null = null;
  return {
    id,
    ...(vcpus === undefined ? commandTimes(groups, domain) : guestTimes(groups, domain, vcpus)),
    ...contentionOf(groups, directory),
    demandPercent: exec === undefined && vcpus === undefined ? demandPercent(workload) : WHOLE_CPU,
    // Each thread of a command is a file to be opened and read, which only lists of domains need.
    get vcpuStates() {
      states ??= vcpus === undefined ? commandStates(groups, domain) : guestStates(groups, domain, vcpus);
      return states;
    },
  };
}

const WHOLE_CPU = 100;

type Times = Pick<DomainUsage, 'vcpuNs' | 'otherNs'>;
type VcpuThreads = readonly ReturnType<typeof threadAt>[];

function guestTimes(groups: CgroupFiles, { directory, earlierNs }: DomainLook, vcpus: VcpuThreads): Times {
  const vcpuNs = vcpus.map((thread) => (thread?.usedNs ?? 0) as Ns);
  const otherNs = vcpuNs.reduce((left, ns) => left - ns, earlierNs + usedNs(groups, directory));
  return { vcpuNs, otherNs: Math.max(0, otherNs) as Ns };
}

function commandTimes(groups: CgroupFiles, { directory, earlierNs, vcpus }: DomainLook): Times {
  const total = earlierNs + usedNs(groups, directory);
  const each = Math.floor(total / vcpus);
  const vcpuNs = Array.from(
    { length: vcpus },
    (_, vcpu) => (vcpu === 0 ? total - each * (vcpus - 1) : each) as Ns,
  );
  return { vcpuNs };
}

function guestStates(
  groups: CgroupFiles,
  { directory, vcpuThreads = [] }: DomainLook,
  vcpus: VcpuThreads,
): VcpuState[] {
  const paused = isFrozen(groups, directory);
  return vcpuThreads.map((tid, vcpu) => vcpuState(vcpus[vcpu] ?? undefined, allowedFor(tid) ?? [], paused));
}

function commandStates(groups: CgroupFiles, { directory, vcpus }: DomainLook): VcpuState[] {
  const threads = threadsOf(processesIn(groups, directory));
  const allowed = groups.list(directory, 'cpuset.cpus.effective');
  const paused = isFrozen(groups, directory);
  return Array.from({ length: vcpus }, (_, vcpu) => vcpuState(threads[vcpu], allowed, paused));
}

/** A vcpu is one of the threads, those that want a cpu first. Where it ran before it was moved is not where it is. */
function vcpuState(thread: Thread | undefined, allowed: readonly Cpu[], isPaused: boolean): VcpuState {
  const only = allowed.length === 1 ? allowed[0]! : null;
  const cpu = thread !== undefined && allowed.includes(thread.cpu) ? thread.cpu : only;
  if (isPaused) return { cpu, state: 'paused' };
  return { cpu, state: thread?.state === 'R' ? 'running' : 'blocked' };
}
