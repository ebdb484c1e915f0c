import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  type Cpu,
  done,
  formatCpuList,
  type NodeId,
  type Outcome,
  refuse,
} from '../../../interface/index.ts';
import type { Bounds, Carrier, Names } from '../carrier.ts';
import type { CgroupFiles } from '../cgroup-files.ts';
import type { PartitionWord } from '../partition.ts';
import { comesTrue } from '../turns.ts';
import { tellUnit, withBounds } from './adopted-unit.ts';
import { AdoptedUnits } from './adopted-units.ts';
import { Anchors } from './anchors.ts';
import { type Manager, openScope, setProperties, show, startUnit, stopUnit } from './commands.ts';
import { keepScope } from './keepers.ts';
import { SYSTEMD_NAMES } from './names.ts';
import {
  allowedCpus,
  allowedNodes,
  boundsOf,
  cpuWeight,
  isHeeded,
  partition,
  type Setting,
  textOf,
} from './settings.ts';

/** Where systemd keeps what was set until the next boot, for units that have no file. */
const SET = '/run/systemd/system.control';
/** It answers first and writes its files then. */
const PATIENCE_MS = 5_000;

/**
 * On a host whose tree is systemd's: a pool is a slice below the root, a domain a scope in it, and what systemd knows a
 * property for is set through it: it would undo what others write. It leaves delegated scopes alone inside, so processes
 * are put there by hand, as they are moved between them.
 *
 * A scope is gone as soon as nothing is in it. While it has to be there and empty, an anchor is.
 */
export class SystemdCarrier implements Carrier {
  readonly names: Names = SYSTEMD_NAMES;
  readonly words: string;
  readonly units: AdoptedUnits;
  readonly #groups: CgroupFiles;
  readonly #manager: Manager;
  readonly #anchors: Anchors;

  constructor(groups: CgroupFiles, manager: Manager) {
    this.#groups = groups;
    this.#manager = manager;
    this.#anchors = new Anchors(groups);
    this.units = new AdoptedUnits(groups, this.#anchors);
    const slices = manager.knowsPartitions ? 'slices with CPUSetPartition=' : 'slices';
    this.words = `pools are ${slices} and domains are scopes of systemd ${manager.version}`;
  }

  /** They are systemd's business. */
  controllersOff(): readonly string[] {
    return [];
  }

  /** Tied to all nodes and weighed as usual, so that it has the files of both controllers before it has anything. */
  async makePool(directory: string): Promise<Outcome<void>> {
    if (this.#groups.has(directory, 'cpuset.cpus.partition')) return done(undefined);
    const shown = await show(directory, ['FragmentPath']);
    if (!shown.ok) return shown;
    const file = shown.value.FragmentPath ?? '';
    if (file !== '')
      return refuse({ code: 'systemd-refused', step: `make ${directory}`, why: `${file} is there` });
    // Somebody who has stopped it has left what was set.
    forget(directory);
    const nodes = allowedNodes(this.#groups.list('', 'cpuset.mems.effective'));
    const set = await setProperties(directory, ['AllowedCPUs=', 'CPUWeight=100', ...nodes.words]);
    const started = set.ok ? await startUnit(directory) : set;
    const heeded = started.ok ? await this.#heeded(directory, [nodes]) : started;
    if (!heeded.ok) await this.removePool(directory);
    return heeded;
  }

  /** Stopping a slice ends whatever is in it, so nothing may be. */
  async removePool(directory: string): Promise<Outcome<void>> {
    if (this.#isPopulated(directory)) return this.#busy(directory);
    const stopped = await stopUnit(directory);
    if (!stopped.ok) return stopped;
    forget(directory);
    return this.#gone(directory);
  }

  async setCpus(directory: string, cpus: readonly Cpu[]): Promise<Outcome<void>> {
    if (cpus.length > 0) return this.#set(directory, [allowedCpus(cpus)]);
    const set = await setProperties(directory, ['AllowedCPUs=']);
    // A list that is taken back stays where it was (252 to 261).
    return set.ok ? this.#groups.write(directory, 'cpuset.cpus', '') : set;
  }

  /**
   * systemd since 261 has a property for it, and then writes it anew whenever it writes anything. Up to then it leaves the
   * file alone.
   */
  async setPartition(directory: string, word: PartitionWord | 'member'): Promise<Outcome<void>> {
    const setting = partition(word);
    if (!this.#manager.knowsPartitions) return this.#groups.write(directory, setting.file, word);
    return this.#set(directory, [setting]);
  }

  /** Without any it is tied to all: without a word of it, it would lose the files of cpuset. */
  setNodes(directory: string, nodes: readonly NodeId[]): Promise<Outcome<void>> {
    const all = this.#groups.list('', 'cpuset.mems.effective');
    return this.#set(directory, [
      allowedNodes(nodes.length > 0 ? (nodes as readonly number[] as Cpu[]) : all),
    ]);
  }

  /** Of a unit systemd would write it as it was, when it reads its units again. */
  setNeighbourCpus(directory: string, cpus: readonly Cpu[]): Promise<Outcome<void>> {
    const isUnit = /\.(slice|scope|service)$/.test(directory);
    return isUnit && cpus.length > 0
      ? this.#set(directory, [allowedCpus(cpus)])
      : this.#groups.write(directory, 'cpuset.cpus', formatCpuList(cpus));
  }

  async makeDomain(directory: string): Promise<Outcome<void>> {
    const properties = ['Delegate=cpu cpuset'];
    const clear = await this.units.makeWay(basename(directory));
    if (!clear.ok) return clear;
    const opened = await openScope(basename(directory), dirname(directory), properties);
    if (!opened.ok) return opened;
    this.#anchors.hold(directory, opened.value);
    return done(undefined);
  }

  /** The cgroup of a service is systemd's business, also when it is empty. */
  async removeDomain(directory: string): Promise<Outcome<void>> {
    if (directory.endsWith('.service')) return done(undefined);
    this.#anchors.letGo(directory);
    const isEmpty = () => !this.#isPopulated(directory);
    return (await comesTrue(isEmpty, PATIENCE_MS)) ? this.#gone(directory) : this.#busy(directory);
  }

  setWeight(directory: string, weight: number): Promise<Outcome<void>> {
    return this.#set(directory, [cpuWeight(weight)]);
  }

  setBounds(directory: string, bounds: Bounds): Promise<Outcome<void>> {
    return this.#set(directory, boundsOf(bounds));
  }

  async putProcess(directory: string, pid: number): Promise<Outcome<void>> {
    const put = await this.#groups.write(directory, 'cgroup.procs', `${pid}`);
    if (put.ok) this.#anchors.letGo(directory);
    return put;
  }

  keepPlace(place: string): Promise<Outcome<number | null>> {
    return keepScope(this.#groups, place);
  }

  /** What is left stays until it is removed, for there is still to be read what was used in it. */
  async moveProcesses(from: string, to: string): Promise<Outcome<void>> {
    const led = await this.units.lead(from, to);
    const held = led.ok && !from.endsWith('.service') ? await this.#anchors.stay(from) : led;
    return held.ok ? this.#anchors.moveMembers(from, to) : held;
  }

  /** systemd switches off what no unit needs any more; what was set for slices that others have stopped is left. */
  async giveBack(): Promise<Outcome<void>> {
    const folders = existsSync(SET) ? readdirSync(SET) : [];
    const slices = folders.map((folder) => folder.replace(/\.d$/, ''));
    for (const slice of slices) if (this.names.poolNameOf(slice) !== null) forget(slice);
    return done(undefined);
  }

  async #set(directory: string, settings: readonly Setting[]): Promise<Outcome<void>> {
    const words = settings.flatMap((setting) => setting.words);
    const adopted = this.units.at(directory);
    const told = adopted === null ? done(undefined) : await tellUnit(withBounds(adopted, words));
    if (!told.ok) return told;
    if (directory.endsWith('.service')) return this.#setService(directory, settings);
    const set = await setProperties(basename(directory), words);
    return set.ok ? this.#heeded(directory, settings) : set;
  }

  /**
   * What a service has it gets from its file, also when it starts again. While it runs systemd up to 252 writes what it has
   * read anew, 257 does not; both will write no other.
   */
  async #setService(directory: string, settings: readonly Setting[]): Promise<Outcome<void>> {
    if (!this.#groups.has(directory)) return done(undefined);
    for (const setting of settings) {
      const written = await this.#groups.write(directory, setting.file, textOf(setting));
      if (!written.ok) return written;
    }
    return this.#heeded(directory, settings);
  }

  /** What a kernel does not take systemd does not tell, so it is read where it should be then. */
  async #heeded(directory: string, settings: readonly Setting[]): Promise<Outcome<void>> {
    const failed = () => settings.find((setting) => !isHeeded(this.#groups, directory, setting));
    if (await comesTrue(() => failed() === undefined, PATIENCE_MS)) return done(undefined);
    const { words, file } = failed() ?? settings[0]!;
    const why = `${file} then says ${JSON.stringify(this.#groups.text(directory, file))}`;
    return refuse({ code: 'systemd-refused', step: `set ${words.join(' ')} for ${directory}`, why });
  }

  #isPopulated(directory: string): boolean {
    return this.#groups.field(directory, 'cgroup.events', 'populated') === 1;
  }

  #busy(directory: string): Outcome<void> {
    const why = `processes ${this.#anchors.membersOf(directory).join(', ')} are in it`;
    return refuse({ code: 'kernel-refused', step: `remove the cgroup ${directory}`, why });
  }

  /** It is systemd that removes cgroups; where it has not, nobody misses what is empty. */
  async #gone(directory: string): Promise<Outcome<void>> {
    const isGone = () => !this.#groups.has(directory);
    return (await comesTrue(isGone, PATIENCE_MS)) ? done(undefined) : this.#groups.remove(directory);
  }
}

const forget = (unit: string) => rmSync(`${SET}/${unit}.d`, { recursive: true, force: true });
