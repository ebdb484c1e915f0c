import type { Cpu, DomainId, NodeId, Outcome } from '../../interface/index.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import type { PartitionWord } from './partition.ts';

/**
 * Who makes the cgroups of pools and domains and sets what belongs to them: the driver itself, with plain directories,
 * or whoever owns the tree and would undo what others write. A carrier decides nothing. Everybody looks at the files,
 * and whoever asked a carrier reads there what came of it. Claims, freezing and killing are files of the kernel under every
 * carrier.
 *
 * Directories are named from the root of the tree.
 */
export interface Carrier {
  readonly names: Names;
  /** What pools and domains are under it, for `xm info`. */
  readonly words: string;
  /** Services of systemd as domains; `null`: there is none. */
  readonly units: Units | null;

  /** Controllers that the first pool would have to switch on, and the last one off again. */
  controllersOff(): readonly string[];
  /** The cgroup of a pool, if it is not there, and what its domains need. */
  makePool(directory: string): Promise<Outcome<void>>;
  /** Only without processes; one that is gone already is removed. */
  removePool(directory: string): Promise<Outcome<void>>;
  /** What a pool asks for; none: nothing of its own. */
  setCpus(directory: string, cpus: readonly Cpu[]): Promise<Outcome<void>>;
  /** Whether it has them alone, and what becomes of them. What the kernel made of it is read by whoever asked. */
  setPartition(directory: string, word: PartitionWord | 'member'): Promise<Outcome<void>>;
  /** Where its memory comes from; none: from anywhere. */
  setNodes(directory: string, nodes: readonly NodeId[]): Promise<Outcome<void>>;

  /** What a cgroup of somebody else beside the pools asks for. */
  setNeighbourCpus(directory: string, cpus: readonly Cpu[]): Promise<Outcome<void>>;

  /** The cgroup of a domain, without processes, in the one of its pool. */
  makeDomain(directory: string): Promise<Outcome<void>>;
  /** Only without processes; one that is gone already is removed. */
  removeDomain(directory: string): Promise<Outcome<void>>;
  /** As in `cpu.weight`, of a domain or of all domains of pool0. */
  setWeight(directory: string, weight: number): Promise<Outcome<void>>;
  setBounds(directory: string, bounds: Bounds): Promise<Outcome<void>>;
  putProcess(directory: string, pid: number): Promise<Outcome<void>>;
  /** Keeps a cgroup of somebody else that would go with its last process; by which process of ours, `null`: it stays. */
  keepPlace(place: string): Promise<Outcome<number | null>>;
  /** All processes of a domain, also those that are born meanwhile, from one cgroup of it to another. */
  moveProcesses(from: string, to: string): Promise<Outcome<void>>;

  /** When no pool is left: switches these controllers off again, unless somebody else has come to use them. */
  giveBack(controllers: readonly string[]): Promise<Outcome<void>>;
}

export interface Units {
  /** Members of their pools also while nothing of them runs: systemd may start them there at any time. */
  adopted(): readonly AdoptedMember[];
  /** What can be adopted under this name, or why it cannot. */
  find(unit: string): Promise<Outcome<Service>>;
  /** Takes all that a service is into the cgroup of a domain; what it starts later is in the same pool from its begin. */
  adopt(service: Service, id: DomainId, directory: string): Promise<Outcome<void>>;
  /** Has it start where its processes are, should a crash have left the one before the other. */
  settle(unit: string, id: DomainId, directory: string): Promise<Outcome<void>>;
  /** Puts what is in the cgroup of a domain back to where systemd has the service, which is as it was. */
  release(unit: string, directory: string): Promise<Outcome<void>>;
  /** Ends it as a service ends, so that it does not start again; it is as it was. */
  stop(unit: string): Promise<Outcome<void>>;
}

/** A running service. */
export interface Service {
  readonly unit: string;
  readonly mainPid: number;
  /** Its cgroup, from the root of the tree. */
  readonly place: string;
  /** The slice in which it would start now. */
  readonly slice: string;
}

export interface AdoptedMember {
  readonly unit: string;
  readonly id: DomainId;
  /** The directory of its pool. */
  readonly home: string;
  /** Where its processes are when it has started again. */
  readonly directory: string;
}

/** What a domain may have at most. */
export interface Bounds {
  /** As in `cpu.max`, quota and period. */
  readonly max: string;
  /** The cpus it may use of those of its pool; `null`: as it is now. */
  readonly pin: readonly Cpu[] | null;
}

/**
 * How pools and domains are called in the cgroup tree. A cgroup cannot be renamed, so a directory keeps the name that
 * its pool was created with; what it is called now is in the state file.
 */
export interface Names {
  /** Where the domains of pool0 live: a plain member of the root, not a partition. */
  readonly pool0: string;
  /** A directory for a new pool of this name; not one of those taken by a pool that was renamed since. */
  poolDirectory(name: string, taken: ReadonlySet<string>): string;
  /** The name that a directory was made for; `null` for a directory that is no pool's. */
  poolNameOf(directory: string): string | null;
  /** A domain's directory in that of its pool; another than the one it may be leaving. */
  domainDirectory(home: string, id: DomainId, leaving?: string): string;
  /** Whose directory this is, by its last name; `null` for a directory that is no domain's. */
  domainIdOf(name: string): DomainId | null;
}

/** Where a change is made: by the carrier, and looked at in the files. */
export interface Place {
  readonly groups: CgroupFiles;
  readonly carrier: Carrier;
}
