import type { Logger } from 'pino';
import type { ChangeRequest, ChangeView, Outcome } from '../interface/index.ts';
import type { Events } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { Observer } from './observer.ts';
import type { ChangeOptions } from './pool-service.ts';

/** What the routes need of a running xend. */
export interface Xend {
  readonly observer: Observer;
  readonly service: {
    readonly outcomes: ReadonlyMap<string, number>;
    change(request: ChangeRequest, options?: ChangeOptions): Promise<Outcome<ChangeView>>;
  };
  readonly guard: { readonly outcomes: ReadonlyMap<string, number> };
  readonly events: Events;
  readonly ledger: Pick<Ledger, 'bytes'>;
  readonly log: Logger;
  readonly startedAt: Date;
  /** Lets it finish what it does, and end. */
  stop(): void;
}
