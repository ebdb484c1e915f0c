import { done, type HostState, type Outcome, POOL0, refuse, type Step } from '../interface/index.ts';
import { eventsPerSecond } from './effort.ts';
import { type Action, endOf, type Scenario } from './scenario.ts';
import { Stage, type Watch } from './stage.ts';

/** Pools that have to do with each other: a domain or a cpu moves between them. */
export interface Group {
  /** Every name they will have. */
  readonly pools: readonly string[];
  /** About how many events a second of theirs takes. */
  readonly effort: number;
}

/**
 * Makes every change without waiting for its time, so that what cannot be done is refused before anything runs; and
 * finds out which pools can be played apart. `goOn` as in `Watch`.
 */
export async function rehearse(
  scenario: Scenario,
  goOn: NonNullable<Watch['goOn']>,
): Promise<Outcome<Group[]>> {
  const set = await Stage.set(scenario, scenario.seed, { goOn });
  if (!set.ok) return set;
  const stage = set.value;
  const begin = await stage.state();
  const links = new Links();
  for (const { name } of begin.pools) links.find(name);
  for (const action of scenario.actions) {
    if (stage.isCut || !(await goOn(0))) break;
    if (action.atS >= endOf(scenario)) return refuseLate(scenario, action);
    const before = await stage.state();
    const changed = await stage.change(action);
    if (!changed.ok) return changed;
    for (const { step } of changed.value.steps) for (const [a, b] of touched(step, before)) links.join(a, b);
  }
  const efforts = new Map(begin.pools.map((pool) => [pool.name, eventsPerSecond(pool, begin.domains)]));
  return done(
    links.groups().map((pools) => ({
      pools,
      effort: pools.reduce((sum, name) => sum + (efforts.get(name) ?? 0), 0),
    })),
  );
}

function refuseLate(scenario: Scenario, { atS, field, line }: Action) {
  const why = `at ${atS} s everything is over: settleS and seconds together are ${endOf(scenario)}`;
  return refuse({ code: 'bad-scenario', file: scenario.file, line, field, why });
}

/** The pools that a step brings together. A plan gives and takes cpus by way of pool0, which joins what they join. */
function touched(step: Step, { pools, domains }: HostState): [string, string][] {
  switch (step.do) {
    case 'createPool':
      return [[step.pool, step.pool]];
    case 'renamePool':
      return [[step.pool, step.to]];
    case 'moveCpu': {
      const owner = pools.find(({ cpus }) => cpus.includes(step.cpu))?.name ?? POOL0;
      return [
        [owner, step.to],
        [POOL0, step.to],
      ];
    }
    case 'setCpuOnline': {
      const owner = pools.find(({ cpus }) => cpus.includes(step.cpu))?.name ?? POOL0;
      return [[owner, POOL0]];
    }
    case 'moveDomain': {
      const home = domains.find(({ id }) => id === step.domain)!.pool;
      return [[home, step.to]];
    }
    default:
      return [];
  }
}

/** Which names belong together (a disjoint-set forest). */
class Links {
  readonly #parent = new Map<string, string>();

  find(name: string): string {
    const parent = this.#parent.get(name) ?? name;
    const root = parent === name ? name : this.find(parent);
    this.#parent.set(name, root);
    return root;
  }

  join(a: string, b: string): void {
    this.#parent.set(this.find(a), this.find(b));
  }

  groups(): string[][] {
    const groups = new Map<string, string[]>();
    for (const name of [...this.#parent.keys()]) {
      const root = this.find(name);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [name]);
      else group.push(name);
    }
    return [...groups.values()];
  }
}
