import type { ChangeRequest, Cpu, SchedulerName } from '../interface/index.ts';

/** What `xm advise --json` prints: names here are promises. Shares are percent of one cpu. */
export interface Advice {
  readonly settleS: number;
  readonly seconds: number;
  readonly seed: number;
  /** The pools in which pins bend weights. */
  readonly findings: readonly Finding[];
  /** The other pools with pins inside: those that keep their promises, and those that miss them whatever the pins. */
  readonly fine: readonly FinePool[];
  /** What was taken for granted, what was left out. */
  readonly notes: readonly string[];
}

export interface Finding {
  readonly pool: string;
  readonly scheduler: SchedulerName;
  readonly cpus: readonly Cpu[];
  readonly pins: readonly Pin[];
  /** Who is pinned together and suffers most, what weights earn them, and what their cpus have. */
  readonly bend: Pin & { readonly earnedPercent: number; readonly usablePercent: number };
  /** How far a share is from its promise at worst. */
  readonly missPercent: number;
  readonly remedy: Remedy | null;
  /** The pins that stand against a remedy, or against a better one. */
  readonly inTheWay: InTheWay | null;
  readonly domains: readonly AdvisedDomain[];
}

export interface FinePool {
  readonly pool: string;
  readonly missPercent: number;
  /** Whether the miss is no more than any scheduler's. */
  readonly keepsPromises: boolean;
}

export interface Pin {
  readonly cpus: readonly Cpu[];
  readonly domains: readonly string[];
}

export interface Remedy {
  readonly missPercent: number;
  readonly changes: readonly { readonly command: string; readonly request: ChangeRequest }[];
}

export interface InTheWay {
  /** The one domain whose pins are in the way; `null`: more than one. */
  readonly domain: string | null;
  readonly pins: readonly Pin[];
  /** What they overlap. */
  readonly overlaps: readonly Pin[];
  /** How far shares would be from their promises without these pins, in pools if there are others left. */
  readonly missPercent: number;
}

export interface AdvisedDomain {
  readonly name: string;
  readonly weight: number;
  readonly vcpus: number;
  readonly promisedPercent: number;
  readonly beforePercent: number;
  /** The pool and the share after the remedy. */
  readonly pool: string;
  readonly afterPercent: number | null;
}
