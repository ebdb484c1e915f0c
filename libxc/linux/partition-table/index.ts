import { CLAIMS } from './claims.ts';
import { CONFLICTS } from './conflicts.ts';
import { HOTPLUG } from './hotplug.ts';
import { LISTS } from './lists.ts';

export const SITUATIONS = [...LISTS, ...HOTPLUG, ...CLAIMS, ...CONFLICTS];
