import type { ChildProcess } from 'node:child_process';
import { done, type Outcome, refuse } from '../../../interface/index.ts';
import type { CgroupFiles } from '../cgroup-files.ts';
import { processesIn } from '../threads.ts';
import { startAnchor } from './commands.ts';

/** Processes may fork while they are moved. */
const PASSES = 100;

/**
 * Processes that wait, so that a scope is there while nothing else is in it. They end with us, and are no part of the
 * domain.
 */
export class Anchors {
  readonly #groups: CgroupFiles;
  readonly #anchors = new Map<string, ChildProcess>();

  constructor(groups: CgroupFiles) {
    this.#groups = groups;
  }

  /** One that is in the directory already. */
  hold(directory: string, anchor: ChildProcess): void {
    this.#anchors.set(directory, anchor);
    anchor.once('exit', () => {
      if (this.#anchors.get(directory) === anchor) this.#anchors.delete(directory);
    });
  }

  /** Keeps a scope there that is about to be empty. */
  async stay(directory: string): Promise<Outcome<void>> {
    if (this.#anchors.has(directory)) return done(undefined);
    const anchor = startAnchor();
    const put = await this.#groups.write(directory, 'cgroup.procs', `${anchor.pid}`);
    if (put.ok) this.hold(directory, anchor);
    else anchor.kill('SIGKILL');
    return put;
  }

  /** By force: in a paused domain it would not hear. */
  letGo(directory: string): void {
    this.#anchors.get(directory)?.kill('SIGKILL');
    this.#anchors.delete(directory);
  }

  /** The processes of a directory that are none of ours. */
  membersOf(directory: string): number[] {
    const anchor = this.#anchors.get(directory)?.pid;
    return processesIn(this.#groups, directory).filter((pid) => pid !== anchor);
  }

  /** Puts all processes of one directory into another, also those that are born meanwhile. */
  async moveMembers(from: string, to: string): Promise<Outcome<void>> {
    for (let pass = 0; pass < PASSES; pass++) {
      const pids = this.membersOf(from);
      if (pids.length === 0) {
        if (this.membersOf(to).length > 0) this.letGo(to);
        return done(undefined);
      }
      for (const pid of pids) {
        const put = await this.#groups.write(to, 'cgroup.procs', `${pid}`);
        if (!put.ok && this.membersOf(from).includes(pid)) return put;
      }
    }
    return refuse({ code: 'kernel-refused', step: `empty ${from}`, why: 'it makes new processes faster' });
  }
}
