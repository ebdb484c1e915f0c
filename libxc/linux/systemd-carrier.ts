import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
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
import type { Bounds, Carrier, Names } from './carrier.ts';
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

/** Properties, and how the file that they end in then reads: literally, or as a list. */
interface Setting {
  readonly words: readonly string[];
  readonly file: string;
  readonly wanted: string | readonly Cpu[];
}

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

  /** Tied to all nodes and weighed as usual, so that it has the files of both controllers before it has anything. */
  async makePool(directory: string): Promise<Outcome<readonly string[]>> {
    if (this.#groups.has(directory, 'cpuset.cpus.partition')) return done([]);
    const file = await fileOf(directory);
    if (!file.ok) return file;
    if (file.value !== '')
      return refuse({ code: 'systemd-refused', step: `make ${directory}`, why: `${file.value} is there` });
    // Somebody who has stopped it has left what was set.
    forget(directory);
    const nodes = nodesOf(this.#groups.list('', 'cpuset.mems.effective'));
    const set = await setProperties(directory, ['AllowedCPUs=', 'CPUWeight=100', ...nodes.words]);
    const started = set.ok ? await startUnit(directory) : set;
    const heeded = started.ok ? await this.#heeded(directory, [nodes]) : started;
    if (!heeded.ok) await this.removePool(directory);
    return heeded.ok ? done([]) : heeded;
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
    if (cpus.length > 0) return this.#set(directory, [cpusOf(cpus)]);
    const set = await setProperties(directory, ['AllowedCPUs=']);
    // A list that is taken back stays where it was (252 to 261).
    return set.ok ? this.#groups.write(directory, 'cpuset.cpus', '') : set;
  }

  /** Without any it is tied to all: without a word of it, it would lose the files of cpuset. */
  setNodes(directory: string, nodes: readonly NodeId[]): Promise<Outcome<void>> {
    const all = this.#groups.list('', 'cpuset.mems.effective');
    const wanted = nodes.length > 0 ? (nodes as readonly number[] as Cpu[]) : all;
    return this.#set(directory, [nodesOf(wanted)]);
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
    return this.#set(directory, [
      { words: [`CPUWeight=${weight}`], file: 'cpu.weight', wanted: `${weight}` },
    ]);
  }

  setBounds(directory: string, { max, pin }: Bounds): Promise<Outcome<void>> {
    const quota = { words: quotaWords(max), file: 'cpu.max', wanted: max };
    return this.#set(directory, pin === null ? [quota] : [quota, cpusOf(pin)]);
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

  /** systemd switches off what no unit needs any more; what was set for slices that others have stopped is left. */
  async giveBack(): Promise<Outcome<void>> {
    const folders = existsSync(SET) ? readdirSync(SET) : [];
    const slices = folders.map((folder) => folder.replace(/\.d$/, ''));
    for (const slice of slices) if (this.names.poolNameOf(slice) !== null) forget(slice);
    return done(undefined);
  }

  async #set(directory: string, settings: readonly Setting[]): Promise<Outcome<void>> {
    const words = settings.flatMap((setting) => setting.words);
    const set = await setProperties(basename(directory), words);
    return set.ok ? this.#heeded(directory, settings) : set;
  }

  /** What a kernel does not take systemd does not tell, so it is read where it should be then. */
  async #heeded(directory: string, settings: readonly Setting[]): Promise<Outcome<void>> {
    const failed = () => settings.find((setting) => !this.#reads(directory, setting));
    if (await comesTrue(() => failed() === undefined, PATIENCE_MS)) return done(undefined);
    const { words, file } = failed() ?? settings[0]!;
    const why = `${file} then says ${JSON.stringify(this.#groups.text(directory, file))}`;
    return refuse({ code: 'systemd-refused', step: `set ${words.join(' ')} for ${directory}`, why });
  }

  #reads(directory: string, { file, wanted }: Setting): boolean {
    return typeof wanted === 'string'
      ? this.#groups.text(directory, file) === wanted
      : sameCpus(this.#groups.list(directory, file), wanted);
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

const forget = (unit: string) => rmSync(`${SET}/${unit}.d`, { recursive: true, force: true });

const cpusOf = (cpus: readonly Cpu[]): Setting => ({
  words: [`AllowedCPUs=${formatCpuList(cpus)}`],
  file: 'cpuset.cpus',
  wanted: cpus,
});

const nodesOf = (nodes: readonly Cpu[]): Setting => ({
  words: [`AllowedMemoryNodes=${formatCpuList(nodes)}`],
  file: 'cpuset.mems',
  wanted: nodes,
});

/** systemd counts in percent of a cpu. */
function quotaWords(max: string): string[] {
  const [quotaUs, periodUs] = max.split(' ');
  if (quotaUs === 'max') return ['CPUQuota=', 'CPUQuotaPeriodSec='];
  const percent = (100 * Number(quotaUs)) / Number(periodUs);
  return [`CPUQuota=${percent}%`, `CPUQuotaPeriodSec=${periodUs}us`];
}
