import { done, type Outcome } from '../../interface/index.ts';
import { keepPins } from './bystanders.ts';
import type { Place } from './carrier.ts';
import type { Store } from './state-file.ts';

/** What domains need in the cgroup above them. */
const CONTROLLERS = ['cpuset', 'cpu'] as const;

/** Of those the ones that are not among these, as `cgroup.subtree_control` lists them. */
export function missingControllers(subtreeControl: string): readonly string[] {
  const present = subtreeControl.split(' ');
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
  const made = off.length === 0 ? await make() : await keepPins({ groups, carrier, store }, make);
  if (!made.ok) await store.follow({ ...store.records, controllers: before.controllers });
  return made;
}
