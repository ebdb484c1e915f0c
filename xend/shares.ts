import {
  type DomainId,
  type DomainUsage,
  NS_PER_MS,
  NS_PER_S,
  type Ns,
  type Usage,
} from '../interface/index.ts';

/** What a domain got of one cpu, over the time since its window began. */
export interface Share {
  readonly sharePercent: number;
  readonly windowS: number;
  readonly vcpuSharePercent: readonly number[];
  /** What its cap kept it from; `null` where the host does not measure it. */
  readonly throttledPercent: number | null;
}

/** Below this the answer is noise: a timeslice alone is 30 ms. */
const SHORTEST_WINDOW_NS = 100 * NS_PER_MS;
/** A window goes back this far at least, once there has been so much time. */
const WINDOW_NS = 10 * NS_PER_S;

interface Sample {
  readonly nowNs: Ns;
  readonly vcpuNs: readonly Ns[];
  readonly otherNs: number;
  readonly throttledNs: Ns | null;
}

interface Window {
  base: Sample;
  /** Becomes the base when it is old enough. */
  next: Sample;
}

/**
 * Measured shares from samples of usage. A domain's window begins at the last change that concerned it, since what it
 * got under another weight or among other neighbours says nothing now, and follows the clock from there.
 */
export class Shares {
  readonly #windows = new Map<DomainId, Window>();

  /** Begins new windows for the domains in this sample. */
  begin(usage: Usage): void {
    for (const domain of usage.domains) this.#begin(domain, usage.nowNs);
  }

  end(id: DomainId): void {
    this.#windows.delete(id);
  }

  /** The share until this sample; `null` while its window is too short to say. */
  measure(domain: DomainUsage, nowNs: Ns): Share | null {
    const window = this.#windows.get(domain.id) ?? this.#begin(domain, nowNs);
    const { base, next } = window;
    if (nowNs - next.nowNs >= WINDOW_NS) {
      window.base = next;
      window.next = sampleOf(domain, nowNs);
    }
    const windowNs = nowNs - base.nowNs;
    if (windowNs < SHORTEST_WINDOW_NS) return null;
    const vcpuSharePercent = domain.vcpuNs.map(
      (ns, vcpu) => (100 * (ns - (base.vcpuNs[vcpu] ?? 0))) / windowNs,
    );
    const otherPercent = (100 * Math.max(0, (domain.otherNs ?? 0) - base.otherNs)) / windowNs;
    return {
      sharePercent: vcpuSharePercent.reduce((sum, percent) => sum + percent, otherPercent),
      windowS: windowNs / NS_PER_S,
      vcpuSharePercent,
      throttledPercent: throttledSince(base, domain, windowNs),
    };
  }

  #begin(domain: DomainUsage, nowNs: Ns): Window {
    const base = sampleOf(domain, nowNs);
    const window = { base, next: base };
    this.#windows.set(domain.id, window);
    return window;
  }
}

const sampleOf = ({ vcpuNs, otherNs, throttledNs }: DomainUsage, nowNs: Ns): Sample => ({
  nowNs,
  vcpuNs,
  otherNs: otherNs ?? 0,
  throttledNs: throttledNs ?? null,
});

/** A cgroup that was made anew, as on a move, counts from nought. */
function throttledSince(base: Sample, { throttledNs }: DomainUsage, windowNs: number): number | null {
  if (throttledNs === undefined) return null;
  return (100 * Math.max(0, throttledNs - (base.throttledNs ?? 0))) / windowNs;
}
