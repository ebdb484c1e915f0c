import { admission, type Refused } from '../../../interface/index.ts';
import type { DomainLook, PoolLook } from '../look.ts';
import { readBounds } from './bounds.ts';

/** What planning asks too, asked of the host as it is. */
export const checkAdmission = (pool: PoolLook, members: readonly DomainLook[]): Refused | null =>
  admission(pool, members, readBounds());
