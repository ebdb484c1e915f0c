import type {
  DomainSpec,
  NodeMemory,
  PoolState,
  SchedulerParams,
  Scheduling,
  VcpuState,
} from '../interface/host.ts';
import { done, type Outcome, refuse } from '../interface/outcome.ts';
import { sameAffinity, sameReservation } from '../interface/scheduling.ts';
import type { CpuPlace, Topology } from '../interface/topology.ts';
import {
  BOOT_CPU,
  type Cpu,
  DEFAULT_SCHEDULER,
  DOMAIN0,
  type DomainId,
  type NodeId,
  POOL0,
  type SchedulerName,
} from '../interface/words.ts';
import { catchUp, cpuTime } from './catch-up.ts';
import { assertPartition } from './invariants.ts';
import { Memory } from './memory.ts';
import { type DomainLoad, Pool } from './pool.ts';
import { seedFor } from './random.ts';
import { type DomainRecord, type PoolRecord, slots, specOf, stateOf } from './records.ts';
import { OFFERED } from './sched/create.ts';
import type { Trace } from './trace.ts';

/** How a machine is looked at. */
export interface View {
  /** Keeps who ran where. */
  readonly trace?: Trace;
  /**
   * The pools that matter, by every name they will have; missing: all. Time stands still in the others: pools share
   * nothing, so where only some are asked for, nothing is lost.
   */
  readonly pools?: ReadonlySet<string>;
}

/**
 * The machine: topology, memory, pools, domains, and the primitive operations on them. Each operation is whole or
 * refused, brings the pools it concerns to the same instant first and checks the partition afterwards (laws 1-5).
 * Time comes from outside, with every call.
 */
export class Machine {
  readonly topology: Topology;
  readonly #seed: number;
  readonly #catchUpEvents: number;
  readonly #view: View;
  readonly #pools = new Map<string, PoolRecord>();
  /** By id: a map would take four times the room. */
  readonly #domains: (DomainRecord | undefined)[] = [];
  /** By cpu: its pool; null while offline. */
  readonly #owner: (PoolRecord | null)[];
  readonly #memory: Memory;
  /** Of pools that are no more. */
  #pastEvents = 0;

  /** `catchUpEvents`: see `catchUp`, for all pools together; Infinity for a machine whose every instant counts. */
  constructor(topology: Topology, seed: number, catchUpEvents = Infinity, view: View = {}) {
    this.topology = topology;
    this.#seed = seed;
    this.#catchUpEvents = catchUpEvents;
    this.#view = view;
    this.#memory = new Memory(topology.nodes);
    const pool0 = this.#newPool(POOL0, DEFAULT_SCHEDULER, 0);
    this.#owner = topology.cpus.map(() => pool0);
    this.#setCpus(
      pool0,
      topology.cpus.map((place) => place.cpu),
    );
  }

  /** Brings a pool to host time. */
  #advance(record: PoolRecord, nowNs: number): Pool {
    if (record.matters) catchUp(record, nowNs, this.#catchUpEvents / this.#pools.size);
    return record.pool;
  }

  /** Brings every pool to host time. */
  advance(nowNs: number): void {
    for (const record of this.#pools.values()) this.#advance(record, nowNs);
  }

  // ---- what there is

  pools(): PoolState[] {
    return Array.from(this.#pools.values(), (record) => ({
      name: record.name,
      scheduler: record.scheduler,
      params: record.pool.scheduler.params,
      cpus: record.cpus,
      nodes: record.nodes,
    }));
  }

  /** By id. */
  domains(): DomainRecord[] {
    return this.#domains.filter((domain) => domain !== undefined);
  }

  specs(): DomainSpec[] {
    return this.domains().map(specOf);
  }

  online(): Cpu[] {
    return this.topology.cpus.filter(({ cpu }) => this.#owner[cpu] !== null).map(({ cpu }) => cpu);
  }

  memory(): NodeMemory[] {
    return this.#memory.read();
  }

  /** Events fired by all pools since the start: what the work of a run is measured in. */
  events(): number {
    let events = this.#pastEvents;
    for (const { pool } of this.#pools.values()) events += pool.events;
    return events;
  }

  vcpuStates(domain: DomainRecord, nowNs: number): VcpuState[] {
    const pool = this.#advance(domain.home, nowNs);
    return slots(domain).map((vcpu) => stateOf(pool, vcpu));
  }

  /** Cpu time of each vcpu, ns. */
  cpuTimes(domain: DomainRecord, nowNs: number): number[] {
    const pool = this.#advance(domain.home, nowNs);
    return slots(domain).map((vcpu) => cpuTime(pool, vcpu));
  }

  // ---- pools

  createPool(name: string, scheduler: SchedulerName, nowNs: number): Outcome<void> {
    if (this.#pools.has(name)) return refuse({ code: 'pool-exists', pool: name });
    if (!OFFERED.includes(scheduler))
      return refuse({ code: 'unknown-scheduler', scheduler, offered: OFFERED });
    this.#newPool(name, scheduler, nowNs);
    return this.#checked();
  }

  #newPool(name: string, scheduler: SchedulerName, nowNs: number): PoolRecord {
    const { trace = null, pools } = this.#view;
    const pool = new Pool(scheduler, nowNs, { trace });
    const matters = pools?.has(name) ?? true;
    const record = { name, scheduler, pool, cpus: [], nodes: null, members: 0, skippedNs: 0, matters };
    this.#pools.set(name, record);
    return record;
  }

  destroyPool(name: string): Outcome<void> {
    const record = this.#pools.get(name);
    if (record === undefined) return refuse({ code: 'unknown-pool', pool: name });
    if (name === POOL0) return refuse({ code: 'pool0-stays', what: 'destroyed' });
    if (record.members > 0) {
      return refuse({ code: 'pool-has-members', pool: name, domains: this.#membersOf(record) });
    }
    if (record.cpus.length > 0) return refuse({ code: 'pool-has-cpus', pool: name, cpus: record.cpus });
    this.#pools.delete(name);
    this.#pastEvents += record.pool.events;
    return this.#checked();
  }

  renamePool(name: string, to: string): Outcome<void> {
    const record = this.#pools.get(name);
    if (record === undefined) return refuse({ code: 'unknown-pool', pool: name });
    if (name === POOL0) return refuse({ code: 'pool0-stays', what: 'renamed' });
    if (this.#pools.has(to)) return refuse({ code: 'pool-exists', pool: to });
    // The order of creation is the order of the listing: keep it.
    const all = [...this.#pools.values()];
    this.#pools.clear();
    record.name = to;
    for (const domain of this.domains()) if (domain.home === record) domain.spec = null;
    for (const one of all) this.#pools.set(one.name, one);
    return this.#checked();
  }

  setPoolNodes(name: string, nodes: readonly NodeId[] | null): Outcome<void> {
    const record = this.#pools.get(name);
    if (record === undefined) return refuse({ code: 'unknown-pool', pool: name });
    const known = this.#memory.nodes;
    const stranger = nodes?.find((node) => !known.includes(node));
    if (stranger !== undefined) return refuse({ code: 'unknown-node', node: stranger, nodes: known });
    record.nodes = nodes;
    return done(undefined);
  }

  setPoolParams(name: string, params: SchedulerParams, nowNs: number): Outcome<void> {
    const record = this.#pools.get(name);
    if (record === undefined) return refuse({ code: 'unknown-pool', pool: name });
    this.#advance(record, nowNs).setParams(params);
    return this.#checked();
  }

  /** A new pool in place of the old one: its cpus change hands, and each member goes on there where it was. */
  setPoolScheduler(
    name: string,
    scheduler: SchedulerName,
    params: SchedulerParams,
    nowNs: number,
  ): Outcome<void> {
    const record = this.#pools.get(name);
    if (record === undefined) return refuse({ code: 'unknown-pool', pool: name });
    if (!OFFERED.includes(scheduler))
      return refuse({ code: 'unknown-scheduler', scheduler, offered: OFFERED });
    const old = this.#advance(record, nowNs);
    record.pool = new Pool(scheduler, old.nowNs, { events: old.events, trace: this.#view.trace ?? null });
    record.scheduler = scheduler;
    this.#setCpus(record, record.cpus);
    record.pool.setParams(params);
    for (const domain of this.domains())
      if (domain.home === record) domain.slot = record.pool.insert(old.remove(domain.slot));
    return this.#checked();
  }

  // ---- cpus

  moveCpu(cpu: Cpu, to: string, nowNs: number): Outcome<void> {
    const target = this.#pools.get(to);
    if (target === undefined) return refuse({ code: 'unknown-pool', pool: to });
    const source = this.#owner[cpu];
    if (source === undefined) return refuse({ code: 'unknown-cpu', cpu, cpus: this.#owner.length });
    if (source === null) return refuse({ code: 'cpu-offline', cpu });
    if (source === target) return done(undefined);
    const released = this.#mayRelease(source, cpu);
    if (!released.ok) return released;
    this.#advance(source, nowNs);
    this.#advance(target, nowNs);
    this.#owner[cpu] = target;
    this.#setCpus(source, without(source.cpus, cpu));
    this.#setCpus(target, including(target.cpus, cpu));
    return this.#checked();
  }

  setCpuOnline(cpu: Cpu, online: boolean, nowNs: number): Outcome<void> {
    const source = this.#owner[cpu];
    if (source === undefined) return refuse({ code: 'unknown-cpu', cpu, cpus: this.#owner.length });
    if (online === (source !== null)) return done(undefined);
    if (source !== null) {
      const released = this.#mayRelease(source, cpu);
      if (!released.ok) return released;
      this.#advance(source, nowNs);
      this.#owner[cpu] = null;
      this.#setCpus(source, without(source.cpus, cpu));
    } else {
      const pool0 = this.#pools.get(POOL0)!;
      this.#advance(pool0, nowNs);
      this.#owner[cpu] = pool0;
      this.#setCpus(pool0, including(pool0.cpus, cpu));
    }
    return this.#checked();
  }

  #mayRelease(source: PoolRecord, cpu: Cpu): Outcome<void> {
    if (cpu === BOOT_CPU) return refuse({ code: 'boot-cpu-stays' });
    // The last cpu may leave only an empty pool: its domains would have nowhere to run.
    if (source.cpus.length === 1 && source.members > 0) {
      return refuse({ code: 'pool-would-starve', pool: source.name, domains: this.#membersOf(source) });
    }
    return done(undefined);
  }

  #setCpus(record: PoolRecord, cpus: readonly Cpu[]): void {
    record.cpus = cpus;
    record.pool.setCpus(cpus.map((cpu): CpuPlace => this.topology.cpus[cpu]!));
  }

  // ---- domains

  createDomain(spec: DomainSpec, nowNs: number): Outcome<void> {
    const home = this.#pools.get(spec.pool);
    if (home === undefined) return refuse({ code: 'unknown-pool', pool: spec.pool });
    if (home.cpus.length === 0) return refuse({ code: 'pool-needs-a-cpu', pool: spec.pool });
    if (this.#domains[spec.id] !== undefined)
      return refuse({ code: 'domain-exists', domain: spec.name, id: spec.id });
    const short = this.#memory.take(spec.memory);
    if (short !== null) {
      const { node, mib, freeMib } = short;
      return refuse({ code: 'too-little-memory', wantedMib: mib, freeMib, nodes: [node], pool: home.name });
    }
    const slot = this.#advance(home, nowNs).insert(this.#loadOf(spec));
    const { id, name, memory } = spec;
    this.#domains[id] = { id, name, home, slot, memory: this.#memory.kept(memory), spec: null };
    home.members++;
    return this.#checked();
  }

  #loadOf(spec: DomainSpec): DomainLoad {
    const { weight, cap, affinity, reservations } = spec.scheduling;
    return {
      id: spec.id,
      weight,
      cap,
      workload: spec.workload,
      paused: spec.paused,
      vcpus: affinity.map((wish, vcpu) => ({
        cpuNs: 0,
        affinity: wish,
        reservation: reservations?.[vcpu] ?? null,
        random: seedFor(this.#seed, spec.id, vcpu),
        work: null,
        wakeInNs: null,
        ...(this.#view.trace !== undefined && { thread: this.#view.trace.enrol(spec.id, vcpu) }),
      })),
    };
  }

  destroyDomain(id: DomainId, nowNs: number): Outcome<void> {
    const domain = this.#domains[id];
    if (domain === undefined) return refuse({ code: 'unknown-domain', domain: `${id}` });
    if (id === DOMAIN0) return refuse({ code: 'domain0-stays', what: 'destroyed' });
    this.#advance(domain.home, nowNs).remove(domain.slot);
    domain.home.members--;
    this.#memory.give(domain.memory);
    delete this.#domains[id];
    return this.#checked();
  }

  renameDomain(id: DomainId, to: string): Outcome<void> {
    const domain = this.#domains[id];
    if (domain === undefined) return refuse({ code: 'unknown-domain', domain: `${id}` });
    domain.name = to;
    domain.spec = null;
    return done(undefined);
  }

  moveDomain(id: DomainId, to: string, scheduling: Scheduling, nowNs: number): Outcome<void> {
    const domain = this.#domains[id];
    if (domain === undefined) return refuse({ code: 'unknown-domain', domain: `${id}` });
    const target = this.#pools.get(to);
    if (target === undefined) return refuse({ code: 'unknown-pool', pool: to });
    if (target.cpus.length === 0) return refuse({ code: 'pool-needs-a-cpu', pool: to });
    if (target === domain.home) return this.setScheduling(id, scheduling, nowNs);
    if (id === DOMAIN0) return refuse({ code: 'domain0-stays', what: 'moved' });
    const load = this.#advance(domain.home, nowNs).remove(domain.slot);
    domain.home.members--;
    const { weight, cap, affinity, reservations } = scheduling;
    const vcpus = load.vcpus.map((one, i) => ({
      ...one,
      affinity: affinity[i]!,
      reservation: reservations?.[i] ?? null,
    }));
    domain.slot = this.#advance(target, nowNs).insert({ ...load, weight, cap, vcpus });
    domain.home = target;
    domain.spec = null;
    target.members++;
    return this.#checked();
  }

  setScheduling(id: DomainId, scheduling: Scheduling, nowNs: number): Outcome<void> {
    const domain = this.#domains[id];
    if (domain === undefined) return refuse({ code: 'unknown-domain', domain: `${id}` });
    const pool = this.#advance(domain.home, nowNs);
    const before = specOf(domain).scheduling;
    domain.spec = null;
    if (before.weight !== scheduling.weight || before.cap !== scheduling.cap) {
      pool.setWeight(domain.slot, scheduling.weight, scheduling.cap);
    }
    slots(domain).forEach((vcpu, i) => {
      const wish = scheduling.affinity[i]!;
      if (!sameAffinity(before.affinity[i]!, wish)) pool.setAffinity(vcpu, wish);
      const reservation = scheduling.reservations?.[i] ?? null;
      if (!sameReservation(pool.vcpus.reservation(vcpu), reservation)) pool.setReservation(vcpu, reservation);
    });
    return this.#checked();
  }

  setPaused(id: DomainId, paused: boolean, nowNs: number): Outcome<void> {
    const domain = this.#domains[id];
    if (domain === undefined) return refuse({ code: 'unknown-domain', domain: `${id}` });
    const pool = this.#advance(domain.home, nowNs);
    if (pool.isPaused(domain.slot) === paused) return done(undefined);
    pool.setPaused(domain.slot, paused);
    domain.spec = null;
    return this.#checked();
  }

  #membersOf(record: PoolRecord): DomainId[] {
    return this.domains()
      .filter(({ home }) => home === record)
      .map(({ id }) => id);
  }

  #checked(): Outcome<void> {
    assertPartition(this.#pools.values(), this.#owner);
    return done(undefined);
  }
}

const without = (cpus: readonly Cpu[], cpu: Cpu) => cpus.filter((one) => one !== cpu);
const including = (cpus: readonly Cpu[], cpu: Cpu) => [...cpus, cpu].sort((a, b) => a - b);
