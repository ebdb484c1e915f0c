/** What the tests of this folder build their pools with; no part of the hypervisor. */
import type { Affinity, Reservation, SchedulerParams } from '../interface/host.ts';
import { regularTopology, type TopologyShape } from '../interface/topology.ts';
import { type Cpu, LIMITS, NS_PER_MS, NS_PER_S, type SchedulerName } from '../interface/words.ts';
import { CPU_HOG, type Workload } from '../interface/workload.ts';
import { cpuTime } from './catch-up.ts';
import { NONE } from './cpus.ts';
import { Pool } from './pool.ts';
import { seedFor } from './random.ts';

export interface Guest {
  readonly weight?: number;
  readonly cap?: number;
  readonly vcpus?: number;
  readonly workload?: Workload;
  readonly paused?: boolean;
  readonly hard?: readonly number[];
  readonly soft?: readonly number[];
  readonly reservation?: Reservation;
  readonly id?: number;
  readonly seed?: number;
}

export function poolOn(
  host: number | TopologyShape,
  params: SchedulerParams = {},
  scheduler: SchedulerName = 'credit',
): Pool {
  const pool = new Pool(scheduler, 0);
  pool.setCpus(places(host));
  pool.setParams(params);
  return pool;
}

export const places = (host: number | TopologyShape) =>
  regularTopology(typeof host === 'number' ? { cpus: host } : host).cpus;

/** A domain in the pool: a hog of one vcpu and default weight where nothing else is said. Answers its slot. */
export function add(pool: Pool, guest: Guest = {}): number {
  const affinity = {
    hard: (guest.hard as Cpu[] | undefined) ?? null,
    soft: (guest.soft as Cpu[] | undefined) ?? null,
  };
  return pool.insert({
    id: guest.id ?? 1,
    weight: guest.weight ?? LIMITS.weight.default,
    cap: guest.cap ?? 0,
    workload: guest.workload ?? CPU_HOG,
    paused: guest.paused ?? false,
    vcpus: Array.from({ length: guest.vcpus ?? 1 }, (_, vcpu) => ({
      cpuNs: 0,
      affinity,
      reservation: guest.reservation ?? null,
      random: seedFor(guest.seed ?? 1, pool.domains.capacity, vcpu),
      work: null,
      wakeInNs: null,
    })),
  });
}

export function vcpusOf(pool: Pool, domain: number): number[] {
  const found: number[] = [];
  for (let vcpu = pool.domains.first[domain]!; vcpu !== NONE; vcpu = pool.vcpus.sibling[vcpu]!)
    found.push(vcpu);
  return found;
}

/** The vcpu of a domain that has one. */
export const only = (pool: Pool, domain: number) => vcpusOf(pool, domain)[0]!;

export const waits = (pool: Pool, vcpu: number) => pool.vcpus.isRunnable(vcpu) && !pool.isOnCpu(vcpu);

/** The host's number of the cpu that a vcpu is on; undefined: on none. */
export const cpuOf = (pool: Pool, vcpu: number) => [...running(pool)].find(([, on]) => on === vcpu)?.[0];

export const pin = (...cpus: number[]): Affinity => ({ hard: cpus as Cpu[], soft: null });

/** Event by event until it is so; throws if it never is. */
export function runUntilSo(pool: Pool, isSo: () => boolean): void {
  for (let events = 0; !isSo(); events++) {
    if (events === MANY_EVENTS) throw new Error(`it is not so after ${events} events`);
    pool.runFor(Infinity, 1);
  }
}

const MANY_EVENTS = 10_000;

/** Cpu time of a domain until now, ns. */
export function usedNs(pool: Pool, domain: number): number {
  return vcpusOf(pool, domain).reduce((sum, vcpu) => sum + cpuTime(pool, vcpu), 0);
}

/** What each domain gets over the next seconds, percent of one cpu. */
export function shares(pool: Pool, domains: readonly number[], seconds: number): number[] {
  const before = domains.map((domain) => usedNs(pool, domain));
  run(pool, seconds * 1000);
  return domains.map((domain, i) => (100 * (usedNs(pool, domain) - before[i]!)) / (seconds * NS_PER_S));
}

export function run(pool: Pool, ms: number): void {
  pool.runUntil(pool.nowNs + Math.round(ms * NS_PER_MS));
}

/** Runs event by event: what `look` sees after each is handed to `lasted` with how long it stayed so. */
export function watch<T>(
  pool: Pool,
  ms: number,
  look: () => T,
  lasted?: (seen: T, ns: number) => void,
): void {
  const endNs = pool.nowNs + ms * NS_PER_MS;
  while (pool.nowNs < endNs) {
    const fromNs = pool.nowNs;
    const seen = look();
    pool.runFor(endNs, 1);
    lasted?.(seen, pool.nowNs - fromNs);
  }
}

/** Who is on which cpu, as host numbers and slots. */
export function running(pool: Pool): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const [cpu, vcpu] of pool.cpus.current.entries())
    if (vcpu !== NONE) found.set(pool.cpus.ids[cpu]!, vcpu);
  return found;
}

/** Everything one can see of a pool, to compare two runs byte for byte. */
export function picture(pool: Pool): string {
  const { cpus, vcpus, nowNs, events } = pool;
  return JSON.stringify({
    nowNs,
    events,
    ids: [...cpus.ids],
    current: [...cpus.current],
    sinceNs: [...cpus.sinceNs],
    sliceEndNs: [...cpus.sliceEndNs],
    vcpus: Array.from({ length: vcpus.end }, (_, vcpu) => [
      vcpus.flags[vcpu],
      vcpus.where[vcpu],
      vcpus.domain[vcpu],
      cpuTime(pool, vcpu),
    ]),
  });
}
