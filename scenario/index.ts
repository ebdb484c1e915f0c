/** What xm loads when it is wanted: the bundle that brings a hypervisor along. */

export { advise } from './advise-cli.ts';
export { simulate } from './cli.ts';
