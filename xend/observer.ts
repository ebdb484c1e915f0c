import {
  type DomainId,
  type DomainState,
  type DomainView,
  done,
  type Host,
  type HostDescription,
  type HostState,
  type HostView,
  type Outcome,
  type PoolState,
  type PoolView,
  type Usage,
} from '../interface/index.ts';
import type { Definitions } from './definitions.ts';
import { type Claim, entitledPercents } from './planning/entitlement.ts';
import { findDomain, findPool, membersOf } from './planning/occupancy.ts';
import { problems } from './recovery.ts';
import { Shares } from './shares.ts';
import { domainView, membersByPool, poolView } from './views.ts';

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
    const { driver, version, topology, schedulers } = this.description;
    return {
      driver,
      version,
      ...this.#about,
      cpus: topology.cpus.length,
      onlineCpus: state.online,
      topology,
      schedulers,
      memory: state.memory,
      pools: state.pools.length,
      domains: state.domains.length,
      problems: problems(this.#definitions, this.description, state),
    };
  }

  async pools(): Promise<PoolView[]> {
    const state = await this.#host.read();
    const members = membersByPool(state.domains);
    return state.pools.map((pool) => this.#poolView(state, pool, members.get(pool.name) ?? []));
  }

  async pool(name: string): Promise<Outcome<PoolView>> {
    return this.poolIn(await this.#host.read(), name);
  }

  poolIn(state: HostState, name: string): Outcome<PoolView> {
    const pool = findPool(state, name);
    return pool.ok ? done(this.#poolView(state, pool.value, membersOf(state, name))) : pool;
  }

  async domains(): Promise<DomainView[]> {
    const [state, usage] = await Promise.all([this.#host.read(), this.#host.usage()]);
    const members = membersByPool(state.domains);
    const views = state.pools.flatMap((pool) => this.#domainViews(pool, members.get(pool.name) ?? [], usage));
    return views.sort((a, b) => a.id - b.id);
  }

  async domain(nameOrId: string): Promise<Outcome<DomainView>> {
    const state = await this.#host.read();
    return this.domainIn(state, nameOrId);
  }

  async domainIn(state: HostState, nameOrId: string): Promise<Outcome<DomainView>> {
    const found = findDomain(state, nameOrId);
    if (!found.ok) return found;
    const { id, pool: name } = found.value;
    const pool = findPool(state, name);
    if (!pool.ok) return pool;
    const usage = await this.#host.usage([name]);
    const views = this.#domainViews(pool.value, membersOf(state, name), usage);
    return done(views.find((view) => view.id === id)!);
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

  #poolView(state: HostState, pool: PoolState, members: readonly DomainState[]): PoolView {
    return poolView(this.description.topology, state, pool, members, this.generation(pool.name));
  }

  #domainViews(pool: PoolState, members: readonly DomainState[], usage: Usage): DomainView[] {
    const usages = new Map(usage.domains.map((one) => [one.id, one]));
    const claims = members.map((domain) => claimOf(domain, usages.get(domain.id)?.demandPercent ?? 0));
    const entitled = entitledPercents(pool.cpus, claims);
    return members.map((domain, i) => {
      const used = usages.get(domain.id);
      return domainView(domain, {
        usage: used,
        share: used === undefined ? null : this.#shares.measure(used, usage.nowNs),
        entitledPercent: entitled[i]!,
        otherKeys: this.#definitions.domains.get(domain.id)?.otherKeys,
      });
    });
  }
}

/** A paused domain claims nothing. */
function claimOf({ scheduling, vcpus, paused }: DomainState, demandPercent: number): Claim {
  return {
    weight: scheduling.weight,
    vcpus,
    cap: scheduling.cap,
    demandPercent: paused ? 0 : demandPercent,
    hard: scheduling.affinity.map(({ hard }) => hard),
  };
}
