import { type Cpu, type Outcome, sameCpus } from '../../interface/index.ts';
import type { Ground, Stranger } from './look.ts';
import type { Cut } from './state-file.ts';

/** Takes these cpus from a list that merely names them; `free` is what its cgroup may have instead, if nothing is left. */
export async function cutList(
  { carrier, store }: Ground,
  { directory, listed }: Stranger,
  common: readonly Cpu[],
  free: readonly Cpu[],
): Promise<Outcome<void>> {
  const left = listed.filter((cpu) => !common.includes(cpu));
  // A list that would be empty can only be cleared while nobody is in there.
  const after = left.length > 0 ? left : free;
  const earlier = store.records.cuts.find((cut) => cut.directory === directory);
  const before = earlier !== undefined && sameCpus(earlier.after, listed) ? earlier.before : listed;
  const others = store.records.cuts.filter((cut) => cut !== earlier);
  const saved = await store.save({ ...store.records, cuts: [...others, { directory, before, after }] });
  return saved.ok ? carrier.setNeighbourCpus(directory, after) : saved;
}

/** Gives back what was cut for pools that do not need it any more, unless somebody has written something else since. */
export async function giveBackCuts({ groups, carrier, store }: Ground, inUse: readonly Cpu[]): Promise<void> {
  const kept: Cut[] = [];
  for (const cut of store.records.cuts) {
    const { directory, before, after } = cut;
    if (before.some((cpu) => inUse.includes(cpu) && !after.includes(cpu))) kept.push(cut);
    else if (sameCpus(groups.list(directory, 'cpuset.cpus'), after))
      await carrier.setNeighbourCpus(directory, before);
  }
  if (kept.length < store.records.cuts.length) await store.follow({ ...store.records, cuts: kept });
}
