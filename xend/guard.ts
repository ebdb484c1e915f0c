import type { Host, HostState } from '../interface/index.ts';
import { attempt, inWords } from './carry-out.ts';
import { type Drift, endedDomains, findDrift, type Repair } from './drift.ts';
import type { Events } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { Observer } from './observer.ts';
import type { PoolService } from './pool-service.ts';

/** A repair that failed is tried again after a second, then after twice as long, and so on. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** Somebody who undoes this many repairs in so much time means it: xend leaves it alone for as long. */
const PATIENT_REPAIRS = 3;
const PATIENCE_MS = 60_000;

interface Known {
  readonly drift: Drift;
  /** What was told of it; it may look otherwise by now. */
  readonly told: string;
  /** When a repair may be tried next, how long to wait after it. */
  readonly dueMs: number;
  readonly waitMs: number;
  /** Whether it was told that it cannot be repaired: a repair that fails, fails for as long as its reason lasts. */
  readonly isGivenUp: boolean;
  /** Why the last repair failed. */
  readonly why: string | null;
}

/**
 * Keeps a running host as it was defined (law 10): hears that others may have changed it, looks, says what happened and
 * to whom, and repairs what it may, without fighting whoever does it again.
 */
export class Guard {
  readonly #host: Host;
  readonly #ledger: Ledger;
  readonly #observer: Observer;
  readonly #service: PoolService;
  readonly #events: Events;
  readonly #clockMs: () => number;
  readonly #known = new Map<string, Known>();
  /** When each was repaired, lately. */
  readonly #repairs = new Map<string, number[]>();
  /** What became of what others changed: `repaired`, `refused` by the host, `left` to who insists on it. */
  readonly outcomes = new Map<string, number>();
  #stopWatching: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #isWaiting = false;
  #isStopped = false;

  constructor(
    parts: { host: Host; ledger: Ledger; observer: Observer; service: PoolService; events: Events },
    clockMs: () => number,
  ) {
    this.#host = parts.host;
    this.#ledger = parts.ledger;
    this.#observer = parts.observer;
    this.#service = parts.service;
    this.#events = parts.events;
    this.#clockMs = clockMs;
  }

  /** Only where the host says that others may change it. */
  start(): void {
    if (this.#host.watch === undefined) return;
    this.#stopWatching = this.#host.watch(() => this.#lookSoon());
    this.#lookSoon();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#stopWatching();
  }

  /** However often it is called, one look waits for its turn. */
  #lookSoon(): void {
    if (this.#isWaiting || this.#isStopped) return;
    this.#isWaiting = true;
    this.#service
      .inTurn(async () => {
        this.#isWaiting = false;
        if (!this.#isStopped) await this.#look();
      })
      .catch((error: Error) =>
        this.#events.publish({ kind: 'problem', text: `cannot look: ${error.message}` }),
      );
  }

  async #look(): Promise<void> {
    const state = await this.#host.read();
    await this.#forgetEnded(state);
    const found = this.#find(state);
    for (const drift of found) {
      const known = this.#known.get(drift.key);
      if (known === undefined) this.#meet(drift);
      else this.#known.set(drift.key, { ...known, drift });
    }
    const tried = [...this.#known.values()].filter(
      ({ drift, dueMs }) => drift.repair && dueMs <= this.#clockMs(),
    );
    const said = new Map<string, readonly string[]>();
    for (const known of tried) said.set(known.drift.key, await this.#repair(known));
    const left = tried.length === 0 ? found : this.#find(await this.#host.read());
    this.#settle(left, said);
    this.#waitForNext();
  }

  #find(state: HostState): Drift[] {
    return findDrift(this.#ledger.definitions, this.#observer.description, state);
  }

  /** A command that ended, a guest that shut down: not a fault, and nothing to wish for any more. */
  async #forgetEnded(state: HostState): Promise<void> {
    for (const spec of endedDomains(this.#ledger.definitions, state)) {
      const { id, name, pool } = spec;
      const request = `domain ${name} (id ${id}) has ended`;
      const steps = [
        { step: { do: 'destroyDomain', domain: id }, undo: { do: 'createDomain', spec } },
      ] as const;
      const begun = await this.#ledger.begin({ request, steps });
      if (!begun.ok) return;
      await this.#ledger.end('done');
      this.#observer.endShares(id);
      this.#observer.touch([pool], this.#ledger.last);
      this.#events.publish({ kind: 'change', text: request, pools: [pool], domains: [id] });
    }
  }

  #meet(drift: Drift): void {
    const { key, text, pools, domains } = drift;
    const nowMs = this.#clockMs();
    const lately = (this.#repairs.get(key) ?? []).filter((ms) => ms > nowMs - PATIENCE_MS);
    this.#repairs.set(key, lately);
    const isInsisted = lately.length >= PATIENT_REPAIRS;
    const rest = isInsisted
      ? `; repaired ${lately.length} times within a minute and undone again: left alone for ${PATIENCE_MS / 1000} s`
      : '';
    if (isInsisted) this.#count('left');
    const dueMs = nowMs + (isInsisted ? PATIENCE_MS : 0);
    this.#known.set(key, { drift, told: text, dueMs, waitMs: FIRST_WAIT_MS, isGivenUp: false, why: null });
    this.#observer.touch(pools, this.#ledger.last);
    this.#events.publish({ kind: 'problem', text: `${text}${rest}`, pools, domains });
  }

  /** What it had to change of others, in sentences. */
  async #repair(known: Known): Promise<readonly string[]> {
    const { drift } = known;
    const { key } = drift;
    const { why, said } = await this.#carryOut(drift.repair!);
    // What fails for another reason than before has got further.
    const waitMs = why === known.why ? known.waitMs : FIRST_WAIT_MS;
    // Also after one that was done: a host that lies about it is not asked for ever.
    const again = Math.min(LONGEST_WAIT_MS, 2 * waitMs);
    this.#known.set(key, { ...known, dueMs: this.#clockMs() + waitMs, waitMs: again, why });
    if (why === null) return said;
    this.#count('refused');
    this.#giveUp(key, why);
    return said;
  }

  #giveUp(key: string, why: string): void {
    const known = this.#known.get(key)!;
    if (known.isGivenUp) return;
    const { pools, domains } = known.drift;
    this.#known.set(key, { ...known, isGivenUp: true });
    const text = `cannot repair that ${known.told}: ${why}`;
    this.#events.publish({ kind: 'problem', text, pools, domains });
  }

  async #carryOut(repair: Repair): Promise<{ why: string | null; said: readonly string[] }> {
    if ('step' in repair) return { why: (await attempt(this.#host, repair.step))?.why ?? null, said: [] };
    const mended = await this.#host.mendPool!(repair.pool, repair.cpus);
    return mended.ok ? { why: null, said: mended.value } : { why: inWords(mended.refusal), said: [] };
  }

  /** What is no longer found is over; by us, if we tried. `tried`: what each repair had to change of others. */
  #settle(left: readonly Drift[], tried: ReadonlyMap<string, readonly string[]>): void {
    const still = new Map(left.map((drift) => [drift.key, drift]));
    for (const key of tried.keys()) {
      const drift = still.get(key);
      if (drift !== undefined) this.#giveUp(key, `it was done, and now ${drift.text}`);
    }
    for (const [key, { drift, told }] of this.#known) {
      if (still.has(key)) continue;
      const { pools, domains } = drift;
      this.#known.delete(key);
      if (tried.has(key)) {
        this.#count('repaired');
        this.#repairs.set(key, [...(this.#repairs.get(key) ?? []), this.#clockMs()]);
      }
      const how = tried.has(key) ? 'repaired' : 'over by itself';
      const others = (tried.get(key) ?? []).map((one) => `; ${one}`).join('');
      this.#observer.touch(pools, this.#ledger.last);
      this.#events.publish({ kind: 'recovery', text: `${how}: ${told}${others}`, pools, domains });
    }
  }

  #waitForNext(): void {
    clearTimeout(this.#timer);
    const due = [...this.#known.values()].filter(({ drift }) => drift.repair).map(({ dueMs }) => dueMs);
    if (due.length === 0 || this.#isStopped) return;
    const inMs = Math.max(50, Math.min(...due) - this.#clockMs());
    this.#timer = setTimeout(() => this.#lookSoon(), inMs);
  }

  #count(how: string): void {
    this.outcomes.set(how, (this.outcomes.get(how) ?? 0) + 1);
  }
}
