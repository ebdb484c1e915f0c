import { NONE } from './cpus.ts';
import type { Pool } from './pool.ts';
import type { PoolRecord } from './records.ts';

/** What catching up may always cost: some ten accounting periods of busy cpus, or too little of the load is seen. */
const MIN_EVENTS = 2_000;
const MIN_EVENTS_PER_CPU = 40;

/**
 * Brings a pool to host time. After a long rest that would cost more than `maxEvents`, it simulates that many and lets
 * the rest of the time pass at the rate each vcpu then had: the clock is right, cpu time is what a steady load would
 * have used, and a daemon that nobody asked for a week answers at once.
 */
export function catchUp(record: PoolRecord, nowNs: number, maxEvents: number): void {
  const { pool } = record;
  const endNs = nowNs - record.skippedNs;
  if (endNs <= pool.nowNs) return;
  if (maxEvents === Infinity) {
    pool.runUntil(endNs);
    return;
  }
  const fromNs = pool.nowNs;
  const before = cpuTimes(pool);
  const floor = Math.max(MIN_EVENTS, MIN_EVENTS_PER_CPU * pool.cpus.count);
  // More than that may be due at the first instant alone: on until time has passed.
  do pool.runFor(endNs, Math.max(floor, Math.floor(maxEvents)));
  while (pool.nowNs === fromNs);
  const leftNs = endNs - pool.nowNs;
  const ranNs = pool.nowNs - fromNs;
  if (leftNs === 0) return;
  for (const [vcpu, usedNs] of cpuTimes(pool).entries()) {
    pool.vcpus.cpuNs[vcpu]! += Math.round(((usedNs - before[vcpu]!) * leftNs) / ranNs);
  }
  record.skippedNs += leftNs;
}

/** What a vcpu has used, the stretch it is on a cpu right now included. Looking changes nothing. */
export function cpuTime({ cpus, vcpus, nowNs }: Pool, vcpu: number): number {
  const at = vcpus.where[vcpu]!;
  const running = at !== NONE && cpus.current[at] === vcpu;
  return vcpus.cpuNs[vcpu]! + (running ? nowNs - cpus.countedNs[at]! : 0);
}

function cpuTimes(pool: Pool): Float64Array {
  return Float64Array.from({ length: pool.vcpus.end }, (_, vcpu) => cpuTime(pool, vcpu));
}
