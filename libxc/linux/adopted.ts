import { type DomainSpec, done, type Outcome } from '../../interface/index.ts';
import type { DomainLook, Ground } from './look.ts';
import { setFrozen } from './members.ts';

/** The service that a domain is; `null`: it is none. */
export const serviceOf = ({ adopted }: Pick<DomainSpec, 'adopted'>): string | null =>
  adopted !== undefined && 'unit' in adopted ? adopted.unit : null;

/** Ends it as a service ends, and what it leaves behind. */
export async function endService(ground: Ground, domain: DomainLook, unit: string): Promise<Outcome<void>> {
  const thawed = await thaw(ground, domain);
  return thawed.ok ? (ground.carrier.units?.stop(unit) ?? thawed) : thawed;
}

/** What stands still would not hear that it shall end, or would stand still where nobody knows why. */
export async function thaw({ groups }: Ground, { directory }: DomainLook): Promise<Outcome<void>> {
  return groups.has(directory) ? setFrozen(groups, directory, false) : done(undefined);
}
