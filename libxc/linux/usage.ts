import type { Cpu, DomainUsage, Ns, VcpuState } from '../../interface/index.ts';
import { demandPercent } from '../../interface/workload.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import type { DomainLook } from './look.ts';
import { isFrozen, usedNs } from './members.ts';
import { allowedFor, processesIn, type Thread, threadAt, threadsOf } from './threads.ts';

/**
 * What a domain has used. Of a command Linux counts for the whole cgroup: each vcpu is given an equal part; of a guest
 * for each vcpu, which is a thread. Nor does it know what any of them could use at most.
 */
export function usageOf(groups: CgroupFiles, domain: DomainLook): DomainUsage {
  return domain.vcpuThreads === undefined ? commandUsage(groups, domain) : guestUsage(groups, domain);
}

function guestUsage(groups: CgroupFiles, domain: DomainLook): DomainUsage {
  const { id, directory, earlierNs, vcpuThreads = [] } = domain;
  const threads = vcpuThreads.map(threadAt);
  const vcpuNs = threads.map((thread) => (thread?.usedNs ?? 0) as Ns);
  const otherNs = vcpuNs.reduce((left, ns) => left - ns, earlierNs + usedNs(groups, directory));
  const allowed = vcpuThreads.map((tid) => allowedFor(tid) ?? []);
  const paused = isFrozen(groups, directory);
  return {
    id,
    vcpuNs,
    otherNs: Math.max(0, otherNs) as Ns,
    vcpuStates: threads.map((thread, vcpu) => vcpuState(thread ?? undefined, allowed[vcpu]!, paused)),
    demandPercent: 100,
  };
}

function commandUsage(groups: CgroupFiles, domain: DomainLook): DomainUsage {
  const { id, vcpus, directory, earlierNs, exec, workload } = domain;
  const total = earlierNs + usedNs(groups, directory);
  const each = Math.floor(total / vcpus);
  const threads = threadsOf(processesIn(groups, directory));
  const allowed = groups.list(directory, 'cpuset.cpus.effective');
  const paused = isFrozen(groups, directory);
  return {
    id,
    vcpuNs: Array.from(
      { length: vcpus },
      (_, vcpu) => (vcpu === 0 ? total - each * (vcpus - 1) : each) as Ns,
    ),
    vcpuStates: Array.from({ length: vcpus }, (_, vcpu) => vcpuState(threads[vcpu], allowed, paused)),
    demandPercent: exec === undefined ? demandPercent(workload) : 100,
  };
}

/** A vcpu is one of the threads, those that want a cpu first. Where it ran before it was moved is not where it is. */
function vcpuState(thread: Thread | undefined, allowed: readonly Cpu[], isPaused: boolean): VcpuState {
  const only = allowed.length === 1 ? allowed[0]! : null;
  const cpu = thread !== undefined && allowed.includes(thread.cpu) ? thread.cpu : only;
  if (isPaused) return { cpu, state: 'paused' };
  return { cpu, state: thread?.state === 'R' ? 'running' : 'blocked' };
}
