/** A driver of the machine that a test of the laboratory runs on, and what such a test says again and again. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  type Cpu,
  type DomainId,
  type DomainSpec,
  type HostState,
  type Outcome,
  POOL0,
  type Refusal,
  type Scheduling,
} from '../../../interface/index.ts';
import { type LinuxHost, openLinux } from '../host.ts';
import { PLAIN_NAMES } from '../names.ts';
import { isBooted } from '../systemd/commands.ts';
import { SYSTEMD_NAMES } from '../systemd/names.ts';

export const ROOT = '/sys/fs/cgroup';
const names = isBooted() ? SYSTEMD_NAMES : PLAIN_NAMES;

export const cgroup = (...path: string[]) => join(ROOT, ...path);
export const text = (...path: string[]) => readFileSync(cgroup(...path), 'utf8').trim();
export const write = (value: string, ...path: string[]) => writeFileSync(cgroup(...path), `${value}\n`);
export const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
export const cpusOf = ({ pools }: HostState, name: string) => pools.find((pool) => pool.name === name)?.cpus;

/** The directory that a pool of this name gets first. */
export const homeOf = (pool: string) => names.poolDirectory(pool, new Set());

/** A domain's directory: the one that is there, else the one it would get first. */
export function placeOf(pool: string, id: DomainId): string {
  const there = existsSync(cgroup(homeOf(pool))) ? readdirSync(cgroup(homeOf(pool))) : [];
  const found = there.find((child) => names.domainIdOf(child) === id);
  return found === undefined ? names.domainDirectory(homeOf(pool), id) : join(homeOf(pool), found);
}

/** The processes of a domain. */
export const pidsOf = (pool: string, id: DomainId): number[] =>
  text(placeOf(pool, id), 'cgroup.procs').split('\n').filter(Boolean).map(Number);

/** What a process may run on, as the kernel lists it. */
export const allowed = (pid: number) =>
  /Cpus_allowed_list:\s(\S+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let n = 0; n < 500 && !(await holds()); n++) await pass(20);
  expect(await holds()).toBe(true);
}

export const freely = (hard: Cpu[] | null = null): Scheduling => ({
  weight: 256,
  cap: 0,
  affinity: [{ hard, soft: null }],
});

export async function done(outcome: Promise<Outcome<void>>): Promise<void> {
  expect(await outcome).toEqual({ ok: true, value: undefined });
}

export async function refusal(outcome: Promise<Outcome<void>>): Promise<Refusal> {
  const got = await outcome;
  if (got.ok) throw new Error('it was done');
  return got.refusal;
}

export async function opened(): Promise<LinuxHost> {
  const found = await openLinux(() => Number(process.hrtime.bigint()));
  if (!found.ok) throw new Error(JSON.stringify(found.refusal));
  return found.value;
}

export async function givePool(host: LinuxHost, name: string, ...cpus: Cpu[]): Promise<void> {
  await done(host.createPool(name, 'credit'));
  await done(host.moveCpus(cpus, name));
}

export const run = (
  host: LinuxHost,
  id: DomainId,
  pool: string,
  exec: readonly string[],
  more: Partial<DomainSpec> = {},
) =>
  host.createDomain({
    id,
    name: `lab-${id}`,
    pool,
    vcpus: 1,
    scheduling: freely(),
    memory: [],
    paused: false,
    workload: { kind: 'cpu' },
    exec,
    ...more,
  });

/** No domains and no pools. */
export async function clear(host: LinuxHost): Promise<void> {
  const { domains, pools } = await host.read();
  for (const { id } of domains) await done(host.destroyDomain(id));
  for (const { name, cpus } of pools.slice(1)) {
    await done(host.moveCpus(cpus, POOL0));
    await done(host.destroyPool(name));
  }
}
