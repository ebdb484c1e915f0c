import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import {
  type Cpu,
  DISK_FORMATS,
  type DomainId,
  type DomainSpec,
  done,
  type NodeId,
  type Ns,
  type Outcome,
  POOL0,
  SCHEDULERS,
  type SchedulerName,
  unwritable,
} from '../../interface/index.ts';

/** What the files of a pool's cgroup do not hold. */
export interface PoolRecord {
  readonly name: string;
  readonly directory: string;
  readonly scheduler: SchedulerName;
  readonly nodes: readonly NodeId[] | null;
}

/** What the files of a domain's cgroup do not hold. In which pool it is, and whether it is paused, they do. */
export interface DomainRecord extends Omit<DomainSpec, 'pool' | 'paused'> {
  /** The directory of the pool that it is in or on its way to. */
  readonly home: string;
  /** The thread of each vcpu, where the domain is a guest that has begun. */
  readonly vcpuThreads?: readonly number[];
  /** Under null: the cpu of each vcpu. */
  readonly seats?: readonly Cpu[];
  /** Cpu time in the pools it has left. */
  readonly earlierNs: Ns;
  /** Of an adopted domain: where its processes were, the one that was named first. */
  readonly origins?: readonly Origin[];
}

/** A process before it was adopted. */
export interface Origin {
  readonly pid: number;
  /** Its cgroup, from the root of the tree. */
  readonly place: string;
  /** A process of ours that keeps this cgroup there until the other comes back. */
  readonly keeper?: number;
  /** Threads that were in another one: parts of a guest of libvirt are, where the cgroup is threaded. */
  readonly threads?: readonly { readonly thread: number; readonly place: string }[];
  /** Threads that did not run on all cpus of that cgroup, and where they did. */
  readonly pins: readonly { readonly thread: number; readonly cpus: readonly Cpu[] }[];
}

export interface Records {
  /** In order of creation, pool0 first. */
  readonly pools: readonly PoolRecord[];
  readonly domains: readonly DomainRecord[];
  /** Controllers that were switched on for pools, and were off before. */
  readonly controllers: readonly string[];
  /** Lists of others that were made smaller for pools. */
  readonly cuts: readonly Cut[];
  /** Threads outside of pools that were pinned, where the kernel would forget it. */
  readonly pins: readonly Pinned[];
}

export interface Pinned {
  readonly thread: number;
  /** When it began, in ticks since the boot. */
  readonly began: number;
  readonly cpus: readonly Cpu[];
  /** What pools have left of them; none while that is being changed. */
  readonly left: readonly Cpu[];
}

/** `cpuset.cpus` of a cgroup of somebody else: what it read, and what was written instead. */
export interface Cut {
  readonly directory: string;
  readonly before: readonly Cpu[];
  readonly after: readonly Cpu[];
}

/** What a pool has that nobody has given anything. */
export const newPool = (name: string, directory: string): PoolRecord => ({
  name,
  directory,
  scheduler: 'credit',
  nodes: null,
});

/** `pool0`: the directory that its domains live in. */
export const nothingKnown = (pool0: string): Records => ({
  pools: [newPool(POOL0, pool0)],
  domains: [],
  controllers: [],
  cuts: [],
  pins: [],
});

/** Grows when an older driver could not read what a newer one writes. */
const FORMAT = 1;

const whole = v.pipe(v.number(), v.integer());
const cpus = v.nullable(v.array(whole));
const guest = v.object({
  kernel: v.exactOptional(v.string()),
  ramdisk: v.exactOptional(v.string()),
  cmdline: v.exactOptional(v.string()),
  disks: v.array(
    v.object({
      path: v.nullable(v.string()),
      format: v.picklist(DISK_FORMATS),
      vdev: v.string(),
      isCdrom: v.boolean(),
      isReadOnly: v.boolean(),
    }),
  ),
  boot: v.exactOptional(v.string()),
  reboots: v.boolean(),
});
const file = v.object({
  format: v.literal(FORMAT),
  pools: v.array(
    v.object({
      name: v.string(),
      directory: v.string(),
      scheduler: v.picklist(SCHEDULERS),
      nodes: v.nullable(v.array(whole)),
    }),
  ),
  domains: v.array(
    v.object({
      id: whole,
      name: v.string(),
      home: v.string(),
      vcpus: whole,
      scheduling: v.object({
        weight: whole,
        cap: whole,
        affinity: v.array(v.object({ hard: cpus, soft: cpus })),
        reservations: v.exactOptional(
          v.array(v.object({ periodUs: whole, budgetUs: whole, extratime: v.boolean() })),
        ),
      }),
      memory: v.array(v.object({ node: whole, mib: whole })),
      workload: v.looseObject({ kind: v.string() }),
      exec: v.exactOptional(v.array(v.string())),
      guest: v.exactOptional(guest),
      vcpuThreads: v.exactOptional(v.array(whole)),
      seats: v.exactOptional(v.array(whole)),
      earlierNs: v.number(),
      adopted: v.exactOptional(v.looseObject({})),
      origins: v.exactOptional(
        v.array(
          v.object({
            pid: whole,
            place: v.string(),
            keeper: v.exactOptional(whole),
            threads: v.exactOptional(v.array(v.object({ thread: whole, place: v.string() }))),
            pins: v.array(v.object({ thread: whole, cpus: v.array(whole) })),
          }),
        ),
      ),
    }),
  ),
  controllers: v.array(v.string()),
  cuts: v.optional(
    v.array(v.object({ directory: v.string(), before: v.array(whole), after: v.array(whole) })),
    [],
  ),
  pins: v.optional(
    v.array(v.object({ thread: whole, began: whole, cpus: v.array(whole), left: v.array(whole) })),
    [],
  ),
});

/** The records, in memory and in their file. */
export class Store {
  readonly #path: string;
  readonly #nothing: Records;
  #records: Records;

  constructor(path: string, nothing: Records) {
    this.#path = path;
    this.#nothing = nothing;
    this.#records = readRecords(path) ?? nothing;
  }

  get records(): Records {
    return this.#records;
  }

  /**
   * Whole or not at all. It need not outlive a loss of power: neither do cgroups. In memory as these are, it takes no
   * longer than they do.
   */
  async save(records: Records): Promise<Outcome<void>> {
    if (records === this.#records) return done(undefined);
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      const text = JSON.stringify({ format: FORMAT, ...records });
      writeFileSync(`${this.#path}.new`, text, { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      return unwritable(this.#path, error);
    }
    this.#records = records;
    return done(undefined);
  }

  /** What the cgroups show is so, whether or not it can be written down. */
  async follow(records: Records): Promise<void> {
    const saved = await this.save(records);
    if (!saved.ok) this.#records = records;
  }

  remove(): void {
    // Whoever died over it has left the one that was to come.
    for (const path of [`${this.#path}.new`, this.#path]) rmSync(path, { force: true });
    this.#records = this.#nothing;
  }
}

/** What the file says; `null` where there is none that can be read: the cgroups are the truth, this is a help. */
export function readRecords(path: string): Records | null {
  try {
    const { format: _, ...records } = v.parse(file, JSON.parse(readFileSync(path, 'utf8')));
    return records as unknown as Records;
  } catch {
    return null;
  }
}

/** A domain that is there and of which no record is left: what can be said of it. */
export const unknownDomain = (id: DomainId, home: string, unit?: string): DomainRecord => ({
  ...(unit !== undefined && { adopted: { unit } }),
  id,
  name: `domain-${id}`,
  home,
  vcpus: 1,
  scheduling: { weight: 256, cap: 0, affinity: [{ hard: null, soft: null }] },
  memory: [],
  workload: { kind: 'cpu' },
  earlierNs: 0 as Ns,
});
