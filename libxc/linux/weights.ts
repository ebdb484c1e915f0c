/** What `cpu.weight` takes; 100 is what a cgroup has that nobody weighed. */
const LEAST = 1;
const MOST = 10_000;
const USUAL = 100;
/** The weight of a domain that nobody weighed (LIMITS.weight.default), on one vcpu. */
const USUAL_CLAIM = 256;

/**
 * `cpu.weight` of each member of a pool, from their claims, weight times vcpus: Linux weighs cgroups, here a weight
 * counts per vcpu. 256 on one vcpu is Linux's usual 100. Only ratios inside the pool count, so where a claim would
 * not fit (above 25600) all of them shrink alike; what is then below 1 is rounded up, and gets more than it should.
 */
export function cgroupWeights(claims: readonly number[]): number[] {
  const scale = Math.min(USUAL / USUAL_CLAIM, MOST / Math.max(USUAL_CLAIM, ...claims));
  return claims.map((claim) => Math.min(MOST, Math.max(LEAST, Math.round(claim * scale))));
}

/** How a claim's share of its pool differs from what was asked, the worst of them, in percent of that share. */
export function weightErrorPercent(claims: readonly number[]): number {
  const weights = cgroupWeights(claims);
  const [asked, got] = [sum(claims), sum(weights)];
  const errors = claims.map((claim, i) => Math.abs((weights[i]! / got) * (asked / claim) - 1));
  return 100 * Math.max(0, ...errors);
}

/** A period must be at least 1 ms and hold a quota of at least 1 ms. */
const LEAST_QUOTA_US = 1_000;
/** Short, because who has used its quota stands still until the period is over. */
const CAPPED_PERIOD_US = 10_000;
const LONG_PERIOD_US = 100_000;

/**
 * `cpu.max` of a domain: its cap, else as many cpus as it has vcpus. Nothing where it could not use more anyway.
 * Always with its period, which the kernel would otherwise keep from before.
 */
export function cgroupMax(cap: number, vcpus: number, cpus: number): string {
  if (cap > 0) {
    const periodUs = quotaUs(cap, CAPPED_PERIOD_US) >= LEAST_QUOTA_US ? CAPPED_PERIOD_US : LONG_PERIOD_US;
    return `${quotaUs(cap, periodUs)} ${periodUs}`;
  }
  // As many vcpus as cpus: the pool is the bound, and no quota need be counted.
  return `${vcpus >= cpus ? 'max' : vcpus * LONG_PERIOD_US} ${LONG_PERIOD_US}`;
}

const quotaUs = (percent: number, periodUs: number) => (percent * periodUs) / 100;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
