/** The embedded hypervisor: pure, deterministic, integer nanoseconds. Depends on `interface` alone. */
export { Machine, type View } from './machine.ts';
export { type DomainLoad, Pool, type VcpuLoad } from './pool.ts';
export { seedFor } from './random.ts';
export type { DomainRecord, PoolRecord } from './records.ts';
export { OFFERED } from './sched/create.ts';
export * from './trace.ts';
