import type { Part } from './play.ts';
import type { Group } from './rehearse.ts';

/**
 * How a run is shared out: by repeats, and where these do not keep all threads busy to the end, by groups of pools. No
 * repeat falls into more parts than there are threads, so that all its pools are played at the same time: whoever ends
 * the run wants to hear something of each. The first stays whole where somebody follows it.
 */
export function partsOf(
  groups: readonly Group[],
  repeats: number,
  jobs: number,
  isFollowed: boolean,
): Part[] {
  const wanted = Math.max(1, Math.min(groups.length, jobs / greatestCommonDivisor(jobs, repeats)));
  const shares = wanted === 1 ? [null] : sharedOut(groups, wanted);
  return Array.from({ length: repeats }, (_, n) => {
    const own = isFollowed && n === 0 ? [null] : shares;
    return own.map((pools): Part => ({ repeat: n + 1, pools, of: own.length }));
  }).flat();
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** The largest first, each to whoever has least. */
function sharedOut(groups: readonly Group[], wanted: number): (readonly string[])[] {
  const bins = Array.from({ length: wanted }, () => ({
    effort: 0,
    pools: [] as string[],
  }));
  for (const { pools, effort } of groups.toSorted((a, b) => b.effort - a.effort)) {
    const least = bins.reduce((a, b) => (b.effort < a.effort ? b : a));
    least.pools.push(...pools);
    // So that groups without effort are spread too, and no bin stays empty.
    least.effort += Math.max(effort, 1);
  }
  return bins.map(({ pools }) => pools);
}
