import type { Command } from './command.ts';
import { DOMAIN_COMMANDS } from './domain-commands.ts';
import { HOST_COMMANDS } from './host-commands.ts';
import { POOL_COMMANDS } from './pool-commands.ts';
import { SCHEDULING_COMMANDS } from './scheduling-commands.ts';
import { XL_COMMANDS } from './xl-commands.ts';

/** Every command of `xm`, in the order help shows them. */
export const COMMANDS: readonly Command[] = [
  ...POOL_COMMANDS,
  ...DOMAIN_COMMANDS,
  ...SCHEDULING_COMMANDS,
  ...HOST_COMMANDS,
  ...XL_COMMANDS,
];

export function commandNamed(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
