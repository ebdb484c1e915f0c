import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Who writes here moves a process, or names cpus, or takes controllers away. */
const TELLING = /^(cgroup\.(procs|threads|subtree_control)|cpuset\..*)$/;

/** The kernel's own files. */
const SILENT = /^(cgroup|cpu|cpuset|memory|io|pids|hugetlb|rdma|misc|irq)\./;

/**
 * Listens in all cgroups that are not ours. The kernel tells nobody that a process has left its cgroup, but it got where
 * it is now by a write there, and that is heard.
 */
export class Neighbours {
  readonly #root: string;
  readonly #isOurs: (name: string) => boolean;
  readonly #tell: () => void;
  readonly #listening = new Map<string, FSWatcher>();

  /** `isOurs`: of a directory below the root; in those nobody listens here. */
  constructor(root: string, isOurs: (name: string) => boolean, tell: () => void) {
    this.#root = root;
    this.#isOurs = isOurs;
    this.#tell = tell;
    this.#listenIn('');
  }

  close(): void {
    for (const events of this.#listening.values()) events.close();
    this.#listening.clear();
  }

  #listenIn(directory: string): void {
    if (this.#listening.has(directory) || this.#isOurs(directory)) return;
    const path = join(this.#root, directory);
    try {
      const heard = (_: string, name: string | null) => this.#hear(directory, name ?? '');
      const events = watch(path, { persistent: false }, heard);
      events.on('error', () => this.#leave(directory));
      this.#listening.set(directory, events);
      for (const entry of readdirSync(path, { withFileTypes: true }))
        if (entry.isDirectory()) this.#listenIn(join(directory, entry.name));
    } catch {
      // It is gone again, or the user's watches are used up: a sweep sees what is not heard, later.
    }
  }

  #hear(directory: string, name: string): void {
    if (SILENT.test(name) && !TELLING.test(name)) return;
    if (!SILENT.test(name)) {
      const below = join(directory, name);
      this.#leave(below);
      this.#listenIn(below);
    }
    // Also for a new cgroup: somebody may have come in before we listened.
    this.#tell();
  }

  /** What is below has gone before it. */
  #leave(directory: string): void {
    this.#listening.get(directory)?.close();
    this.#listening.delete(directory);
  }
}
