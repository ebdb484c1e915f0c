/** The embedded hypervisor: pure, deterministic, integer nanoseconds. Depends on `interface` alone. */
export { type DomainRecord, Machine, type PoolRecord } from './machine.ts';
export { type DomainLoad, Pool, type VcpuLoad } from './pool.ts';
export { seedFor } from './random.ts';
export { OFFERED } from './sched/create.ts';
