/** Hosts: the drivers, and how they are named and opened. */
export * from './embedded/host.ts';
export * from './linux/host.ts';
export * from './open.ts';
export * from './topology/hwloc.ts';
export * from './topology/sys.ts';
export * from './uri.ts';
