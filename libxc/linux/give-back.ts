import { done, type Outcome, refuse } from '../../interface/index.ts';
import { changeCpus } from './cpus.ts';
import { giveBackCuts } from './cuts.ts';
import type { Ground, Look } from './look.ts';
import { POOL0_DIRECTORY } from './names.ts';

/** Leaves the host as it was found: no pools, and no controllers that were off before and that nobody uses since. */
export async function giveBack(ground: Ground, seen: Look): Promise<Outcome<void>> {
  const { groups, store } = ground;
  const domains = seen.domains.map(({ id }) => id);
  if (domains.length > 0) return refuse({ code: 'domains-run', domains });
  for (const pool of seen.pools.slice(1)) {
    const emptied = await changeCpus(ground, seen, [{ pool, cpus: [] }]);
    const removed = emptied.ok ? await groups.remove(pool.directory) : emptied;
    if (!removed.ok) return removed;
  }
  const removed = await groups.remove(POOL0_DIRECTORY);
  if (!removed.ok) return removed;
  await giveBackCuts(ground, []);
  const switchedOn = store.records.controllers;
  const isUsed = groups.children('').some((directory) => isSetUp(ground, directory));
  if (switchedOn.length > 0 && !isUsed) {
    const words = switchedOn.map((name) => `-${name}`).join(' ');
    const disabled = await groups.write('', 'cgroup.subtree_control', words);
    if (!disabled.ok) return disabled;
  }
  await store.remove();
  return done(undefined);
}

/** Whether somebody relies on the controllers for a cgroup of theirs. */
function isSetUp({ groups }: Ground, directory: string): boolean {
  const differs = (file: string, usual: string) => {
    const text = groups.text(directory, file);
    return text !== null && text !== usual;
  };
  return (
    differs('cpuset.cpus', '') ||
    differs('cpuset.mems', '') ||
    differs('cpu.weight', '100') ||
    differs('cpu.max', 'max 100000') ||
    (groups.text(directory, 'cgroup.subtree_control') ?? '')
      .split(' ')
      .some((name) => /^cpu(set)?$/.test(name))
  );
}
