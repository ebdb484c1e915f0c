import type { Part } from './play.ts';
import type { Group } from './rehearse.ts';

/** More than one part a thread, so that none waits long for the last; each sets the whole scene again, so not many more. */
const PARTS_PER_JOB = 2;

/**
 * How a run is shared out: by repeats, and where these are fewer than threads could use, by groups of pools. The first
 * repeat stays whole where somebody follows it.
 */
export function partsOf(
  groups: readonly Group[],
  repeats: number,
  jobs: number,
  isFollowed: boolean,
): Part[] {
  const wanted = jobs === 1 ? 1 : Math.ceil((jobs * PARTS_PER_JOB) / repeats);
  const shares = wanted === 1 || groups.length === 1 ? [null] : sharedOut(groups, wanted);
  return Array.from({ length: repeats }, (_, n) => {
    const own = isFollowed && n === 0 ? [null] : shares;
    return own.map((pools): Part => ({ repeat: n + 1, pools, of: own.length }));
  }).flat();
}

/** The largest first, each to whoever has least. */
function sharedOut(groups: readonly Group[], wanted: number): (readonly string[])[] {
  const bins = Array.from({ length: Math.min(wanted, groups.length) }, () => ({
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
