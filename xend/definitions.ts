import {
  type Cpu,
  type DomainId,
  type DomainSpec,
  type HostDescription,
  type HostState,
  LIMITS,
  POOL0,
  type PoolState,
  type Step,
} from '../interface/index.ts';

/** A pool as it shall be. Its cpus are kept apart, by cpu. */
export type PoolDefinition = Omit<PoolState, 'cpus'>;

/** Keys of a domain's file that nothing reads, kept as they were written. */
export type OtherKeys = Readonly<Record<string, unknown>>;

export interface DomainDefined extends DomainSpec {
  readonly otherKeys?: OtherKeys;
}

/** The definitions as the journal keeps them. */
export interface DefinitionsSnapshot {
  readonly start: number;
  readonly nextDomainId: number;
  readonly pools: readonly PoolDefinition[];
  /** Who owns which cpu; those of pool0 are not named: it has what nobody claims. */
  readonly owners: readonly (readonly [Cpu, string])[];
  readonly offline: readonly Cpu[];
  readonly domains: readonly DomainDefined[];
}

export const NOTHING_DEFINED: DefinitionsSnapshot = {
  start: 0,
  nextDomainId: 1,
  pools: [],
  owners: [],
  offline: [],
  domains: [],
};

/**
 * What the administrator wishes: every step ever done, folded. The host is the truth, this is the wish (law 10); after
 * a loss of the host it is built again from here.
 */
export class Definitions {
  start: number;
  /** One past every id ever given: an id is not used twice, so that no old script hits a new domain. */
  nextDomainId: number;
  readonly pools: Map<string, PoolDefinition>;
  readonly owners: Map<Cpu, string>;
  readonly offline: Set<Cpu>;
  readonly domains: Map<DomainId, DomainDefined>;
  readonly #idByName: Map<string, DomainId>;

  constructor(snapshot: DefinitionsSnapshot = NOTHING_DEFINED) {
    this.start = snapshot.start;
    this.nextDomainId = snapshot.nextDomainId;
    this.pools = new Map(snapshot.pools.map((pool) => [pool.name, pool]));
    this.owners = new Map(snapshot.owners);
    this.offline = new Set(snapshot.offline);
    this.domains = new Map(snapshot.domains.map((domain) => [domain.id, domain]));
    this.#idByName = new Map(snapshot.domains.map((domain) => [domain.name, domain.id]));
  }

  snapshot(): DefinitionsSnapshot {
    return {
      start: this.start,
      nextDomainId: this.nextDomainId,
      pools: [...this.pools.values()],
      owners: [...this.owners],
      offline: [...this.offline],
      domains: [...this.domains.values()],
    };
  }

  idOf(name: string): DomainId | undefined {
    return this.#idByName.get(name);
  }

  ownerOf(cpu: Cpu): string {
    return this.owners.get(cpu) ?? POOL0;
  }

  /** The id of the next domain; when all have been used once, the lowest that is free. */
  nextId(): DomainId {
    let id = this.nextDomainId < LIMITS.domains ? this.nextDomainId : 1;
    while (this.domains.has(id as DomainId)) id++;
    return id as DomainId;
  }

  /** The wish after one more step. A step about an object nobody defined changes nothing. */
  follow(step: Step, otherKeys?: OtherKeys): void {
    switch (step.do) {
      case 'createPool':
        this.pools.set(step.pool, { name: step.pool, scheduler: step.scheduler, params: {}, nodes: null });
        break;
      case 'destroyPool':
        this.pools.delete(step.pool);
        this.#claimFor(step.pool, POOL0);
        break;
      case 'renamePool':
        this.#renamePool(step.pool, step.to);
        break;
      case 'setPoolNodes':
        this.#changePool(step.pool, { nodes: step.nodes });
        break;
      case 'setPoolParams':
        this.#changePool(step.pool, { params: { ...this.pools.get(step.pool)?.params, ...step.params } });
        break;
      case 'setPoolScheduler':
        this.#changePool(step.pool, { scheduler: step.scheduler, params: step.params });
        break;
      case 'moveCpu':
        // Somebody has taken it into service, and it is meant to be there now.
        this.offline.delete(step.cpu);
        if (step.to === POOL0) this.owners.delete(step.cpu);
        else this.owners.set(step.cpu, step.to);
        break;
      case 'setCpuOnline':
        if (step.online) this.offline.delete(step.cpu);
        else this.offline.add(step.cpu);
        // A cpu that comes back comes back to pool0.
        this.owners.delete(step.cpu);
        break;
      default:
        this.#followDomain(step, otherKeys);
    }
  }

  #followDomain(step: DomainStep, otherKeys?: OtherKeys): void {
    switch (step.do) {
      case 'createDomain':
        this.#define(otherKeys === undefined ? step.spec : { ...step.spec, otherKeys });
        break;
      case 'destroyDomain':
      case 'releaseDomain':
      // Nobody wishes any more that it runs, and it may take its time.
      case 'shutdownDomain':
        this.#forget(step.domain);
        break;
      case 'renameDomain':
        this.#changeDomain(step.domain, { name: step.to });
        break;
      case 'moveDomain':
        this.#changeDomain(step.domain, { pool: step.to, scheduling: step.scheduling });
        break;
      case 'setScheduling':
        this.#changeDomain(step.domain, { scheduling: step.scheduling });
        break;
      case 'setPaused':
        this.#changeDomain(step.domain, { paused: step.paused });
        break;
    }
  }

  /** Before the first start nothing is wished: a cpu that is out of service then is meant to be. */
  adoptOffline(host: HostDescription, state: HostState): void {
    const online = new Set(state.online);
    for (const { cpu } of host.topology.cpus) if (!online.has(cpu)) this.offline.add(cpu);
  }

  /** Takes over what the host has and nobody defined; says whether there was anything. */
  adopt(state: HostState): boolean {
    let isChanged = false;
    for (const { cpus, ...pool } of state.pools) {
      if (this.pools.has(pool.name)) continue;
      this.pools.set(pool.name, pool);
      for (const cpu of cpus)
        if (pool.name !== POOL0 && !this.owners.has(cpu)) this.owners.set(cpu, pool.name);
      isChanged = true;
    }
    for (const domain of state.domains) {
      if (this.domains.has(domain.id)) continue;
      this.#define(domain);
      isChanged = true;
    }
    return isChanged;
  }

  #define(domain: DomainDefined): void {
    const namesake = this.#idByName.get(domain.name);
    // The host took this one, so the namesake was a wish that no host could fulfil.
    if (namesake !== undefined && namesake !== domain.id) this.#forget(namesake);
    const before = this.domains.get(domain.id);
    if (before !== undefined) this.#idByName.delete(before.name);
    this.domains.set(domain.id, domain);
    this.#idByName.set(domain.name, domain.id);
    this.nextDomainId = Math.max(this.nextDomainId, domain.id + 1);
  }

  #forget(id: DomainId): void {
    const domain = this.domains.get(id);
    if (domain === undefined) return;
    this.domains.delete(id);
    this.#idByName.delete(domain.name);
  }

  #changeDomain(id: DomainId, change: Partial<DomainDefined>): void {
    const domain = this.domains.get(id);
    if (domain !== undefined) this.#define({ ...domain, ...change });
  }

  #changePool(name: string, change: Partial<PoolDefinition>): void {
    const pool = this.pools.get(name);
    if (pool !== undefined) this.pools.set(name, { ...pool, ...change });
  }

  #renamePool(name: string, to: string): void {
    if (!this.pools.has(name)) return;
    const inOrder = [...this.pools.values()];
    this.pools.clear();
    for (const pool of inOrder) {
      const renamed = pool.name === name ? { ...pool, name: to } : pool;
      this.pools.set(renamed.name, renamed);
    }
    this.#claimFor(name, to);
  }

  /** What one pool had is now wished for another. */
  #claimFor(pool: string, to: string): void {
    for (const [cpu, owner] of this.owners)
      if (owner === pool) {
        if (to === POOL0) this.owners.delete(cpu);
        else this.owners.set(cpu, to);
      }
    for (const domain of this.domains.values())
      if (domain.pool === pool) this.domains.set(domain.id, { ...domain, pool: to });
  }
}

type DomainStep = Extract<Step, { readonly domain: DomainId } | { readonly spec: DomainSpec }>;
