/** A xend in this process, on the machine it runs on: only in the laboratory, where that is nobody's. */
import {
  type ChangeRequest,
  type ChangeView,
  explain,
  type Host,
  type PoolView,
} from '../../interface/index.ts';
import { openLinux } from '../../libxc/linux/host.ts';
import type { Definitions } from '../definitions.ts';
import { Events } from '../events.ts';
import { Guard } from '../guard.ts';
import type { JournalFile } from '../journal-file.ts';
import { openLedger } from '../ledger.ts';
import { Observer } from '../observer.ts';
import { PoolService } from '../pool-service.ts';
import { recover } from '../recovery.ts';
import { type Seen, seenBy } from './host-snapshot.ts';
import { MemoryFile } from './memory-file.ts';

const HEARD = 500;

export class LabXend {
  readonly service: PoolService;
  readonly observer: Observer;
  /** What was asked for. */
  readonly definitions: Definitions;
  /** What happened, as `kind: text`. */
  readonly events: string[] = [];
  /** What came of mending pools, the last last. */
  readonly mendings: string[] = [];
  readonly #host: Host;
  readonly #guard: Guard;
  #skippedMs = 0;

  static async open(file: JournalFile = new MemoryFile()): Promise<LabXend> {
    const host = await openLinux(() => Number(process.hrtime.bigint()));
    if (!host.ok) throw new Error(JSON.stringify(host.refusal));
    const ledger = await openLedger(file);
    if (!ledger.ok) throw new Error(JSON.stringify(ledger.refusal));
    const recovered = await recover(host.value, ledger.value);
    if (!recovered.ok) throw new Error(JSON.stringify(recovered.refusal));
    const { definitions } = ledger.value;
    const about = { uri: 'linux:', xendVersion: '0' };
    const description = await host.value.describe();
    const observer = new Observer(host.value, description, definitions, about, ledger.value.last);
    return new LabXend(host.value, ledger.value, observer);
  }

  constructor(host: Host, ledger: ConstructorParameters<typeof PoolService>[1], observer: Observer) {
    const events = new Events(
      1,
      () => new Date(),
      ({ kind, text }) => {
        this.events.push(`${kind}: ${text}`);
        if (this.events.length > HEARD) this.events.shift();
      },
    );
    const mend = host.mendPool!.bind(host);
    host.mendPool = async (pool, cpus) => {
      const mended = await mend(pool, cpus);
      this.mendings.push(`${pool} to ${cpus}: ${mended.ok ? 'done' : explain(mended.refusal).sentence}`);
      return mended;
    };
    this.#host = host;
    this.observer = observer;
    this.definitions = ledger.definitions;
    this.service = new PoolService(host, ledger, observer, events);
    const parts = { host, ledger, observer, service: this.service, events };
    this.#guard = new Guard(parts, () => performance.now() + this.#skippedMs);
    this.#guard.start();
  }

  async change(request: ChangeRequest): Promise<ChangeView> {
    const changed = await this.service.change(request);
    if (!changed.ok) throw new Error(JSON.stringify(changed.refusal));
    return changed.value;
  }

  /** All that it shows, between changes. */
  see(): Promise<Seen> {
    return this.service.inTurn(() => seenBy(this.observer));
  }

  /** As it answers `xm pool-list`, between changes. */
  pools(): Promise<PoolView[]> {
    return this.service.inTurn(() => this.observer.pools());
  }

  /** As if so much time had passed: what was put off is due, and who insisted is forgiven. */
  skip(ms: number): void {
    this.#skippedMs += ms;
  }

  /** What is wrong, as far as it was told and not told to be over. */
  troubles(): string[] {
    const open = new Set<string>();
    for (const event of this.events) {
      // Neither a repair that failed nor a change that was taken back is one of its own.
      const [, met] = /^problem: (?!cannot )(?!.*; (?:and not )?taken back$)(.*)$/s.exec(event) ?? [];
      if (met !== undefined) open.add(met);
      const [, over] = /^recovery: (?:repaired|over by itself): (.*)$/s.exec(event) ?? [];
      for (const text of open) if (over?.startsWith(text)) open.delete(text);
    }
    return [...open];
  }

  forget(): void {
    this.events.length = 0;
  }

  /** No cgroup of it is left. */
  async release(): Promise<void> {
    for (const { id, adopted } of await this.observer.domains())
      await this.change({ kind: adopted ? 'domain-release' : 'domain-destroy', domain: `${id}` });
    await this.close();
    const released = await this.#host.release!();
    if (!released.ok) throw new Error(JSON.stringify(released.refusal));
    await this.#host.close();
  }

  async close(): Promise<void> {
    this.#guard.stop();
    await this.service.stop();
  }
}
