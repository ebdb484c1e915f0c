import {
  type DomainId,
  type DomainSetup,
  type DomainState,
  type DomainUsage,
  type DomainView,
  done,
  EXACT,
  type Host,
  type HostDescription,
  type HostState,
  type HostView,
  type Ns,
  type Outcome,
  type PoolHealth,
  type PoolState,
  type PoolUsage,
  type PoolView,
  type Usage,
} from '../interface/index.ts';
import type { Definitions } from './definitions.ts';
import { illPools } from './drift.ts';
import { findDomain, findPool, membersOf } from './planning/occupancy.ts';
import { entitledNow, withoutExtratime } from './planning/promises.ts';
import { problems } from './recovery.ts';
import { Shares } from './shares.ts';
import { domainSetup, domainView, membersByPool, poolView } from './views.ts';

export interface About {
  readonly uri: string;
  readonly xendVersion: string;
}

/** What clients see of the host. Looks, and changes nothing; reads no more of the host than the answer needs. */
export class Observer {
  readonly description: HostDescription;
  readonly #host: Host;
  readonly #definitions: Definitions;
  readonly #about: About;
  readonly #shares = new Shares();
  readonly #generations = new Map<string, number>();
  readonly #firstGeneration: number;

  /** `generation` is that of every pool until it changes. */
  constructor(
    host: Host,
    description: HostDescription,
    definitions: Definitions,
    about: About,
    generation: number,
  ) {
    this.#host = host;
    this.description = description;
    this.#definitions = definitions;
    this.#about = about;
    this.#firstGeneration = generation;
  }

  async host(): Promise<HostView> {
    const state = await this.#host.read();
    const { driver, version, topology, schedulers, fidelity = {}, details = [] } = this.description;
    return {
      driver,
      version,
      ...this.#about,
      cpus: topology.cpus.length,
      onlineCpus: state.online,
      topology,
      schedulers,
      fidelity: Object.fromEntries(schedulers.map((name) => [name, fidelity[name] ?? EXACT])),
      details,
      memory: state.memory,
      pools: state.pools.length,
      domains: state.domains.length,
      problems: problems(this.#definitions, this.description, state),
    };
  }

  async pools(): Promise<PoolView[]> {
    const state = await this.#host.read();
    const members = membersByPool(state.domains);
    const ill = illPools(this.#definitions, state);
    return state.pools.map((pool) => this.#poolView(state, pool, members.get(pool.name) ?? [], ill));
  }

  async pool(name: string): Promise<Outcome<PoolView>> {
    return this.poolIn(await this.#host.read(), name);
  }

  poolIn(state: HostState, name: string): Outcome<PoolView> {
    const pool = findPool(state, name);
    const ill = illPools(this.#definitions, state);
    return pool.ok ? done(this.#poolView(state, pool.value, membersOf(state, name), ill)) : pool;
  }

  /** By id. */
  async domains(): Promise<DomainView[]> {
    return (await this.figures()).domains;
  }

  /** Everything that is measured, of one look at the host. */
  async figures(): Promise<{ domains: DomainView[]; pools: readonly PoolUsage[] }> {
    const [state, usage] = await Promise.all([this.#host.read(), this.#host.usage()]);
    return { domains: this.#domainViews(state, state.pools, usage), pools: usage.pools ?? [] };
  }

  /** The domains of one pool, by id. */
  async members(name: string): Promise<Outcome<DomainView[]>> {
    const [state, usage] = await Promise.all([this.#host.read(), this.#host.usage([name])]);
    const pool = findPool(state, name);
    return pool.ok ? done(this.#domainViews(state, [pool.value], usage)) : pool;
  }

  async domain(nameOrId: string): Promise<Outcome<DomainView>> {
    const state = await this.#host.read();
    const found = findDomain(state, nameOrId);
    if (!found.ok) return found;
    const domain = found.value;
    const pool = findPool(state, domain.pool);
    if (!pool.ok) return pool;
    const usage = await this.#host.usage([domain.pool]);
    const usages = byId(usage);
    const members = membersOf(state, domain.pool);
    const entitled = entitledNow(pool.value, this.#promised(members), usages)[members.indexOf(domain)]!;
    return done(this.#domainView(domain, usage.nowNs, usages, entitled));
  }

  setupIn(state: HostState, nameOrId: string): Outcome<DomainSetup> {
    const found = findDomain(state, nameOrId);
    if (!found.ok) return found;
    return done(domainSetup(found.value, this.#definitions.domains.get(found.value.id)?.otherKeys));
  }

  generation(pool: string): number {
    return this.#generations.get(pool) ?? this.#firstGeneration;
  }

  /** These pools are not what they were: whoever looked before has an old view. */
  touch(pools: Iterable<string>, generation: number): void {
    for (const pool of pools) this.#generations.set(pool, generation);
  }

  /** Measures the domains of these pools, or of all, anew from here. */
  async beginShares(pools?: readonly string[]): Promise<void> {
    this.#shares.begin(await this.#host.usage(pools));
  }

  endShares(id: DomainId): void {
    this.#shares.end(id);
  }

  #poolView(
    state: HostState,
    pool: PoolState,
    members: readonly DomainState[],
    ill: ReadonlyMap<string, PoolHealth>,
  ): PoolView {
    const health = ill.get(pool.name) ?? 'healthy';
    const generation = this.generation(pool.name);
    return poolView(this.description, state, pool, members, { health, generation });
  }

  /** What a kernel's scheduler does not give is not promised. */
  #promised(members: readonly DomainState[]): readonly DomainState[] {
    return this.description.bounds === undefined ? members : members.map(withoutExtratime);
  }

  #domainViews(state: HostState, pools: readonly PoolState[], usage: Usage): DomainView[] {
    const usages = byId(usage);
    const members = membersByPool(state.domains);
    const views = pools.flatMap((pool) => {
      const domains = members.get(pool.name) ?? [];
      const entitled = entitledNow(pool, this.#promised(domains), usages);
      return domains.map((domain, i) => this.#domainView(domain, usage.nowNs, usages, entitled[i]!));
    });
    return views.sort((a, b) => a.id - b.id);
  }

  #domainView(domain: DomainState, nowNs: Ns, usages: Usages, entitledPercent: number): DomainView {
    const usage = usages.get(domain.id);
    return domainView(domain, {
      usage,
      share: usage === undefined ? null : this.#shares.measure(usage, nowNs),
      entitledPercent,
      otherKeys: this.#definitions.domains.get(domain.id)?.otherKeys,
    });
  }
}

type Usages = ReadonlyMap<DomainId, DomainUsage>;

const byId = (usage: Usage): Usages => new Map(usage.domains.map((one) => [one.id, one]));
