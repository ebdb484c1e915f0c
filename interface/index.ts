/** The words, operations, answers and refusals that every layer shares. Depends on nothing. */

export * from './admission.ts';
export * from './cpu-list.ts';
export * from './disk.ts';
export * from './errno.ts';
export * from './guest.ts';
export * from './host.ts';
export * from './names.ts';
export * from './near.ts';
export * from './outcome.ts';
export * from './own-cpus.ts';
export * from './plan.ts';
export * from './refusals.ts';
export * from './requests.ts';
export * from './scheduling.ts';
export * from './statuses.ts';
export * from './steps.ts';
export * from './topology.ts';
export * from './views.ts';
export * from './words.ts';
export * from './workload.ts';
export * from './workload-words.ts';
