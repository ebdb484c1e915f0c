/**
 * The words every layer shares: branded numbers, the two names the law singles out, and the limits.
 * Words are Xen's and the proposal's; a *cpu* is a physical one (Xen: pcpu).
 */

/** A physical cpu's number, 0 … cpus-1, as the host counts. */
export type Cpu = number & { readonly kind: 'cpu' };
/** A NUMA node's number. */
export type NodeId = number & { readonly kind: 'node' };
/** A domain's id (Xen: domid); 0 is the control domain. */
export type DomainId = number & { readonly kind: 'domain' };
/** A vcpu's index inside its domain, 0 … vcpus-1. */
export type Vcpu = number & { readonly kind: 'vcpu' };
/** Nanoseconds: an integer, exact below 2^53 (104 days). */
export type Ns = number & { readonly kind: 'ns' };

export const cpu = (n: number) => n as Cpu;
export const node = (n: number) => n as NodeId;
export const domainId = (n: number) => n as DomainId;
export const vcpu = (n: number) => n as Vcpu;
export const ns = (n: number) => n as Ns;

/** The default pool: always there, never destroyed, never renamed (law 2). */
export const POOL0 = 'pool0';
/** The cpu that never leaves pool0 (law 2); Xen has insisted on it since 2022 (commit 544e8af41e). */
export const BOOT_CPU = 0 as Cpu;
/** The control domain, never outside pool0. */
export const DOMAIN0 = 0 as DomainId;
export const DOMAIN0_NAME = 'Domain-0';

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

/** Bounds that hold on every host. Sources: Xen's public headers and libxl for the scheduler's, ours for the rest. */
export const LIMITS = {
  nameLength: 63,
  cpus: 4096,
  pools: 8192,
  domains: 32752, // Xen's DOMID_FIRST_RESERVED is 0x7FF0
  vcpusPerDomain: 512, // HVM_MAX_VCPUS is 128, PV goes to 8192; 512 is what people size for
  memoryMib: 16 * 1024 * 1024,
  weight: { min: 1, max: 65535, default: 256 },
  capPerVcpu: 100,
  timesliceMs: { min: 1, max: 1000, default: 30 },
  ratelimitUs: { min: 100, max: 500_000, default: 1000 }, // 0 switches it off
  migrationDelayUs: { min: 0, max: 100_000, default: 0 },
  // rtds takes no less than 10 us of either, and 32 bits of them
  periodUs: { min: 10, max: 2 ** 32 - 1, default: 10_000 },
  budgetUs: { min: 10, default: 4_000 },
  // arinc653: Xen's ARINC653_MAX_DOMAINS_PER_SCHEDULE; an hour, far above any frame
  slots: 64,
  frameUs: { min: 1, max: 3_600_000_000, default: 10_000 },
  requestBytes: 1024 * 1024,
  // Linux takes 2 MiB of words and environment, 128 KiB a word; no command of a person comes near
  execWords: 1024,
  execBytes: 64 * 1024,
  // x86's COMMAND_LINE_SIZE
  cmdlineLength: 2048,
} as const;

/** The schedulers the field knows; a host says which of them it offers. */
export const SCHEDULERS = ['credit', 'credit2', 'rtds', 'arinc653', 'null'] as const;
export type SchedulerName = (typeof SCHEDULERS)[number];
export const DEFAULT_SCHEDULER: SchedulerName = 'credit';

/** What each scheduler knows of a domain; all but arinc653 know affinity, which every pool keeps. */
export const KNOWS_WEIGHT: ReadonlySet<SchedulerName> = new Set(['credit', 'credit2']);
export const KNOWS_RESERVATION: ReadonlySet<SchedulerName> = new Set(['rtds']);
