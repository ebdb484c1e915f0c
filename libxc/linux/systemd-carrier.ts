import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  type Cpu,
  done,
  formatCpuList,
  type NodeId,
  type Outcome,
  refuse,
  sameCpus,
} from '../../interface/index.ts';
import type { Carrier, Names } from './carrier.ts';
import type { CgroupFiles } from './cgroup-files.ts';
import { fileOf, openScope, setProperties, startAnchor, startUnit, stopUnit } from './systemd.ts';
import { SYSTEMD_NAMES } from './systemd-names.ts';
import { processesIn } from './threads.ts';
import { comesTrue } from './turns.ts';

/** Where systemd keeps what was set until the next boot, for units that have no file. */
const SET = '/run/systemd/system.control';
/** It answers first and writes its files then. */
const PATIENCE_MS = 5_000;
/** Processes may fork while they are moved. */
const PASSES = 100;

/**
 * On a host whose tree is systemd's: a pool is a slice below the root, a domain a scope in it, and what systemd knows a
 * property for is set through it: it would undo what others write. It leaves delegated scopes alone inside, so processes are
 * put there by hand, as they are moved between them.
 *
 * A scope is gone as soon as nothing is in it. While it has to be there and empty, an anchor is: a process that waits. Anchors
 * end with us.
 */
export class SystemdCarrier implements Carrier {
  readonly names: Names = SYSTEMD_NAMES;
  readonly words: string;
  readonly #groups: CgroupFiles;
  readonly #anchors = new Map<string, ChildProcess>();

  constructor(groups: CgroupFiles, version: number) {
    this.#groups = groups;
    this.words = `pools are slices and domains are scopes of systemd ${version}`;
  }

  /** Tied to all nodes, so that it has the files of cpuset before it has cpus. */
  async makePool(directory: string): Promise<Outcome<readonly string[]>> {
    if (this.#groups.has(directory, 'cpuset.cpus.partition')) return done([]);
    const file = await fileOf(directory);
    if (!file.ok) return file;
    if (file.value !== '')
      return refuse({ code: 'systemd-refused', step: `make ${directory}`, why: `${file.value} is there` });
    const started = await startUnit(directory);
    if (!started.ok) return started;
    const set = await this.setNodes(directory, []);
    const weighed = set.ok ? await this.setWeight(directory, 100) : set;
    if (!weighed.ok) await this.removePool(directory);
    return weighed.ok ? done([]) : weighed;
  }

  /** Stopping a slice ends whatever is in it, so nothing may be. */
  async removePool(directory: string): Promise<Outcome<void>> {
    if (this.#isPopulated(directory)) return this.#busy(directory);
    const stopped = await stopUnit(directory);
    if (!stopped.ok) return stopped;
    rmSync(`${SET}/${directory}.d`, { recursive: true, force: true });
    return this.#gone(directory);
  }

  async setCpus(directory: string, cpus: readonly Cpu[]): Promise<Outcome<void>> {
    if (cpus.length > 0) return this.#setList(directory, 'AllowedCPUs', 'cpuset.cpus', cpus);
    const set = await setProperties(directory, ['AllowedCPUs=']);
    // A list that is taken back stays where it was (252 to 261).
    return set.ok ? this.#groups.write(directory, 'cpuset.cpus', '') : set;
  }

  /** Without any it is tied to all: without a word of it, it would lose the files of cpuset. */
  setNodes(directory: string, nodes: readonly NodeId[]): Promise<Outcome<void>> {
    const all = this.#groups.list('', 'cpuset.mems.effective');
    const wanted = nodes.length > 0 ? (nodes as readonly number[] as Cpu[]) : all;
    return this.#setList(directory, 'AllowedMemoryNodes', 'cpuset.mems', wanted);
  }

  async makeDomain(directory: string): Promise<Outcome<void>> {
    const properties = ['Delegate=cpu cpuset'];
    const opened = await openScope(basename(directory), dirname(directory), properties);
    if (!opened.ok) return opened;
    this.#hold(directory, opened.value);
    return done(undefined);
  }

  async removeDomain(directory: string): Promise<Outcome<void>> {
    this.#letGo(directory);
    const isEmpty = () => !this.#isPopulated(directory);
    return (await comesTrue(isEmpty, PATIENCE_MS)) ? this.#gone(directory) : this.#busy(directory);
  }

  setWeight(directory: string, weight: number): Promise<Outcome<void>> {
    return this.#setText(directory, [`CPUWeight=${weight}`], 'cpu.weight', `${weight}`);
  }

  setMax(directory: string, max: string): Promise<Outcome<void>> {
    return this.#setText(directory, quotaProperties(max), 'cpu.max', max);
  }

  setPin(directory: string, cpus: readonly Cpu[]): Promise<Outcome<void>> {
    return this.#setList(directory, 'AllowedCPUs', 'cpuset.cpus', cpus);
  }

  async putProcess(directory: string, pid: number): Promise<Outcome<void>> {
    const put = await this.#groups.write(directory, 'cgroup.procs', `${pid}`);
    if (put.ok) this.#letGo(directory);
    return put;
  }

  /** What is left stays until it is removed, for there is still to be read what was used in it. */
  async moveProcesses(from: string, to: string): Promise<Outcome<void>> {
    const held = await this.#stay(from);
    if (!held.ok) return held;
    for (let pass = 0; pass < PASSES; pass++) {
      const pids = this.#membersOf(from);
      if (pids.length === 0) {
        if (this.#membersOf(to).length > 0) this.#letGo(to);
        return done(undefined);
      }
      for (const pid of pids) {
        const put = await this.#groups.write(to, 'cgroup.procs', `${pid}`);
        if (!put.ok && this.#membersOf(from).includes(pid)) return put;
      }
    }
    return refuse({ code: 'kernel-refused', step: `empty ${from}`, why: 'it makes new processes faster' });
  }

  /** systemd switches off what no unit needs any more. */
  async switchOff(): Promise<Outcome<void>> {
    return done(undefined);
  }

  async #setText(
    directory: string,
    properties: readonly string[],
    file: string,
    wanted: string,
  ): Promise<Outcome<void>> {
    const set = await setProperties(basename(directory), properties);
    const isSo = () => this.#groups.text(directory, file) === wanted;
    if (!set.ok || (await comesTrue(isSo, PATIENCE_MS))) return set.ok ? done(undefined) : set;
    return this.#unheeded(directory, properties, file);
  }

  async #setList(
    directory: string,
    property: string,
    file: string,
    wanted: readonly Cpu[],
  ): Promise<Outcome<void>> {
    const properties = [`${property}=${formatCpuList(wanted)}`];
    const set = await setProperties(basename(directory), properties);
    const isSo = () => sameCpus(this.#groups.list(directory, file), wanted);
    if (!set.ok || (await comesTrue(isSo, PATIENCE_MS))) return set.ok ? done(undefined) : set;
    return this.#unheeded(directory, properties, file);
  }

  /** What a kernel does not take systemd does not tell. */
  #unheeded(directory: string, properties: readonly string[], file: string): Outcome<void> {
    const why = `${file} then says ${JSON.stringify(this.#groups.text(directory, file))}`;
    return refuse({ code: 'systemd-refused', step: `set ${properties.join(' ')} for ${directory}`, why });
  }

  /** Keeps a scope there that is about to be empty. */
  async #stay(directory: string): Promise<Outcome<void>> {
    if (this.#anchors.has(directory)) return done(undefined);
    const anchor = startAnchor();
    const put = await this.#groups.write(directory, 'cgroup.procs', `${anchor.pid}`);
    if (put.ok) this.#hold(directory, anchor);
    else anchor.kill('SIGKILL');
    return put;
  }

  #hold(directory: string, anchor: ChildProcess): void {
    this.#anchors.set(directory, anchor);
    anchor.once('exit', () => {
      if (this.#anchors.get(directory) === anchor) this.#anchors.delete(directory);
    });
  }

  /** By force: in a paused domain it would not hear. */
  #letGo(directory: string): void {
    this.#anchors.get(directory)?.kill('SIGKILL');
    this.#anchors.delete(directory);
  }

  #membersOf(directory: string): number[] {
    const anchor = this.#anchors.get(directory)?.pid;
    return processesIn(this.#groups, directory).filter((pid) => pid !== anchor);
  }

  #isPopulated(directory: string): boolean {
    return this.#groups.field(directory, 'cgroup.events', 'populated') === 1;
  }

  #busy(directory: string): Outcome<void> {
    const why = `processes ${this.#membersOf(directory).join(', ')} are in it`;
    return refuse({ code: 'kernel-refused', step: `remove the cgroup ${directory}`, why });
  }

  /** It is systemd that removes cgroups; where it has not, nobody misses what is empty. */
  async #gone(directory: string): Promise<Outcome<void>> {
    const isGone = () => !this.#groups.has(directory);
    return (await comesTrue(isGone, PATIENCE_MS)) ? done(undefined) : this.#groups.remove(directory);
  }
}

/** systemd counts in percent of a cpu. */
function quotaProperties(max: string): string[] {
  const [quotaUs, periodUs] = max.split(' ');
  if (quotaUs === 'max') return ['CPUQuota=', 'CPUQuotaPeriodSec='];
  const percent = (100 * Number(quotaUs)) / Number(periodUs);
  return [`CPUQuota=${percent}%`, `CPUQuotaPeriodSec=${periodUs}us`];
}
