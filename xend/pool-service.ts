import {
  type ChangeRequest,
  type ChangeView,
  describeStep,
  done,
  type Host,
  type HostState,
  type Outcome,
  type Plan,
  type PlannedStep,
  refuse,
  type Step,
} from '../interface/index.ts';
import { carryOut, domainOf, type Ending } from './carry-out.ts';
import type { Events } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { Observer } from './observer.ts';
import { plan } from './planning/plan.ts';
import { unreadKeys } from './planning/plan-guest.ts';
import { endPlan } from './recovery.ts';
import { requestInWords } from './request-words.ts';
import { subjectOf, type Touched, touchedBy } from './touched.ts';

export interface ChangeOptions {
  /** Plans, and does nothing. */
  readonly isDryRun?: boolean;
  /** The pool must still be of this generation. */
  readonly generation?: number;
}

/**
 * The only writer. One change at a time: read the host, plan, journal, carry out, read back, and tell. Whatever it
 * answers, the change was done whole or not at all (law 6).
 */
export class PoolService {
  readonly #host: Host;
  readonly #ledger: Ledger;
  readonly #observer: Observer;
  readonly #events: Events;
  /** Pools with a change under way or in the queue, and which. */
  readonly #underWay = new Map<string, string>();
  /** How many changes ended how: `done`, `unchanged`, `planned`, or the refusal's code. */
  readonly outcomes = new Map<string, number>();
  #queue: Promise<unknown> = Promise.resolve();
  #isStopping = false;

  constructor(host: Host, ledger: Ledger, observer: Observer, events: Events) {
    this.#host = host;
    this.#ledger = ledger;
    this.#observer = observer;
    this.#events = events;
  }

  async change(request: ChangeRequest, options: ChangeOptions = {}): Promise<Outcome<ChangeView>> {
    const outcome = await this.#ask(request, options);
    this.#count(outcome.ok ? endedHow(outcome.value) : outcome.refusal.code);
    return outcome;
  }

  /** Does something between changes, never during one. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() =>
      this.#ledger.open === null ? work() : this.#endOpenPlan().then(work),
    );
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Takes no more changes; resolves when the last one is through. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#queue;
  }

  async #ask(request: ChangeRequest, options: ChangeOptions): Promise<Outcome<ChangeView>> {
    if (this.#isStopping) return refuse({ code: 'stopping' });
    const pool = options.isDryRun ? null : poolToHold(request);
    const other = pool === null ? undefined : this.#underWay.get(pool);
    // Not queued: its author looked at a pool that is about to be another.
    if (pool !== null && other !== undefined) return refuse({ code: 'change-under-way', pool, other });
    if (pool !== null) this.#underWay.set(pool, requestInWords(request));
    try {
      return await this.inTurn(() => this.#run(request, options));
    } finally {
      if (pool !== null) this.#underWay.delete(pool);
    }
  }

  async #run(request: ChangeRequest, options: ChangeOptions): Promise<Outcome<ChangeView>> {
    const before = await this.#host.read();
    const planned = this.#plan(before, request, options);
    if (!planned.ok) return planned;
    const { steps } = planned.value;
    if (options.isDryRun) return done(changeView(planned.value, true));
    if (steps.length === 0)
      return done({ ...changeView(planned.value, false), ...this.#subject(request, steps, before) });

    const otherKeys =
      request.kind === 'domain-create' ? unreadKeys(this.#observer.description, request) : undefined;
    const words = requestInWords(request);
    const begun = await this.#ledger.begin({ request: words, steps, ...(otherKeys && { otherKeys }) });
    if (!begun.ok) return begun;
    const ending = isForgetting(before, steps)
      ? ({ kind: 'done', state: before } as const)
      : await carryOut(this.#host, before, steps);
    await this.#ledger.end(ending.kind === 'done' ? 'done' : 'undone');
    if (ending.kind !== 'done') return this.#failed(words, ending);
    await this.#tell(words, steps, touchedBy(steps, before), ending.state);
    return done({ ...changeView(planned.value, false), ...this.#subject(request, steps, ending.state) });
  }

  /** Only a mistake of ours or a host that vanished leaves a plan open; it is ended before another is begun. */
  async #endOpenPlan(): Promise<void> {
    this.#events.publish(await endPlan(this.#host, this.#ledger));
  }

  #plan(state: HostState, request: ChangeRequest, { generation }: ChangeOptions): Outcome<Plan> {
    const { description } = this.#observer;
    const { definitions } = this.#ledger;
    const pool = poolToHold(request);
    const isThere = state.pools.some(({ name }) => name === pool);
    if (generation !== undefined && pool !== null && isThere) {
      const found = this.#observer.generation(pool);
      if (found !== generation) return refuse({ code: 'pool-changed', pool, expected: generation, found });
    }
    const planned = plan(description, state, request, { nextDomainId: definitions.nextId() });
    const isUnknown = !planned.ok && planned.refusal.code === 'unknown-domain';
    if (!isUnknown || request.kind !== 'domain-destroy') return planned;
    return this.#planToForget(request.domain) ?? planned;
  }

  /** A domain that this host could not take is only a wish: to destroy it is to forget it. */
  #planToForget(nameOrId: string): Outcome<Plan> | null {
    const { definitions } = this.#ledger;
    const spec = [...definitions.domains.values()].find(
      ({ id, name }) => name === nameOrId || String(id) === nameOrId,
    );
    if (spec === undefined) return null;
    const step: Step = { do: 'destroyDomain', domain: spec.id };
    return done({ steps: [{ step, undo: { do: 'createDomain', spec } }], notes: [] });
  }

  #failed(words: string, ending: Exclude<Ending, { kind: 'done' }>): Outcome<never> {
    // Nothing was done, and why is the asker's affair: a command that does not exist, a process that is gone.
    if (ending.kind === 'undone' && ending.refusal && ending.refusal.code !== 'kernel-refused')
      return refuse(ending.refusal);
    const { why, remedy } = ending;
    const step = describeStep(ending.step);
    const undone = ending.kind === 'undone';
    const rest = undone ? 'taken back' : 'and not taken back';
    this.#events.publish({ kind: 'problem', text: `${words}: cannot ${step}: ${why}; ${rest}` });
    return refuse({ code: 'host-failed', step, why, undone, ...(remedy && { remedy }) });
  }

  /** The change is done: new generations, new windows for the shares, an event. */
  async #tell(
    words: string,
    steps: readonly PlannedStep[],
    touched: Touched,
    after: HostState,
  ): Promise<void> {
    const { pools, neighbours, domains } = touched;
    this.#observer.touch(pools, this.#ledger.last);
    const present = after.pools.map(({ name }) => name).filter((name) => neighbours.has(name));
    await this.#observer.beginShares(present);
    for (const id of domains) if (domainOf(after, id) === undefined) this.#observer.endShares(id);
    const text = `${words}: ${stepsInWords(steps)}`;
    this.#events.publish({ kind: 'change', text, pools: [...neighbours], domains: [...domains] });
  }

  /** The pool or the domain that the change was about, as it is now. */
  #subject(
    request: ChangeRequest,
    steps: readonly PlannedStep[],
    state: HostState,
  ): Pick<ChangeView, 'pool' | 'domain'> {
    const subject = subjectOf(request, steps, state);
    if (subject === null) return {};
    if ('pool' in subject) {
      const pool = this.#observer.poolIn(state, subject.pool);
      return pool.ok ? { pool: pool.value } : {};
    }
    const domain = this.#observer.setupIn(state, String(subject.domain));
    return domain.ok ? { domain: domain.value } : {};
  }

  #count(how: string): void {
    this.outcomes.set(how, (this.outcomes.get(how) ?? 0) + 1);
  }
}

const poolToHold = (request: ChangeRequest): string | null =>
  request.kind === 'pool-modify' || request.kind === 'pool-destroy' ? request.pool : null;

/** Whether the plan destroys a domain that is not there: only its definition goes. */
const isForgetting = (state: HostState, [first]: readonly PlannedStep[]): boolean =>
  first?.step.do === 'destroyDomain' && domainOf(state, first.step.domain) === undefined;

const endedHow = ({ dryRun, changed }: ChangeView) => (dryRun ? 'planned' : changed ? 'done' : 'unchanged');

const changeView = ({ steps, notes }: Plan, dryRun: boolean): ChangeView => ({
  dryRun,
  changed: steps.length > 0,
  steps: steps.map(({ step }) => describeStep(step)),
  notes,
});

/** An event is a line: of a long plan it names the first steps. */
function stepsInWords(steps: readonly PlannedStep[]): string {
  const said = steps.slice(0, SAID).map(({ step }) => describeStep(step));
  return steps.length > SAID ? `${said.join(', ')} and ${steps.length - SAID} more` : said.join(', ');
}

const SAID = 8;
