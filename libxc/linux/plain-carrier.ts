import { type Cpu, done, formatCpuList, type NodeId, type Outcome, refuse } from '../../interface/index.ts';
import type { Bounds, Carrier, Names } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { PLAIN_NAMES } from './names.ts';
import type { PartitionWord } from './partition.ts';
import { missingIn } from './pool-directory.ts';
import { processesIn } from './threads.ts';

/** What the files of a controller say of a cgroup that nobody has set anything for. */
const USUAL: Readonly<Record<string, readonly (readonly [file: string, text: string])[]>> = {
  cpuset: [
    ['cpuset.cpus', ''],
    ['cpuset.mems', ''],
  ],
  cpu: [
    ['cpu.weight', '100'],
    ['cpu.max', 'max 100000'],
    ['cpu.idle', '0'],
  ],
};
/** Processes may fork while they are moved. */
const PASSES = 100;

/** Plain directories: on a host where nobody else manages the tree. */
export class PlainCarrier implements Carrier {
  readonly names: Names = PLAIN_NAMES;
  readonly words = 'pools and domains are plain cgroups';
  readonly units = null;
  readonly #groups: CgroupFiles;

  constructor(groups: CgroupFiles) {
    this.#groups = groups;
  }

  controllersOff(): readonly string[] {
    return missingIn(this.#groups, '');
  }

  async makePool(directory: string): Promise<Outcome<void>> {
    const off = this.controllersOff();
    const enabled = await this.#enableControllers('');
    if (!enabled.ok) return enabled;
    const made = this.#groups.has(directory) ? done(undefined) : await this.#groups.make(directory);
    const below = made.ok ? await this.#enableControllers(directory) : made;
    if (!below.ok) await this.giveBack(off);
    return below;
  }

  removePool(directory: string): Promise<Outcome<void>> {
    return this.#groups.remove(directory);
  }

  setCpus(directory: string, cpus: readonly Cpu[]): Promise<Outcome<void>> {
    return this.#groups.write(directory, 'cpuset.cpus', formatCpuList(cpus));
  }

  setPartition(directory: string, word: PartitionWord | 'member'): Promise<Outcome<void>> {
    return this.#groups.write(directory, 'cpuset.cpus.partition', word);
  }

  setNodes(directory: string, nodes: readonly NodeId[]): Promise<Outcome<void>> {
    return this.#groups.write(directory, 'cpuset.mems', formatCpuList(nodes));
  }

  setNeighbourCpus(directory: string, cpus: readonly Cpu[]): Promise<Outcome<void>> {
    return this.setCpus(directory, cpus);
  }

  makeDomain(directory: string): Promise<Outcome<void>> {
    return this.#groups.make(directory);
  }

  removeDomain(directory: string): Promise<Outcome<void>> {
    return this.#groups.remove(directory);
  }

  setWeight(directory: string, weight: number): Promise<Outcome<void>> {
    return this.#groups.write(directory, 'cpu.weight', `${weight}`);
  }

  async setBounds(directory: string, { max, pin }: Bounds): Promise<Outcome<void>> {
    const capped = await this.#groups.write(directory, 'cpu.max', max);
    return capped.ok && pin !== null ? this.setCpus(directory, pin) : capped;
  }

  putProcess(directory: string, pid: number): Promise<Outcome<void>> {
    return this.#groups.write(directory, 'cgroup.procs', `${pid}`);
  }

  async keepPlace(): Promise<Outcome<number | null>> {
    return done(null);
  }

  async moveProcesses(from: string, to: string): Promise<Outcome<void>> {
    for (let pass = 0; pass < PASSES; pass++) {
      const pids = processesIn(this.#groups, from);
      if (pids.length === 0) return done(undefined);
      const put = await this.#groups.putProcesses(to, pids);
      if (!put.ok) return put;
    }
    return refuse({ code: 'kernel-refused', step: `empty ${from}`, why: 'it makes new processes faster' });
  }

  async giveBack(controllers: readonly string[]): Promise<Outcome<void>> {
    const others = this.#groups.children('');
    const unused = controllers.filter((name) => !others.some((directory) => this.#isUsed(directory, name)));
    if (unused.length === 0) return done(undefined);
    const words = unused.map((name) => `-${name}`).join(' ');
    return this.#groups.write('', 'cgroup.subtree_control', words);
  }

  /** For what is below a directory. */
  async #enableControllers(directory: string): Promise<Outcome<void>> {
    const words = missingIn(this.#groups, directory).map((name) => `+${name}`);
    return words.length === 0
      ? done(undefined)
      : this.#groups.write(directory, 'cgroup.subtree_control', words.join(' '));
  }

  /** Whether somebody relies on a controller for a cgroup of theirs. */
  #isUsed(directory: string, controller: string): boolean {
    const differs = ([file, usual]: readonly [string, string]) => {
      const text = this.#groups.text(directory, file);
      return text !== null && text !== usual;
    };
    const passedOn = (this.#groups.text(directory, 'cgroup.subtree_control') ?? '').split(' ');
    return passedOn.includes(controller) || (USUAL[controller] ?? []).some(differs);
  }
}
