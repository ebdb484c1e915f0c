import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { KeptFiles } from './kept-files.ts';
import type { DomainLook, Ground, Look } from './look.ts';

/** What no file event tells (a cpu that goes, a process that leaves) is looked for this often. */
const SWEEP_MS = 800;
/** Events come in bursts: a kernel rebuilds all pools at once. */
const SETTLE_MS = 30;
/** Nor is a host that changes all the time looked at all the time. */
const PAUSE_MS = 200;
/** What is written in a domain's cgroup by those who run in it, all the time. */
const PRIVATE = new Set(['cgroup.procs', 'cgroup.threads']);

/**
 * Notices that something has become other than it was at the last look of the driver: by inotify on the root cgroup, on
 * pools and domains, which kernels also use to tell of partitions that have become invalid, and by a sweep of few reads.
 */
export class Watch {
  readonly #ground: Ground;
  readonly #notice: () => void;
  readonly #files: KeptFiles;
  readonly #cpuFiles: KeptFiles;
  readonly #watchers = new Map<string, FSWatcher>();
  #domains: readonly DomainLook[] = [];
  #pools: readonly string[] = [];
  #last = '';
  #isTold = false;
  #sweptAt = 0;
  #timer: NodeJS.Timeout;

  constructor(ground: Ground, notice: () => void) {
    this.#ground = ground;
    this.#notice = notice;
    this.#files = new KeptFiles(ground.groups.root);
    this.#cpuFiles = new KeptFiles(ground.cpuFiles.root);
    this.#watch('');
    this.#timer = setTimeout(this.#sweep, SWEEP_MS);
  }

  /** A look of the driver: from here on, what is other than this is news. */
  follow({ pools, domains }: Look): void {
    this.#domains = domains;
    this.#pools = pools.map(({ directory }) => directory);
    const directories = new Set(['', ...this.#pools, ...domains.map(({ directory }) => directory)]);
    for (const [directory, watcher] of this.#watchers) {
      if (directories.has(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const directory of directories) this.#watch(directory);
    this.#files.keepOnly(directories);
    this.#ground.strays.keepOnly(new Set(domains.map(({ id }) => id)));
    this.#last = this.#fingerprint();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#files.close();
    this.#cpuFiles.close();
  }

  readonly #sweep = (): void => {
    this.#sweptAt = performance.now();
    const found = this.#fingerprint();
    const isNews = [found !== this.#last, this.#isTold, this.#haveLeft()].includes(true);
    this.#last = found;
    this.#isTold = false;
    this.#timer = setTimeout(this.#sweep, SWEEP_MS);
    if (isNews) this.#notice();
  };

  /** What pools and cpus read: unlike before, something is. */
  #fingerprint(): string {
    const files = this.#files;
    const pools = this.#pools.map(
      (pool) => `${files.text(pool, 'cpuset.cpus.partition')}${files.text(pool, 'cpuset.cpus.effective')}`,
    );
    return [
      this.#cpuFiles.text('', 'online'),
      files.text('', 'cpuset.cpus.effective'),
      files.text('', 'cgroup.subtree_control'),
      ...pools,
    ].join('|');
  }

  #haveLeft(): boolean {
    const { strays } = this.#ground;
    let isNews = false;
    for (const { id, directory } of this.#domains) {
      const procs = this.#files.text(directory, 'cgroup.procs');
      if (procs === null || strays.look(id, directory, procs)) isNews = true;
    }
    strays.looked();
    return isNews;
  }

  #watch(directory: string): void {
    if (this.#watchers.has(directory)) return;
    const heard = (_: string, file: string | null) => this.#hear(directory, file ?? '');
    try {
      const watcher = watch(join(this.#ground.groups.root, directory), { persistent: false }, heard);
      watcher.on('error', () => this.#watchers.delete(directory));
      this.#watchers.set(directory, watcher);
    } catch {
      // It is gone, or the user's watches are used up: the sweep sees most of it.
    }
  }

  #hear(directory: string, file: string): void {
    const domain = this.#domains.find((one) => one.directory === directory);
    if (domain !== undefined && PRIVATE.has(file)) return;
    if (domain !== undefined) this.#ground.suspects.add(domain.id);
    this.#isTold = true;
    const dueMs = Math.max(SETTLE_MS, this.#sweptAt + PAUSE_MS - performance.now());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#sweep, dueMs);
  }
}
