import { done, type Outcome } from '../../interface/index.ts';
import { keepPins } from './bystanders.ts';
import type { Place } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import type { Store } from './state-file.ts';

/** What domains need in the cgroup above them. */
const CONTROLLERS = ['cpuset', 'cpu'] as const;

/** Of those the ones that a cgroup does not pass on to what is below it. */
export function missingIn(groups: CgroupFiles, directory: string): readonly string[] {
  const present = (groups.text(directory, 'cgroup.subtree_control') ?? '').split(' ');
  return CONTROLLERS.filter((name) => !present.includes(name));
}

/**
 * The cgroup of a pool, with the controllers it needs; that of pool0 is made when it is first needed. What is switched
 * on for it is written down before it is, so that it is switched off again whatever happens in between.
 */
export async function makeDirectory(
  { groups, carrier, store }: Place & { readonly store: Store },
  directory: string,
): Promise<Outcome<void>> {
  const before = store.records;
  const off = carrier.controllersOff().filter((name) => !before.controllers.includes(name));
  const saved =
    off.length === 0
      ? done(undefined)
      : await store.save({ ...before, controllers: [...before.controllers, ...off] });
  if (!saved.ok) return saved;
  const make = () => carrier.makePool(directory);
  // Everybody in a cgroup that gets a controller is counted anew.
  const isNew = missingIn(groups, '').length > 0;
  const made = isNew ? await keepPins({ groups, carrier, store }, make) : await make();
  if (!made.ok) await store.follow({ ...store.records, controllers: before.controllers });
  return made;
}
