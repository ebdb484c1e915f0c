import { BOOT_CPU, DOMAIN0, formatCpuList, type HostState, POOL0 } from '../../interface/index.ts';

/**
 * The law of pools as far as a single look at a host can show it (laws 1 to 4): a sentence for each breach, none on a
 * lawful host. Linear in what the state holds, so that it can be asked after every step.
 */
export function lawViolations(state: HostState): string[] {
  return [
    ...everyOnlineCpuInOnePool(state),
    ...pool0Keeps(state),
    ...everyDomainInOnePool(state),
    ...membersHaveACpu(state),
  ];
}

/** Law 1. */
function everyOnlineCpuInOnePool({ online, pools }: HostState): string[] {
  const broken: string[] = [];
  const highest = Math.max(
    -1,
    ...[online, ...pools.map(({ cpus }) => cpus)].map((cpus) => cpus.at(-1) ?? -1),
  );
  const owners = new Array<string | undefined>(highest + 1).fill(undefined);
  for (const pool of pools) {
    for (const cpu of pool.cpus) {
      const other = owners[cpu];
      if (other !== undefined) broken.push(`cpu ${cpu} is in ${other} and in ${pool.name}`);
      owners[cpu] = pool.name;
    }
  }
  for (const cpu of online) {
    if (owners[cpu] === undefined) broken.push(`cpu ${cpu} is online and in no pool`);
    owners[cpu] = undefined;
  }
  owners.forEach((pool, cpu) => {
    if (pool !== undefined) broken.push(`cpu ${cpu} is in ${pool} but not online`);
  });
  return broken;
}

/** Law 2. */
function pool0Keeps({ pools, domains }: HostState): string[] {
  const pool0 = pools.find(({ name }) => name === POOL0);
  if (pool0 === undefined) return [`there is no ${POOL0}`];
  const broken = pool0.cpus.includes(BOOT_CPU)
    ? []
    : [`${POOL0} has cpus ${formatCpuList(pool0.cpus)} and not cpu ${BOOT_CPU}`];
  const domain0 = domains.find(({ id }) => id === DOMAIN0);
  if (domain0 !== undefined && domain0.pool !== POOL0) broken.push(`${domain0.name} is in ${domain0.pool}`);
  return broken;
}

/** Law 3, with what makes "a pool" and "a domain" one thing each: their names and ids. */
function everyDomainInOnePool({ pools, domains }: HostState): string[] {
  const names = new Set(pools.map(({ name }) => name));
  const broken = domains
    .filter(({ pool }) => !names.has(pool))
    .map(({ id, pool }) => `domain ${id} is in ${pool}, which does not exist`);
  if (names.size < pools.length) broken.push('two pools have the same name');
  if (new Set(domains.map(({ id }) => id)).size < domains.length) broken.push('two domains have the same id');
  if (new Set(domains.map(({ name }) => name)).size < domains.length)
    broken.push('two domains have the same name');
  return broken;
}

/** Law 4. */
function membersHaveACpu({ pools, domains }: HostState): string[] {
  const bare = new Set(pools.filter(({ cpus }) => cpus.length === 0).map(({ name }) => name));
  if (bare.size === 0) return [];
  return domains
    .filter(({ pool }) => bare.has(pool))
    .map(({ id, pool }) => `domain ${id} is in ${pool}, which has no cpu`);
}
