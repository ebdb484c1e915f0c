import type { PoolRecord } from './records.ts';

/** Law 1: every online cpu is in exactly one pool. Law 4: a pool with members has a cpu. A broken belief is a crash. */
export function assertPartition(pools: Iterable<PoolRecord>, owner: readonly (PoolRecord | null)[]): void {
  let owned = 0;
  for (const record of pools) {
    if (record.members > 0 && record.cpus.length === 0)
      throw new Error(`${record.name} has members but no cpu`);
    if (record.members < 0) throw new Error(`${record.name} has ${record.members} members`);
    owned += record.cpus.length;
    for (const cpu of record.cpus) {
      if (owner[cpu] !== record)
        throw new Error(`cpu ${cpu} is listed in ${record.name}, which does not own it`);
    }
  }
  let online = 0;
  for (const record of owner) if (record !== null) online++;
  if (owned !== online) throw new Error(`${online} cpus are online, the pools have ${owned}`);
}
