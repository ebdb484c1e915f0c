import { formatCpuList, POOL0, sameCpus, type Trouble } from '../../interface/index.ts';
import { intrudersOf } from './intruders.ts';
import type { DomainLook, Ground, Look, PoolLook } from './look.ts';
import { claimOf } from './members.ts';
import { stateInWords } from './partition.ts';
import { missingIn } from './pool-directory.ts';
import { askedInWords } from './pool0.ts';
import { schedulerOf } from './schedulers/offered.ts';
import { membersIn } from './schedulers/settle.ts';
import { cgroupMax, cgroupWeights } from './weights.ts';

/** Pools that were given cpus and do not hold them, or not alone: what they read, and who may have done it. */
export function poolTroubles(ground: Ground, seen: Look): Trouble[] {
  return seen.pools.flatMap((pool) => {
    const whole =
      pool.name === POOL0
        ? (lostInWords(seen) ?? askedInWords(ground, pool, seen.online))
        : troubleOf(ground, seen, pool);
    const text = whole ?? unheededInWords(ground, seen, pool);
    return text === null ? [] : [{ text, on: { pool: pool.name } }];
  });
}

function lostInWords({ lost }: Look): string | null {
  if (lost.length === 0) return null;
  return `lacks cpus ${formatCpuList(lost)}: the kernel has lost them, no cgroup can use them`;
}

/** Who switches a controller off in a pool takes the settings of its domains away. */
function unheededInWords({ groups }: Ground, { domains }: Look, pool: PoolLook): string | null {
  if (!domains.some((domain) => domain.pool === pool)) return null;
  const missing = missingIn(groups, pool.directory);
  if (missing.length === 0) return null;
  return `has domains without what they were given: ${pool.directory} does not pass ${missing.join(' and ')} on`;
}

function troubleOf(ground: Ground, seen: Look, pool: PoolLook): string | null {
  const { groups, intruders } = ground;
  const { listed, cpus, directory } = pool;
  if (!groups.has(directory, 'cpuset.cpus.partition'))
    return groups.has(directory)
      ? `is no partition any more: ${directory} has lost the cpuset controller`
      : null;
  if (listed.length === 0) return null;
  const online = new Set(seen.online);
  const wanted = listed.filter((cpu) => online.has(cpu));
  if (wanted.every((cpu) => cpus.includes(cpu))) {
    const others = [...intrudersOf(seen, pool), ...intruders.on(cpus)];
    if (others.length > 0) return `is not alone on its cpus: ${others.join('; ')}`;
    const { partition } = schedulerOf(pool.scheduler);
    const word = groups.text(directory, 'cpuset.cpus.partition');
    return word === partition ? null : `is a partition of another kind: ${word}, not ${partition}`;
  }
  if (wanted.length === 0) return `has no cpu: ${formatCpuList(listed)} are offline`;
  return `shares cpus ${formatCpuList(wanted)} with everybody: ${[stateInWords(groups, directory), ...culprits(seen, pool)].join('; ')}`;
}

/** Whoever beside the pool names its cpus: most kernels do not say whom they heed. */
function culprits({ strangers, pools }: Look, pool: PoolLook): string[] {
  const others = [...strangers, ...pools.filter((other) => other !== pool)];
  return others.flatMap(({ directory, listed }) => {
    const common = listed.filter((cpu) => pool.listed.includes(cpu));
    return common.length === 0 ? [] : [`${directory} names cpus ${formatCpuList(common)} too`];
  });
}

/** Domains that processes have left, and those in whose cgroup somebody wrote other values than theirs. */
export function domainTroubles(ground: Ground, seen: Look): Trouble[] {
  return seen.domains.flatMap((domain) => {
    const strays = ground.strays
      .of(domain.id)
      .map(({ pid, place }) => `process ${pid} has left it and is in ${place || 'the root cgroup'}`);
    const others = ground.suspects.has(domain.id) ? otherValues(ground, seen, domain) : [];
    if (others.length === 0) ground.suspects.delete(domain.id);
    return [...strays, ...others].map((text): Trouble => ({ text, on: { domain: domain.id } }));
  });
}

function otherValues({ groups, topology }: Ground, seen: Look, domain: DomainLook): string[] {
  const { directory, vcpus } = domain;
  const members = membersIn(seen, domain.pool);
  const { cap, pin } = schedulerOf(domain.pool.scheduler).group(domain, members);
  const weights = cgroupWeights(members.map((member) => claimOf(member).claim));
  const wished = {
    'cpu.weight': `${weights[members.indexOf(domain)]}`,
    'cpu.max': cgroupMax(cap, vcpus, topology.cpus.length),
  };
  const others = Object.entries(wished).flatMap(([file, value]) => {
    const found = groups.text(directory, file);
    return found === null || found === value ? [] : [`${file} is ${found}, not ${value}`];
  });
  const listed = groups.list(directory, 'cpuset.cpus');
  const isPinned = pin === null ? [0, topology.cpus.length].includes(listed.length) : sameCpus(listed, pin);
  if (!isPinned) others.push(`cpuset.cpus is ${formatCpuList(listed) || 'empty'}`);
  return others;
}
